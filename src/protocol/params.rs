//! The parameters of a request, in the encoding of RFC 6749 Appendix B.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::form_urlencoded::{self, LonePercent, Malformed};

use super::error::{OAuthError, Refusal};

/// The largest body or query that is looked at, in bytes.
pub const MAX_BYTES: usize = 32 * 1024;

/// The largest number of parameters.
const MAX_PARAMS: usize = 64;

/// The parameter that may come more than once (RFC 8707 §2).
const RESOURCE: &str = "resource";

/// Parameters by name. Empty values count as left out (RFC 6749 §3.1); names that came twice are
/// remembered, because most of them must not (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub struct Params {
    values: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
    resources: Vec<String>,
}

/// Why the parameters cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEncoding {
    /// Larger than [`MAX_BYTES`] or more than 64 parameters.
    #[error("the request is too large")]
    TooLarge,
    /// The decoded bytes are not UTF-8.
    #[error("a parameter is not UTF-8")]
    NotUtf8,
    /// A NUL character, which nothing here can be spelled with.
    #[error("a parameter holds a NUL character")]
    Nul,
}

impl Params {
    /// Parses a query or a form body.
    pub fn parse(encoded: &str) -> Result<Self, BadEncoding> {
        if encoded.len() > MAX_BYTES {
            return Err(BadEncoding::TooLarge);
        }
        let mut params = Self::default();
        for (index, (name, value)) in form_urlencoded::pairs(encoded.as_bytes()).enumerate() {
            if index >= MAX_PARAMS {
                return Err(BadEncoding::TooLarge);
            }
            let (name, value) = (decode(name)?, decode(value)?);
            if name == RESOURCE {
                params.resources.push(value);
                continue;
            }
            match params.values.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(taken) => {
                    params.repeated.insert(taken.key().clone());
                }
            }
        }
        Ok(params)
    }

    /// The value of a parameter; `None` when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every `resource`, which may come more than once (RFC 8707 §2).
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the parameter came more than once.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.contains(name)
    }

    /// The first name that came more than once.
    pub fn first_repeated(&self) -> Option<&str> {
        self.repeated.first().map(String::as_str)
    }

    /// Keeps only the named parameters: a grant must not be swayed by another grant's.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let values = self.values.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Self {
            values: values.map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..Self::default()
        }
    }
}

/// RFC 6749 §3.2: a parameter comes once. What applies to the token endpoint goes for the others to
/// which clients post a form.
pub(super) fn check_nothing_repeated(params: &Params) -> Result<(), Refusal> {
    match params.first_repeated() {
        Some(name) => Err(Refusal::new(
            OAuthError::InvalidRequest,
            "check_nothing_repeated",
            "RFC 6749 3.2",
            "a parameter was sent more than once",
        )
        .compared("each parameter once", name)),
        None => Ok(()),
    }
}

/// Decodes a name or a value of a relying party; a lone `%` stands for itself.
pub(super) fn decode(encoded: &[u8]) -> Result<String, BadEncoding> {
    form_urlencoded::decode(encoded, LonePercent::Literal).map_err(|reason| match reason {
        Malformed::Nul => BadEncoding::Nul,
        // The other one does not come up where a lone `%` stands for itself.
        Malformed::NotUtf8 | Malformed::LonePercent => BadEncoding::NotUtf8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decoding() {
        let params = Params::parse("a=b+c%20d&e=&f&g=%C3%A4&%68=%25").unwrap();
        assert_eq!(params.get("a"), Some("b c d"));
        assert_eq!(params.get("e"), None);
        assert_eq!(params.get("f"), None);
        assert_eq!(params.get("g"), Some("ä"));
        assert_eq!(params.get("h"), Some("%"));
    }

    #[test]
    fn repeats_are_seen_even_when_empty() {
        let params = Params::parse("a=1&b=2&a=").unwrap();
        assert!(params.is_repeated("a"));
        assert_eq!(params.first_repeated(), Some("a"));
        assert!(!params.is_repeated("b"));
    }

    #[test]
    fn only_resource_may_repeat() {
        let params = Params::parse("resource=https://a&resource=&resource=https://b").unwrap();
        assert_eq!(params.resources().collect::<Vec<_>>(), ["https://a", "https://b"]);
        assert_eq!(params.first_repeated(), None);
        assert_eq!(
            Params::parse("Resource=a&Resource=b").unwrap().first_repeated(),
            Some("Resource")
        );
    }

    #[test]
    fn case_311_bad_bytes_are_refused() {
        assert_eq!(Params::parse("a=%ff").unwrap_err(), BadEncoding::NotUtf8);
        assert_eq!(Params::parse("a=%ED%A0%80").unwrap_err(), BadEncoding::NotUtf8);
        assert_eq!(Params::parse("a=%00").unwrap_err(), BadEncoding::Nul);
        assert_eq!(Params::parse(&"a=1&".repeat(65)).unwrap_err(), BadEncoding::TooLarge);
        assert_eq!(Params::parse(&"a".repeat(MAX_BYTES + 1)).unwrap_err(), BadEncoding::TooLarge);
    }

    fn encode(pairs: &[(String, String)]) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// What is seen of some names: the value, and whether it came more than once.
    fn seen<'a>(params: &'a Params, names: &[String]) -> Vec<(Option<&'a str>, bool)> {
        names.iter().map(|name| (params.get(name), params.is_repeated(name))).collect()
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in any::<String>()) {
            if let Ok(params) = Params::parse(&text) {
                prop_assert!(params.values.len() <= MAX_PARAMS);
                let held = params.values.iter().flat_map(|(name, value)| [name, value]);
                prop_assert!(!held.into_iter().any(|text| text.contains('\0')));
            }
        }

        #[test]
        fn what_was_encoded_is_decoded_in_any_order(
            sent in prop::collection::btree_map("[^\0]{0,8}", "[^\0]{0,40}", 0..12),
            rotation in any::<prop::sample::Index>(),
        ) {
            let mut pairs: Vec<(String, String)> = sent.clone().into_iter().collect();
            if !pairs.is_empty() {
                let by = rotation.index(pairs.len());
                pairs.rotate_left(by);
            }
            let params = Params::parse(&encode(&pairs)).unwrap();
            for (name, value) in &sent {
                let expected = Some(value.as_str()).filter(|value| !value.is_empty());
                prop_assert_eq!(params.get(name), expected, "an empty value counts as left out");
            }
            prop_assert_eq!(params.first_repeated(), None);
        }

        #[test]
        fn a_repeat_is_seen_wherever_and_however_it_stands(
            sent in prop::collection::vec(("[a-e]", "[a-z]{0,3}"), 0..10),
            at in any::<prop::sample::Index>(),
            again in ("[a-e]", "[a-z]{0,3}"),
            percent_encoded: bool,
        ) {
            let names: Vec<String> = "abcde".chars().map(String::from).collect();
            let before = Params::parse(&encode(&sent)).unwrap();
            let (name, value) = again;
            let encoded = format!("%{:02x}", name.as_bytes()[0]);
            let shown = if percent_encoded { &encoded } else { &name };
            let mut pairs: Vec<String> = sent.iter().map(|(n, v)| format!("{n}={v}")).collect();
            pairs.insert(at.index(pairs.len() + 1), format!("{shown}={value}"));
            let after = Params::parse(&pairs.join("&")).unwrap();
            let was_there = sent.iter().any(|(known, _)| *known == name);
            prop_assert_eq!(after.is_repeated(&name), was_there);
            // The others are what they were.
            let others: Vec<String> = names.into_iter().filter(|other| *other != name).collect();
            prop_assert_eq!(seen(&after, &others), seen(&before, &others));
        }

        #[test]
        fn case_312_no_more_than_the_limits(count in 0..200_usize, value in 0..2000_usize) {
            let value = "x".repeat(value);
            let pairs: Vec<String> = (0..count).map(|n| format!("{n}={value}")).collect();
            let encoded = pairs.join("&");
            let fits = count <= MAX_PARAMS && encoded.len() <= MAX_BYTES;
            prop_assert_eq!(Params::parse(&encoded).is_ok(), fits);
        }
    }
}

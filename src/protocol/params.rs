//! The parameters of a request, in the encoding of RFC 6749 Appendix B.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

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
        for (index, pair) in encoded.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if index >= MAX_PARAMS {
                return Err(BadEncoding::TooLarge);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
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

/// Decodes a name or a value; a `%` without two hex digits behind it stands for itself.
pub(crate) fn decode(text: &str) -> Result<String, BadEncoding> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| BadEncoding::NotUtf8)?;
    if decoded.contains('\0') { Err(BadEncoding::Nul) } else { Ok(decoded.into_owned()) }
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

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "\\PC{0,200}") {
            let _ = Params::parse(&text);
        }

        #[test]
        fn what_was_encoded_is_decoded(name in "[a-z]{1,8}", value in "[^\0]{1,40}") {
            let encoded = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &value).finish();
            let params = Params::parse(&encoded).unwrap();
            prop_assert_eq!(params.get(&name), Some(value.as_str()));
        }
    }
}

//! What a provider is called in addresses.

use std::fmt;
use std::str::FromStr;

/// A provider's name in addresses: 2 to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The text cannot stand in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a provider's name has 2 to 32 of the characters a-z, 0-9 and -")]
pub struct InvalidSlug;

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let good = (2..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidSlug) }
    }
}

impl Slug {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_a_name_stands_in_an_address_as_it_is(
            text in prop_oneof![any::<String>(), "[a-zA-Z0-9./%-]{0,34}"],
        ) {
            let Ok(slug) = text.parse::<Slug>() else { return Ok(()) };
            let path = format!("/auth/{slug}/callback");
            let url = Url::parse("https://id.example").unwrap().join(&path).unwrap();
            prop_assert_eq!(url.path(), path);
            prop_assert_eq!(url.path_segments().unwrap().count(), 3);
        }
    }

    #[test]
    fn a_name_has_its_length() {
        for (length, good) in [(1, false), (2, true), (32, true), (33, false)] {
            assert_eq!("a".repeat(length).parse::<Slug>().is_ok(), good, "{length}");
        }
    }
}

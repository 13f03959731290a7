//! What a provider is called in addresses.

use std::fmt;
use std::str::FromStr;

/// What stands at `/api/auth/NAME` and below it, where the sign-in with a provider begins as well. A test
/// compares it with the endpoints of the JSON API.
pub const RESERVED: &[&str] = &[
    "confirm",
    "connect",
    "consent",
    "forgot-password",
    "login",
    "logout",
    "logout-all",
    "passkey",
    "providers",
    "recovery-code",
    "refresh",
    "register",
    "reset-password",
    "send-otp",
    "session",
    "set-up",
    "totp",
    "verify-email",
    "verify-otp",
];

/// A provider's name in addresses: 2 to 32 of `a-z`, `0-9` and `-`, and none of [`RESERVED`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Why a text is no name of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSlug {
    /// It cannot stand in an address.
    #[error("a provider's name has 2 to 32 of the characters a-z, 0-9 and -")]
    Characters,
    /// Something else stands at its address.
    #[error("a provider cannot have the name of an endpoint below /api/auth")]
    Reserved,
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let good = (2..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        match () {
            () if !good => Err(InvalidSlug::Characters),
            () if RESERVED.contains(&text) => Err(InvalidSlug::Reserved),
            () => Ok(Self(text.to_owned())),
        }
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
    fn a_name_is_no_endpoint() {
        assert_eq!("session".parse::<Slug>(), Err(InvalidSlug::Reserved));
        assert!("sessions".parse::<Slug>().is_ok());
    }

    #[test]
    fn a_name_has_its_length() {
        for (length, good) in [(1, false), (2, true), (32, true), (33, false)] {
            assert_eq!("a".repeat(length).parse::<Slug>().is_ok(), good, "{length}");
        }
    }
}

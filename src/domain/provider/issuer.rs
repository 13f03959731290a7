//! Who vouches for people elsewhere.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The issuer identifier of a provider (OIDC Discovery §3), compared to the byte. Unlike ours it may
/// have a path.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UpstreamIssuer {
    text: String,
    is_loopback: bool,
}

/// Why a text is no issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUpstreamIssuer {
    /// Not an absolute address.
    #[error("it is not an absolute address")]
    NotAUrl,
    /// Not https.
    #[error("it must begin with https://")]
    Scheme,
    /// A query, a fragment or a password.
    #[error("it must have no query, no fragment and no user name")]
    TooMuch,
}

impl FromStr for UpstreamIssuer {
    type Err = InvalidUpstreamIssuer;

    fn from_str(text: &str) -> Result<Self, InvalidUpstreamIssuer> {
        let url = Url::parse(text).map_err(|_| InvalidUpstreamIssuer::NotAUrl)?;
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            _ => return Err(InvalidUpstreamIssuer::Scheme),
        }
        let is_bare = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // What a parser would tidy is another text than the one that the provider compares.
        let is_tidy = text == url.as_str() || format!("{text}/") == url.as_str();
        if !is_bare || text.contains('@') || !is_tidy {
            return Err(InvalidUpstreamIssuer::TooMuch);
        }
        Ok(Self { text: text.to_owned(), is_loopback })
    }
}

impl UpstreamIssuer {
    /// The text, to the byte.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an address of this machine, written as one.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The address of `path`, which begins with a slash, below it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text.trim_end_matches('/'))
    }
}

impl fmt::Display for UpstreamIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for UpstreamIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_issuer_is_kept_to_the_byte() {
        for text in [
            "https://accounts.google.com",
            "https://id.example.com/",
            "https://id.example.com/realms/a",
            "https://id.example.com/realms/a/",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/a",
        ] {
            assert_eq!(text.parse::<UpstreamIssuer>().unwrap().as_str(), text);
        }
        for (text, error) in [
            ("accounts.google.com", InvalidUpstreamIssuer::NotAUrl),
            ("http://id.example.com", InvalidUpstreamIssuer::Scheme),
            ("http://localhost:9000", InvalidUpstreamIssuer::Scheme),
            ("ftp://id.example.com", InvalidUpstreamIssuer::Scheme),
            ("https://id.example.com?a", InvalidUpstreamIssuer::TooMuch),
            ("https://id.example.com/#a", InvalidUpstreamIssuer::TooMuch),
            ("https://a@id.example.com", InvalidUpstreamIssuer::TooMuch),
            ("https://ID.example.com", InvalidUpstreamIssuer::TooMuch),
            ("https://id.example.com/a/../b", InvalidUpstreamIssuer::TooMuch),
        ] {
            assert_eq!(text.parse::<UpstreamIssuer>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_issuer_is_https_or_this_machine(text in "https?://[a-z0-9.@:/?#\\[\\]-]{1,20}") {
            let Ok(issuer) = text.parse::<UpstreamIssuer>() else { return Ok(()) };
            let url = Url::parse(issuer.as_str()).unwrap();
            prop_assert!(url.scheme() == "https" || issuer.is_loopback());
            prop_assert_eq!(issuer.as_str(), text);
        }
    }
}

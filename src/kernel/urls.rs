//! The issuer and the addresses below it.

use std::fmt;

use url::{Host, Url};

/// The issuer identifier (OIDC Discovery §3): scheme and authority only, rendered without a
/// trailing slash. It is the origin of every page and endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

/// Why a text is no issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIssuer {
    /// Not an absolute URL at all.
    #[error("it is not an absolute URL")]
    NotAUrl,
    /// Neither https nor http.
    #[error("its scheme must be https")]
    Scheme,
    /// Has a path, a query, a fragment or user information.
    #[error("it must be a scheme and a host only, like https://id.example.com")]
    NotAnOrigin,
}

impl Issuer {
    /// Parses an issuer. Whether plain http is acceptable is the configuration's decision.
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        let url = Url::parse(text).map_err(|_| InvalidIssuer::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidIssuer::Scheme);
        }
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // An empty one leaves no trace in what was parsed.
        if !bare || text.contains('@') || text.ends_with(['?', '#']) {
            return Err(InvalidIssuer::NotAnOrigin);
        }
        Ok(Self { text: url.origin().ascii_serialization(), url })
    }

    /// The identifier as it stands in tokens and metadata.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of `path` (which begins with a slash) below the issuer.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether browsers reach it by https, so that cookies are Secure and `__Host-`.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it names this machine only: `localhost`, `127.0.0.0/8` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The name of its host; `None` where that is an address.
    pub fn domain(&self) -> Option<&str> {
        self.url.domain()
    }

    /// The port, the scheme's own one included.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `url` points at this machine: `localhost`, `127.0.0.0/8` or `[::1]`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_an_issuer_is_an_origin_and_reads_back(
            text in prop_oneof![
                any::<String>(),
                "(https?|HTTPS|ftp)://([a-z]{1,4}@)?[a-zA-Z0-9.:\\[\\]-]{0,12}\
                 (:[0-9]{0,5})?[/?#a]{0,2}",
            ],
        ) {
            let Ok(issuer) = Issuer::parse(&text) else { return Ok(()) };
            prop_assert_eq!(Issuer::parse(issuer.as_str()), Ok(issuer.clone()));
            let (scheme, authority) = issuer.as_str().split_once("://").unwrap();
            prop_assert_eq!(scheme == "https", issuer.is_https());
            prop_assert!(!authority.contains(['/', '?', '#', '@', '\\']), "{}", issuer);
            let url = Url::parse(&issuer.join("/a?b")).unwrap();
            prop_assert_eq!(url.origin(), issuer.url.origin());
            prop_assert_eq!((url.path(), url.query()), ("/a", Some("b")));
        }
    }

    #[test]
    fn an_issuer_is_an_origin() {
        let issuer = Issuer::parse("https://ID.example.com/").unwrap();
        assert_eq!(issuer.as_str(), "https://id.example.com");
        assert_eq!(issuer.join("/a"), "https://id.example.com/a");
        assert_eq!(Issuer::parse("https://a.example/t"), Err(InvalidIssuer::NotAnOrigin));
        assert_eq!(Issuer::parse("https://a.example?"), Err(InvalidIssuer::NotAnOrigin));
        assert_eq!(Issuer::parse("https://u@a.example"), Err(InvalidIssuer::NotAnOrigin));
        assert_eq!(Issuer::parse("https://@a.example"), Err(InvalidIssuer::NotAnOrigin));
        assert_eq!(Issuer::parse("ftp://a.example"), Err(InvalidIssuer::Scheme));
        assert_eq!(Issuer::parse("id.example.com"), Err(InvalidIssuer::NotAUrl));
    }

    #[test]
    fn loopback_is_exact() {
        for (text, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.2", true),
            ("http://[::1]:1", true),
            ("http://localhost.evil.test", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Issuer::parse(text).unwrap().is_loopback(), expected, "{text}");
        }
    }
}

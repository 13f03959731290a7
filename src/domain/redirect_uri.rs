//! Redirect URIs: what may be registered, and what matches.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::kernel::urls::is_loopback;

use super::client::ApplicationType;

/// A redirect URI as registered or sent: kept as the very text, compared byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Not an absolute URI in its normal form.
    #[error(
        "it is not an absolute URI in normal form (check for spaces, a missing path, upper case, or encoded letters)"
    )]
    NotAbsolute,
    /// Has a fragment (RFC 6749 §3.1.2).
    #[error("it must not have a fragment")]
    Fragment,
    /// Has a user name or password in it.
    #[error("it must not have user information")]
    UserInfo,
    /// Has a `*`.
    #[error("it must not have a wildcard")]
    Wildcard,
    /// A scheme that runs code or reads files, or http to another machine.
    #[error(
        "its scheme must be https (http only for 127.0.0.1, [::1] and localhost; a private scheme like com.example.app only for native apps)"
    )]
    Scheme,
}

impl RedirectUri {
    /// Checks a URI for registration by a client of the given type (RFC 9700 §2.1, RFC 8252 §7).
    pub fn register(
        text: &str,
        application_type: ApplicationType,
    ) -> Result<Self, InvalidRedirectUri> {
        let url = Url::parse(text).map_err(|_| InvalidRedirectUri::NotAbsolute)?;
        if text.contains('*') {
            return Err(InvalidRedirectUri::Wildcard);
        }
        if text.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || text.contains('@') && url.has_host() && url.path().is_empty()
        {
            return Err(InvalidRedirectUri::UserInfo);
        }
        let scheme_is_good = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&url),
            // RFC 8252 §7.1: a reversed domain name the app's maker controls.
            scheme => application_type == ApplicationType::Native && scheme.contains('.'),
        };
        if !scheme_is_good {
            return Err(InvalidRedirectUri::Scheme);
        }
        // Browsers normalise an address before they go there; one that would change on the way
        // could be read differently by the two sides. A bare origin may leave out the slash.
        let is_normal = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        if !is_normal || !text.bytes().all(is_uri_byte) {
            return Err(InvalidRedirectUri::NotAbsolute);
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a stored or already matched URI.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `sent` is this URI: byte for byte (RFC 9700 §4.1.3), but for the port of a native
    /// client's `http://127.0.0.1` or `http://[::1]` (RFC 8252 §7.3).
    pub fn matches(&self, sent: &str, application_type: ApplicationType) -> bool {
        if self.0 == sent {
            return true;
        }
        application_type == ApplicationType::Native
            && match (loopback_without_port(&self.0), loopback_without_port(sent)) {
                (Some(registered), Some(sent)) => registered == sent,
                _ => false,
            }
    }

    /// Whether somebody else on the same machine could have claimed it too (loopback or private
    /// scheme), so that consent is asked each time (RFC 8252 §8.6).
    pub fn is_claimable(&self) -> bool {
        match Url::parse(&self.0) {
            Ok(url) => url.scheme() != "https",
            Err(_) => true,
        }
    }

    /// The host, or the scheme where there is none: what the consent page shows.
    pub fn shown_host(&self) -> String {
        match Url::parse(&self.0) {
            Ok(url) => match url.host_str() {
                Some(host) => match url.port() {
                    Some(port) => format!("{host}:{port}"),
                    None => host.to_owned(),
                },
                None => format!("{}:", url.scheme()),
            },
            Err(_) => String::new(),
        }
    }

    /// What `form-action` must allow so that a form's redirects may end here.
    pub fn form_action_source(&self) -> Option<String> {
        match Url::parse(&self.0).ok()?.scheme() {
            "https" => None,
            scheme => Some(format!("{scheme}:")),
        }
    }
}

/// Whether a URI may hold this byte (RFC 3986 §2); the `Url` type lets some more pass, such as quotes.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

/// The parts of an `http://127.0.0.1:…/…` or `http://[::1]:…/…` but for the port, as raw text.
fn loopback_without_port(text: &str) -> Option<(Host<String>, &str)> {
    let rest = text.strip_prefix("http://")?;
    let (host, after) = if let Some(after) = rest.strip_prefix("127.0.0.1") {
        (Host::Ipv4(Ipv4Addr::LOCALHOST), after)
    } else if let Some(after) = rest.strip_prefix("[::1]") {
        (Host::Ipv6(Ipv6Addr::LOCALHOST), after)
    } else {
        return None;
    };
    let tail = match after.strip_prefix(':') {
        Some(with_port) => {
            let digits = with_port.bytes().take_while(u8::is_ascii_digit).count();
            let port_is_good = with_port[..digits].parse::<u16>().is_ok_and(|port| port > 0);
            if !port_is_good {
                return None;
            }
            &with_port[digits..]
        }
        None => after,
    };
    (tail.is_empty() || tail.starts_with(['/', '?'])).then_some((host, tail))
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use ApplicationType::{Native, Web};

    #[test]
    fn case_001_matching_is_byte_for_byte() {
        let registered = RedirectUri::register("https://app.example/cb", Web).unwrap();
        assert!(registered.matches("https://app.example/cb", Web));
        for sent in [
            "https://app.example/cb/",
            "https://app.example/cb/x",
            "https://app.example/cb?a=b",
            "https://app.example/CB",
            "https://app.example:443/cb",
            "https://app.example/cb#f",
            "http://app.example/cb",
            "https://app.example/%63b",
            "https://APP.example/cb",
            "https://app.example",
            "https://app.example/cb ",
            "",
            "//app.example/cb",
        ] {
            assert!(!registered.matches(sent, Web), "{sent}");
            assert!(!registered.matches(sent, Native), "{sent}");
        }
    }

    #[test]
    fn case_005_what_cannot_be_registered() {
        for text in [
            "https://*.example/cb",
            "https://a.example/cb#x",
            "/cb",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            " https://a.example/",
            "\thttps://a.example/",
            "http://a.example/cb",
            "https://u:p@a.example/cb",
            "https://u@a.example/cb",
            "https:a.example/cb",
            "https://a.example\\@b.example/",
            "https://A.example/cb",
            "https://a.example:443/cb",
            "https://a.example/a/../b",
            "",
            "com.example.app:/cb",
            "https://a.example/cb\n",
            "https://a\"b.example/cb",
            "https://a.example/cb?x={y}|`z`",
        ] {
            assert!(RedirectUri::register(text, Web).is_err(), "{text:?}");
        }
        for text in ["myapp:/cb", "com.example.app:<script>", "com.example.app:/\\evil.test"] {
            assert!(RedirectUri::register(text, Native).is_err(), "{text}");
        }
        for text in
            ["https://a.example", "https://a.example/cb?tenant=a", "http://127.0.0.1:8081/cb"]
        {
            assert!(RedirectUri::register(text, Web).is_ok(), "{text}");
        }
        assert!(RedirectUri::register("com.example.app:/cb", Native).is_ok());
    }

    #[test]
    fn case_006_native_loopback_has_a_free_port() {
        let registered = RedirectUri::register("http://127.0.0.1/cb", Native).unwrap();
        assert!(registered.matches("http://127.0.0.1:49152/cb", Native));
        assert!(!registered.matches("http://127.0.0.1:49152/cb", Web));
        for sent in [
            "http://127.0.0.1:49152/other",
            "http://localhost:49152/cb",
            "http://127.0.0.2:49152/cb",
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.1:49152@evil.test/cb",
            "http://[::1]:49152/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "https://127.0.0.1:1/cb",
        ] {
            assert!(!registered.matches(sent, Native), "{sent}");
        }
        let fixed_host = RedirectUri::register("https://app.example/cb", Native).unwrap();
        assert!(!fixed_host.matches("https://app.example:8443/cb", Native));
    }
}

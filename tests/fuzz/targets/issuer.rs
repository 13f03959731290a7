//! `kernel::urls`: the issuer.

use latchkey::kernel::urls::Issuer;
use url::Url;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let Ok(issuer) = Issuer::parse(text) else { return };
    assert!(!text.contains(['@', '?', '#']), "{text}");
    let shown = issuer.as_str();
    let url = Url::parse(shown).unwrap();
    assert_eq!(Issuer::parse(shown).unwrap().as_str(), shown, "not the way back");
    assert_eq!(url.origin().ascii_serialization(), shown);
    assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None));
    assert_eq!((url.username(), url.password()), ("", None));
    assert!(shown.starts_with(if issuer.is_https() { "https://" } else { "http://" }), "{shown}");
    let below = Url::parse(&issuer.join("/oauth2/token")).unwrap();
    assert_eq!((below.origin(), below.path()), (url.origin(), "/oauth2/token"));
    assert_eq!(Some(issuer.port()), url.port_or_known_default());
    let host = url.host_str().unwrap();
    let is_loopback = host == "localhost"
        || host == "[::1]"
        || host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.octets()[0] == 127);
    assert_eq!(issuer.is_loopback(), is_loopback, "{shown}");
}

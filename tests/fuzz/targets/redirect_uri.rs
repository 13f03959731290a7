//! `domain::redirect_uri`: what may be registered, and what is sent to match it. The first line
//! says `native` or not, the second is to be registered, the rest is sent.

use latchkey::domain::client::ApplicationType::{Native, Web};
use latchkey::domain::redirect_uri::RedirectUri;
use url::Url;

pub fn check(data: &[u8]) {
    let [kind, registered, sent] = super::parts(data);
    let kind = if kind == b"native" { Native } else { Web };
    let (Some(registered), Some(sent)) = (super::text(registered), super::text(sent)) else {
        return;
    };
    for text in [registered, sent] {
        if let Ok(uri) = RedirectUri::register(text, kind) {
            assert!(uri.matches(text, kind), "it matches itself");
            check_registered(text, kind == Native);
        }
    }
    let Ok(uri) = RedirectUri::register(registered, kind) else { return };
    let expected = registered == sent || kind == Native && differs_in_port(registered, sent);
    assert_eq!(uri.matches(sent, kind), expected, "{registered} and {sent}");
    if expected {
        // Whoever follows the redirect must end at the same place, but for the port.
        let (registered, sent) = (Url::parse(registered).unwrap(), Url::parse(sent).unwrap());
        assert_eq!((registered.scheme(), registered.host()), (sent.scheme(), sent.host()));
        assert_eq!((sent.username(), sent.password()), ("", None));
        assert_eq!((registered.path(), registered.query()), (sent.path(), sent.query()));
        assert_eq!(sent.fragment(), None);
    }
}

fn check_registered(text: &str, is_native: bool) {
    assert!(text.bytes().all(|byte| matches!(byte, b'!'..=b'~')), "{text:?}");
    // RFC 3986 §2 has no place for the most of them, and our own rules for the rest.
    assert!(!text.contains(['*', '#', '\\', '"', '<', '>', '^', '`', '{', '|', '}']), "{text}");
    let url = Url::parse(text).unwrap();
    let rendered = url.as_str();
    assert!(rendered == text || rendered == format!("{text}/"), "{text} is {rendered}");
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => assert!(!host.is_empty()),
        "http" => assert!(host == "localhost" || host == "[::1]" || host.starts_with("127.")),
        private => assert!(is_native && private.contains('.'), "{text}"),
    }
}

/// RFC 8252 §7.3, written anew: `http`, a literal loopback address, and another port.
fn differs_in_port(registered: &str, sent: &str) -> bool {
    let split = |text: &str| -> Option<(String, String)> {
        let rest = text.strip_prefix("http://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| authority.starts_with(host))?;
        let port = &authority[host.len()..];
        let port_is_good = port.is_empty()
            || port.strip_prefix(':').is_some_and(|digits| {
                !digits.is_empty()
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && digits.parse::<u32>().is_ok_and(|port| (1..=65535).contains(&port))
            });
        port_is_good.then(|| (host.to_owned(), tail.to_owned()))
    };
    split(registered).is_some_and(|parts| split(sent) == Some(parts))
}

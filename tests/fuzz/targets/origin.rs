//! `http::site::Origins`: whose scripts may read an answer, by the redirect URIs that are registered.

use latchkey::domain::client::ApplicationType;
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::http::site::Origins;
use url::Url;

pub fn check(data: &[u8]) {
    let [registered, sent] = super::parts(data);
    let (Some(registered), Some(sent)) = (super::text(registered), super::text(sent)) else {
        return;
    };
    let Ok(uri) = RedirectUri::register(registered, ApplicationType::Native) else { return };
    if !Origins::of(&[uri]).contains(sent) {
        return;
    }
    let (scheme, authority) = sent.split_once("://").unwrap();
    assert!(matches!(scheme, "http" | "https"), "{sent}");
    let plain = |byte: u8| {
        byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b"/\\@?#%<>^|".contains(&byte)
    };
    assert!(!authority.is_empty() && authority.bytes().all(plain), "{sent}");
    let url = Url::parse(sent).unwrap();
    assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None));
    // The scheme's own port is never spelled out.
    let shown = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    assert_eq!(sent, format!("{scheme}://{}{shown}", url.host_str().unwrap()));
    assert_eq!(url.origin(), Url::parse(registered).unwrap().origin(), "another one's");
}

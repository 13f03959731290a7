//! The cookies: their names, how they are read and how they are set.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{self, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use crate::kernel::urls::Issuer;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Holds the secret of the session.
    Session,
    /// Binds the sign-ins under way to the browser that began them.
    Browser,
    /// Holds the secret by which accounts know the browser.
    Device,
    /// Holds the secret of a link that was opened, until its button is pressed.
    Link,
    /// Holds the refresh token of the operator's own front end.
    Refresh,
    /// Holds the language that was chosen in the menu.
    Language,
    /// Names the provider that was last used in this browser.
    Provider,
    /// Holds the secret of a link that sets a password, which was taken out of the address.
    PasswordLink,
    /// Holds the secret of a link that disowns a sign-in.
    NotMeLink,
}

/// The name of a cookie.
///
/// Under https it has the prefix `__Host-`, so that no other host and no plain connection can
/// plant it. Browsers share the cookies of localhost between ports, hence the port in the name
/// there.
pub fn name(issuer: &Issuer, kind: Kind) -> String {
    let what = match kind {
        Kind::Session => "session",
        Kind::Browser => "browser",
        Kind::Device => "device",
        Kind::Link => "link",
        Kind::Refresh => "refresh",
        Kind::Language => "language",
        Kind::Provider => "provider",
        Kind::PasswordLink => "password-link",
        Kind::NotMeLink => "not-me-link",
    };
    if issuer.is_https() {
        format!("__Host-latchkey-{what}")
    } else {
        format!("latchkey-{}-{what}", issuer.port())
    }
}

/// The value of the cookie called `name`. One that was sent twice counts as absent: which of the
/// two is ours cannot be told (RFC 6265 §4.2.2).
pub fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = None;
    for line in headers.get_all(header::COOKIE) {
        for pair in line.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let Some(value) = pair.strip_prefix(name.as_bytes()).and_then(|p| p.strip_prefix(b"="))
            else {
                continue;
            };
            if found.replace(value).is_some() {
                return None;
            }
        }
    }
    found.and_then(|value| str::from_utf8(value).ok())
}

/// The value of the cookie called `name` if it can be one of our bearer secrets: 256 bits in
/// base64url, in the one spelling that we write.
pub fn secret<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    value(headers, name).filter(|text| is_secret(text))
}

/// Whether a text can be one of our bearer secrets.
pub fn is_secret(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// A cookie to set: for this browser session, or for `max_age`.
pub fn set(
    issuer: &Issuer,
    kind: Kind,
    value: String,
    max_age: Option<TimeDelta>,
) -> Cookie<'static> {
    let mut cookie = Cookie::build(name(issuer, kind), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(issuer.is_https())
        .finish();
    if let Some(age) = max_age {
        // Rounded up: it is the server that ends a session, not a second too early the browser.
        let seconds = (age + TimeDelta::milliseconds(999)).num_seconds().max(0);
        cookie.set_max_age(CookieAge::seconds(if age > TimeDelta::zero() { seconds } else { 0 }));
    }
    cookie
}

/// What takes a cookie away.
pub fn removal(issuer: &Issuer, kind: Kind) -> Cookie<'static> {
    set(issuer, kind, String::new(), Some(TimeDelta::zero()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn sent(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn case_259_cookies_under_https_are_host_only_secure_and_hidden_from_scripts() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let text = set(&issuer, Kind::Session, SECRET.to_owned(), None).to_string();
        let expected =
            format!("__Host-latchkey-session={SECRET}; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(text, expected);
        let age = Some(TimeDelta::days(30));
        let text = set(&issuer, Kind::Browser, SECRET.to_owned(), age).to_string();
        assert!(text.ends_with("; Secure; Path=/; Max-Age=2592000"), "{text}");
    }

    #[test]
    fn loopback_cookies_are_parted_by_port() {
        let issuer = Issuer::parse("http://localhost:8080").unwrap();
        let text = set(&issuer, Kind::Session, SECRET.to_owned(), None).to_string();
        assert_eq!(text, format!("latchkey-8080-session={SECRET}; HttpOnly; SameSite=Lax; Path=/"));
    }

    #[test]
    fn case_261_only_one_well_formed_cookie_counts() {
        let read = |lines: &[&str]| secret(&sent(lines), "s").map(str::to_owned);
        let good = format!("s={SECRET}");
        assert_eq!(read(&[&good]).as_deref(), Some(SECRET));
        assert_eq!(read(&[&format!("a=b; {good};c")]).as_deref(), Some(SECRET));
        assert_eq!(read(&["a=b", &good]).as_deref(), Some(SECRET));
        for bad in [
            &[&*format!("{good}; {good}")] as &[&str],
            &[&good, &good],
            &[&good, "s="],
            &[&good, "s=other"],
            &[&format!("s=\"{SECRET}\"")],
            &[&format!("s={SECRET}=")],
            &[&format!("s={}", &SECRET[1..])],
            &[&format!("s={SECRET}A")],
            &[&format!("s={}B", &SECRET[1..])],
            &[&format!("s=%41{}", &SECRET[1..])],
            &[&format!("S={SECRET}")],
            &[&format!("ss={SECRET}")],
            &["s"],
            &["s=\u{fffd}"],
            &[""],
            &[],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}

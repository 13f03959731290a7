//! A person's browser, as far as signing in needs one.

use crate::Outcome;
use crate::client::{Connection, encoded, get, post};
use crate::world::App;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// The verifier of RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A login page that waits for its form.
pub struct Page {
    /// The form, ready to be sent.
    pub submission: Vec<u8>,
    cookies: String,
}

/// The path and query of the app's authorization request.
pub fn authorization(app: &App) -> String {
    let query = encoded(&[
        ("client_id", &app.id),
        ("redirect_uri", &app.redirect_uri),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access"),
        ("state", "a-state-of-usual-length"),
        ("nonce", "a-nonce-of-usual-length"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    format!("/oauth2/authorize?{query}")
}

/// Opens the app's login page in a new browser.
pub fn open(connection: &mut Connection, host: &str, app: &App, email: &str) -> Outcome<Page> {
    let answer = connection.send(&get(host, &authorization(app), &[]))?;
    let (path, cookies) = (answer.location()?.to_owned(), joined(answer.cookies()));
    let headers = [("Cookie", cookies.as_str())];
    let page = connection.send(&get(host, &path, &headers))?.expect(200)?;
    let form = [("csrf", page.csrf()?), ("identifier", email), ("password", PASSWORD)];
    let origin = format!("http://{host}");
    let submission = post(host, &path, &[("Cookie", &cookies), ("Origin", &origin)], &form);
    Ok(Page { submission, cookies })
}

/// Signs a person in and allows the app what it asks for. Returns the browser's cookies.
pub fn complete(
    connection: &mut Connection,
    host: &str,
    app: &App,
    email: &str,
) -> Outcome<String> {
    let page = open(connection, host, app, email)?;
    let answer = connection.send(&page.submission)?.expect(303)?;
    let mut path = answer.location()?.to_owned();
    let cookies = format!("{}; {}", page.cookies, joined(answer.cookies()));
    loop {
        let headers = [("Cookie", cookies.as_str())];
        let answer = connection.send(&get(host, &path, &headers))?;
        if answer.status == 200 {
            let form = [("csrf", answer.csrf()?), ("decision", "allow")];
            let origin = format!("http://{host}");
            let allowed = post(host, &path, &[("Cookie", &cookies), ("Origin", &origin)], &form);
            connection.send(&allowed)?.expect(303)?.location()?.clone_into(&mut path);
        } else {
            answer.location()?.clone_into(&mut path);
        }
        if code_in(&path).is_some() {
            return Ok(cookies);
        }
    }
}

/// The authorization code in the address of the app.
pub fn code_in(location: &str) -> Option<&str> {
    let (_, query) = location.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("code="))
}

fn joined<'a>(cookies: impl Iterator<Item = &'a str>) -> String {
    cookies.collect::<Vec<_>>().join("; ")
}

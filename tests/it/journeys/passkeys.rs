//! Passkeys in a browser with a virtual authenticator.

use chrono::TimeDelta;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::Url;

use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

/// A command of WebAuthn's extension to `WebDriver` (WebAuthn §11).
#[derive(Debug)]
struct WebAuthn {
    path: String,
    body: Value,
}

impl WebDriverCompatibleCommand for WebAuthn {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/webauthn/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// Gives the browser an authenticator of its own, whose person always agrees; returns its id.
pub(crate) async fn authenticator(browser: &Browser) -> String {
    let command = WebAuthn {
        path: "authenticator".to_owned(),
        body: json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
        }),
    };
    browser.client.issue_cmd(command).await.unwrap().as_str().unwrap().to_owned()
}

/// Whether the person passes the check of the authenticator from now on.
async fn verifies(browser: &Browser, authenticator: &str, passes: bool) {
    let path = format!("authenticator/{authenticator}/uv");
    let body = json!({ "isUserVerified": passes });
    // chromedriver knows this one by POST alone.
    browser.client.issue_cmd(WebAuthn { path, body }).await.unwrap();
}

pub(crate) async fn sign_in_with_password(app: &TestApp, browser: &Browser) {
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
}

pub(crate) async fn sign_out(app: &TestApp, browser: &Browser) {
    browser.goto(&app.at("/sign-out")).await;
    browser.click("#sign-out").await;
    browser.wait_for_url(|url| url.path() == "/signed-out").await;
}

/// Looks at a page: accessible, nothing sideways, and a picture.
async fn look(browser: &Browser, name: &str) {
    browser.assert_accessible().await;
    browser.screenshot(&format!("passkeys-{name}")).await;
}

pub(crate) async fn add(app: &TestApp, browser: &Browser) {
    browser.goto(&app.at("/account/security/passkeys/add")).await;
    browser.click("#use-passkey").await;
    browser.wait_for_url(|url| url.path() == "/account/security/passkeys").await;
}

/// Presses the button for passkeys, unless the field's own offer has left the page already.
async fn press(browser: &Browser) {
    let script =
        "const button = document.getElementById('use-passkey'); if (button) button.click()";
    let _ = browser.client.execute(script, vec![]).await;
}

/// Signs in on the login page with a passkey: the field's own offer may be quicker than the button.
async fn sign_in(app: &TestApp, browser: &Browser) {
    browser.goto(&app.at("/account")).await;
    press(browser).await;
    browser.wait_for_url(|url| url.path() == "/account").await;
}

#[tokio::test]
async fn a_passkey_is_added_signs_in_and_confirms() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    let authenticator = authenticator(&browser).await;
    sign_in_with_password(&app, &browser).await;
    browser.goto(&app.at("/account/security/passkeys")).await;
    look(&browser, "none").await;
    browser.click("#add-passkey").await;
    browser.wait_for("#passkey-form:not([hidden])").await;
    assert!(browser.has("#passkey-unsupported[hidden]").await);
    look(&browser, "add").await;
    browser.click("#use-passkey").await;
    browser.wait_for("#notice").await;
    assert_eq!(browser.text("#passkeys h2").await, "Passkey");
    look(&browser, "list").await;

    sign_out(&app, &browser).await;
    sign_in(&app, &browser).await;

    // After the password alone the passkey is asked for.
    sign_out(&app, &browser).await;
    verifies(&browser, &authenticator, false).await;
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/second-factor/passkey").await;
    browser.wait_for("#passkey-form:not([hidden])").await;
    look(&browser, "second-factor").await;
    // Who does not pass the authenticator's check is told so, and tries again.
    browser.click("#use-passkey").await;
    browser.wait_for("#passkey-problem:not([hidden])").await;
    look(&browser, "second-factor-failed").await;
    verifies(&browser, &authenticator, true).await;
    browser.click("#use-passkey").await;
    browser.wait_for_url(|url| url.path() == "/account").await;

    // What changes how one signs in takes it anew.
    app.clock.advance(TimeDelta::minutes(16));
    browser.goto(&app.at("/account/security/passkeys")).await;
    browser.click("#passkeys a.button").await;
    press(&browser).await;
    browser.fill("#name", "Kitchen laptop").await;
    look(&browser, "rename").await;
    browser.click("#save-name").await;
    browser.wait_for("#notice").await;
    assert_eq!(browser.text("#passkeys h2").await, "Kitchen laptop");
    browser.click("#passkeys a.button:last-child").await;
    browser.wait_for("#remove-passkey").await;
    look(&browser, "remove").await;
    browser.click("#remove-passkey").await;
    browser.wait_for("#no-passkeys").await;
}

#[tokio::test]
async fn a_new_person_registers_with_a_passkey_and_sets_none_up_again() {
    let app = TestApp::start();
    let browser = Browser::start(BrowserOptions::default()).await;
    authenticator(&browser).await;
    browser.goto(&app.at("/login")).await;
    browser.click("#create-account-link").await;
    browser.wait_for("#without-password:not([hidden])").await;
    look(&browser, "register").await;
    browser.fill("#name", "Alice").await;
    browser.fill("#email", ALICE).await;
    browser.click("#create-with-passkey").await;
    browser.wait_for("#code-form").await;
    browser.fill("#code", &app.mailed_code(ALICE).await).await;
    browser.click("#continue").await;
    browser.wait_for("#passkey-form:not([hidden])").await;
    assert!(browser.has("#passkey-unsupported[hidden]").await);
    look(&browser, "register-passkey").await;
    browser.click("#use-passkey").await;
    browser.wait_for("#codes").await;
    look(&browser, "register-codes").await;
    browser.click("#kept").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    sign_out(&app, &browser).await;
    sign_in(&app, &browser).await;
}

#[tokio::test]
async fn a_passkey_is_set_up_on_the_way_in() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.change_setting("second_factor", Some("required")).await.unwrap();
    app.refresh().await;
    let browser = Browser::start(BrowserOptions::default()).await;
    let authenticator = authenticator(&browser).await;
    verifies(&browser, &authenticator, false).await;
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/second-factor/set-up").await;
    browser.wait_for("#passkey-form:not([hidden])").await;
    look(&browser, "set-up").await;
    browser.click("#use-passkey").await;
    browser.wait_for("#passkey-problem:not([hidden])").await;
    verifies(&browser, &authenticator, true).await;
    browser.click("#use-passkey").await;
    browser.wait_for("#codes").await;
    browser.click("#kept").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    // The box beside the button keeps it from being asked for again in this browser. The offer in the
    // login field is to be too slow for that.
    sign_out(&app, &browser).await;
    verifies(&browser, &authenticator, false).await;
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/second-factor/passkey").await;
    browser.wait_for("#passkey-form:not([hidden])").await;
    browser.click("#trust").await;
    look(&browser, "second-factor-trust").await;
    verifies(&browser, &authenticator, true).await;
    browser.click("#use-passkey").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    sign_out(&app, &browser).await;
    verifies(&browser, &authenticator, false).await;
    sign_in_with_password(&app, &browser).await;
}

#[tokio::test]
async fn without_scripts_the_pages_offer_the_other_ways() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let with = Browser::start(BrowserOptions::default()).await;
    authenticator(&with).await;
    sign_in_with_password(&app, &with).await;
    let without = Browser::start(BrowserOptions { javascript: false, ..Default::default() }).await;
    without.goto(&app.at("/login")).await;
    without.click("#create-account-link").await;
    without.wait_for("#register-form").await;
    assert!(without.has("#without-password[hidden]").await, "a password is what there is");
    sign_in_with_password(&app, &without).await;
    without.goto(&app.at("/account/security/passkeys/add")).await;
    without.wait_for("#passkey-unsupported").await;
    assert!(without.has("#passkey-form[hidden]").await);
    look(&without, "add-without-scripts").await;
    add(&app, &with).await;
    sign_out(&app, &without).await;
    without.goto(&app.at("/account")).await;
    assert!(without.has("#passkey-form[hidden]").await);
    without.fill("#identifier", ALICE).await;
    without.fill("#password", PASSWORD).await;
    without.click("#sign-in").await;
    without.wait_for("#passkey-unsupported").await;
    look(&without, "second-factor-without-scripts").await;
}

/// In dark at 320 pixels, and right to left.
#[tokio::test]
async fn the_pages_about_passkeys_are_accessible_in_every_look() {
    for (language, dark, width) in [("fr", true, 320), ("ar", false, 1280)] {
        let app = TestApp::start();
        app.person(ALICE).await;
        let options = BrowserOptions { dark, width, language, ..Default::default() };
        let browser = Browser::start(options).await;
        browser.goto(&app.at("/account")).await;
        browser.wait_for("#passkey-form:not([hidden])").await;
        look(&browser, &format!("{language}-login")).await;
        browser.click("#create-account-link").await;
        browser.wait_for("#without-password:not([hidden])").await;
        look(&browser, &format!("{language}-register")).await;
        browser.fill("#name", "Bob").await;
        browser.fill("#email", "bob@example.com").await;
        browser.click("#create-with-passkey").await;
        browser.wait_for("#code-form").await;
        browser.fill("#code", &app.mailed_code("bob@example.com").await).await;
        browser.click("#continue").await;
        browser.wait_for("#passkey-form:not([hidden])").await;
        look(&browser, &format!("{language}-register-passkey")).await;
        authenticator(&browser).await;
        sign_in_with_password(&app, &browser).await;
        browser.goto(&app.at("/account/security/passkeys/add")).await;
        browser.wait_for("#passkey-form:not([hidden])").await;
        look(&browser, &format!("{language}-add")).await;
        browser.click("#use-passkey").await;
        browser.wait_for("#notice").await;
        let mut raw = app.raw();
        let copied = "UPDATE passkeys SET cloned_at = created_at";
        diesel::RunQueryDsl::execute(diesel::sql_query(copied), &mut raw).unwrap();
        browser.goto(&app.at("/account/security/passkeys")).await;
        look(&browser, &format!("{language}-list")).await;
    }
}

//! Without a mouse, and with the button that goes back.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
/// The keys as `WebDriver` writes them (§17.4.2).
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

async fn type_keys(browser: &Browser, keys: &str) {
    let focused = browser.client.active_element().await.unwrap();
    focused.send_keys(keys).await.unwrap();
}

/// Goes on to the next stop of the tabulator, which must show that it is one, and returns its id.
async fn tab(browser: &Browser) -> String {
    type_keys(browser, TAB).await;
    let script = "const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
        return [e.id || e.tagName.toLowerCase(), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2
            && r.width > 0 && r.top >= 0 && r.bottom <= innerHeight]";
    let stop = browser.execute(script).await;
    assert_eq!(stop[1], json!(true), "the focus is not to be seen: {stop}");
    stop[0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signing_in_and_consenting_by_keyboard() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    for dark in [false, true] {
        let browser = Browser::start(BrowserOptions { dark, ..BrowserOptions::default() }).await;
        let query = authorization_request(&client).encoded();
        browser.goto(&app.at(&format!("/oauth2/authorize?{query}"))).await;
        browser.wait_for(".reveal button").await;
        assert_eq!(tab(&browser).await, "identifier");
        type_keys(&browser, ALICE).await;
        assert_eq!(tab(&browser).await, "password");
        for id in [
            "button",
            "forgot-password",
            "remember",
            "sign-in",
            "email-code",
            "use-passkey",
            "create-account-link",
            "button",
            "button",
        ] {
            assert_eq!(tab(&browser).await, id);
        }
        // A wrong password takes the focus to what was wrong, and from there on to the field.
        browser.fill("#password", "wrong").await;
        type_keys(&browser, ENTER).await;
        browser.wait_for("#error-summary:focus").await;
        assert_eq!(tab(&browser).await, "identifier");
        assert_eq!(tab(&browser).await, "password");
        type_keys(&browser, PASSWORD).await;
        type_keys(&browser, ENTER).await;
        browser.wait_for("#consent-form").await;
        for id in ["not-you", "deny", "allow"] {
            assert_eq!(tab(&browser).await, id);
        }
        browser.goto(&app.at("/account")).await;
        assert_eq!(tab(&browser).await, "a", "the way past the navigation comes first");
        assert_eq!(tab(&browser).await, "sign-out-link");
    }
}

/// What was on the screen before must not come back from the browser's memory.
#[tokio::test]
async fn case_278_going_back_after_signing_out_shows_nothing_of_the_account() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for("#profile-email").await;
    browser.goto(&app.at("/account/sessions")).await;
    browser.click("#sign-out-link").await;
    browser.click("#sign-out").await;
    browser.wait_for_url(|url| url.path() == "/signed-out").await;
    for _ in 0..3 {
        browser.client.back().await.unwrap();
        browser.wait_for("#login-form, #next").await;
        let source = browser.client.source().await.unwrap();
        assert!(!source.contains(ALICE), "{}", browser.url().await);
    }
}

#[tokio::test]
async fn changing_the_password_by_keyboard() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&app.at("/account/password")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account/password").await;
    browser.wait_for("#save-password").await;
    for id in ["a", "sign-out-link", "a", "a", "a", "a", "a", "a"] {
        assert_eq!(tab(&browser).await, id);
    }
    assert_eq!(tab(&browser).await, "current_password");
    type_keys(&browser, "wrong horse").await;
    for id in ["button", "password"] {
        assert_eq!(tab(&browser).await, id);
    }
    type_keys(&browser, "a pair of patient pigeons").await;
    for id in ["button", "end_others", "a", "save-password"] {
        assert_eq!(tab(&browser).await, id);
    }
    type_keys(&browser, ENTER).await;
    browser.wait_for("#error-summary:focus").await;
    for id in ["a", "current_password"] {
        assert_eq!(tab(&browser).await, id);
    }
    type_keys(&browser, PASSWORD).await;
    browser.fill("#password", "a pair of patient pigeons").await;
    type_keys(&browser, ENTER).await;
    browser.wait_for("#notice").await;
}

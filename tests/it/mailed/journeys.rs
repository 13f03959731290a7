//! By mail in a real browser, without JavaScript.

use chrono::TimeDelta;

use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};

const BOB: &str = "bob@example.com";
const PLAIN: BrowserOptions =
    BrowserOptions { javascript: false, dark: false, width: 1000, height: 900, language: "en" };

async fn at_login(app: &TestApp, options: BrowserOptions) -> Browser {
    let browser = Browser::start(options).await;
    browser.goto(&app.at("/login")).await;
    browser.wait_for("#login-form").await;
    browser
}

async fn is_in(browser: &Browser) {
    browser.wait_for_url(|url| url.path() == "/account").await;
}

#[tokio::test]
async fn somebody_registers_and_comes_back_by_code_and_by_link() {
    let app = TestApp::start();
    let browser = at_login(&app, PLAIN).await;
    browser.click("#create-account-link").await;
    browser.wait_for("#register-form").await;
    browser.fill("#email", BOB).await;
    browser.fill("#password", "a long enough one").await;
    browser.click("#create-account").await;
    browser.wait_for("#code-form").await;
    browser.assert_accessible().await;
    browser.screenshot("mailed-1-confirm").await;
    browser.fill("#code", &app.mailed_code(BOB).await).await;
    browser.click("#continue").await;
    is_in(&browser).await;

    // Again, by a code: from the address that stands in the login field.
    app.clock.advance(TimeDelta::minutes(16));
    let browser = at_login(&app, PLAIN).await;
    browser.screenshot("mailed-2-login").await;
    browser.fill("#identifier", BOB).await;
    browser.click("#email-code").await;
    browser.wait_for("#code-form").await;
    browser.screenshot("mailed-3-code").await;
    let code = app.mailed_code(BOB).await;
    browser.fill("#code", &format!("{} {}", &code[..3], &code[3..])).await;
    browser.click("#continue").await;
    is_in(&browser).await;

    // And by a link, in the same browser.
    let browser = at_login(&app, PLAIN).await;
    browser.click("#email-code").await;
    browser.wait_for("#mailed-address-form").await;
    browser.fill("#email", BOB).await;
    app.clock.advance(TimeDelta::minutes(1));
    browser.click("#send-link").await;
    browser.wait_for("#code-form").await;
    browser.goto(&app.mailed_link(BOB).await).await;
    browser.wait_for("#use-link").await;
    assert_eq!(browser.url().await.query(), None);
    browser.screenshot("mailed-4-link").await;
    browser.click("#use-link").await;
    is_in(&browser).await;
}

#[tokio::test]
async fn in_another_browser_the_link_shows_a_code_for_the_first() {
    let app = TestApp::start();
    app.person(BOB).await;
    for (name, options) in [
        ("light", PLAIN),
        ("dark-320", BrowserOptions { dark: true, width: 320, ..PLAIN }),
        ("arabic", BrowserOptions { language: "ar", ..PLAIN }),
    ] {
        app.clock.advance(TimeDelta::hours(1));
        let browser = at_login(&app, options).await;
        browser.click("#email-code").await;
        browser.wait_for("#mailed-address-form").await;
        browser.assert_accessible().await;
        browser.screenshot(&format!("mailed-{name}-address")).await;
        browser.fill("#email", BOB).await;
        browser.click("#send-link").await;
        browser.wait_for("#code-form").await;
        assert!(!browser.scrolls_sideways().await);
        browser.screenshot(&format!("mailed-{name}-waiting")).await;
        let other = Browser::start(options).await;
        other.goto(&app.mailed_link(BOB).await).await;
        other.wait_for("#use-link").await;
        other.assert_accessible().await;
        other.screenshot(&format!("mailed-{name}-elsewhere")).await;
        other.click("#use-link").await;
        other.wait_for("#matching-code").await;
        other.assert_accessible().await;
        assert!(!other.scrolls_sideways().await);
        other.screenshot(&format!("mailed-{name}-matching")).await;
        let code = other.text("#matching-code").await;
        browser.fill("#code", &code).await;
        browser.click("#continue").await;
        is_in(&browser).await;
    }
}

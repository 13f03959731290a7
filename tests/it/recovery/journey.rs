//! In a real browser, without JavaScript: forget the password, read the mail, choose another one.

use super::{ALICE, NEW, app, link};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;

async fn looks_well(browser: &Browser, name: &str) {
    browser.assert_accessible().await;
    assert!(!browser.scrolls_sideways().await, "{name}");
    browser.screenshot(name).await;
}

async fn signs_in(app: &TestApp, browser: &Browser, password: &str) {
    browser.goto(&app.at("/login")).await;
    browser.wait_for("#login-form").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", password).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
}

async fn whole_story(options: BrowserOptions, name: &str) {
    let app = app();
    app.person(ALICE).await;
    let thief = Browser::start(BrowserOptions::default()).await;
    signs_in(&app, &thief, PASSWORD).await;
    drop(thief);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let browser = Browser::start(options).await;
    browser.goto(&app.at("/login")).await;
    browser.click("#forgot-password").await;
    browser.wait_for("#forgot-form").await;
    looks_well(&browser, &format!("{name}-1-forgot")).await;
    browser.click("#send-link").await;
    browser.wait_for("#error-summary").await;
    looks_well(&browser, &format!("{name}-2-missing")).await;
    browser.fill("#identifier", ALICE).await;
    browser.click("#send-link").await;
    browser.wait_for("#forgot-sent").await;
    looks_well(&browser, &format!("{name}-3-sent")).await;

    browser.goto(&link(&app.letters_of(ALICE, "password-reset").await[0])).await;
    browser.wait_for("#set-password-form").await;
    assert_eq!((browser.url().await.path(), browser.url().await.query()), ("/set-password", None));
    looks_well(&browser, &format!("{name}-4-set-password")).await;
    browser.fill("#password", NEW).await;
    browser.click("#save-password").await;
    browser.wait_for("#next").await;
    looks_well(&browser, &format!("{name}-5-saved")).await;
    signs_in(&app, &browser, NEW).await;

    // Somebody else comes, and is shown out.
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let thief = Browser::start(BrowserOptions::default()).await;
    signs_in(&app, &thief, NEW).await;
    browser.goto(&link(&app.letters_of(ALICE, "new-sign-in").await[0])).await;
    browser.wait_for("#not-me-form").await;
    assert_eq!((browser.url().await.path(), browser.url().await.query()), ("/not-me", None));
    looks_well(&browser, &format!("{name}-6-not-me")).await;
    browser.click("#not-me").await;
    browser.wait_for("#send-again").await;
    looks_well(&browser, &format!("{name}-7-not-me-done")).await;
    thief.goto(&app.at("/account")).await;
    thief.wait_for("#login-form").await;
    browser.goto(&link(&app.letters_of(ALICE, "password-reset").await[0])).await;
    browser.wait_for("#set-password-form").await;
}

#[tokio::test]
async fn a_forgotten_password_without_javascript() {
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    whole_story(options, "recovery").await;
}

#[tokio::test]
async fn a_forgotten_password_at_320_pixels_in_the_dark_from_right_to_left() {
    let options =
        BrowserOptions { javascript: false, dark: true, width: 320, height: 640, language: "ar" };
    whole_story(options, "recovery-ar").await;
}

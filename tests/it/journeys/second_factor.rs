//! The second step in a browser.

use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;
use crate::support::second_factor::Phone;

const ALICE: &str = "alice@example.com";

async fn sign_in(app: &TestApp, browser: &Browser) {
    browser.goto(&app.at("/account")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
}

async fn look(browser: &Browser, name: &str, state: &str) {
    browser.assert_accessible().await;
    browser.screenshot(&format!("second-factor-{name}-{state}")).await;
}

/// Adds an app, keeps the codes, signs in with both, trusts the browser, loses the phone, and removes
/// it.
async fn whole_story(options: BrowserOptions, name: &str) {
    let app = TestApp::start();
    app.person(ALICE).await;
    let browser = Browser::start(options).await;
    sign_in(&app, &browser).await;
    browser.wait_for("nav a[href='/account/security']").await;
    browser.goto(&app.at("/account/security")).await;
    browser.wait_for("#protection").await;
    look(&browser, name, "1-security").await;
    browser.click("#add-app").await;
    browser.wait_for("#name-form").await;
    look(&browser, name, "2-name").await;
    browser.fill("#name", "Mein Telefon").await;
    browser.click("#save-name").await;
    let phone = Phone::scanned(&browser.text("#secret").await);
    browser.wait_for("#picture").await;
    look(&browser, name, "3-picture").await;
    browser.fill("#code", &phone.wrong_code(&app)).await;
    browser.click("#confirm-app").await;
    browser.wait_for("#error-summary").await;
    look(&browser, name, "4-wrong").await;
    browser.fill("#code", &phone.code(&app)).await;
    browser.click("#confirm-app").await;
    browser.wait_for("#make-codes").await;
    look(&browser, name, "5-offer").await;
    browser.click("#make-codes").await;
    let codes = browser.text("#codes").await;
    let codes: Vec<&str> = codes.split_whitespace().collect();
    assert_eq!(codes.len(), 10);
    look(&browser, name, "6-codes").await;
    browser.click("#kept").await;
    browser.wait_for("#apps .factors").await;
    look(&browser, name, "7-protected").await;
    browser.click("#sign-out-link").await;
    browser.click("#sign-out").await;

    sign_in(&app, &browser).await;
    browser.wait_for("#second-factor-form").await;
    look(&browser, name, "8-second-step").await;
    browser.fill("#code", "000 000").await;
    browser.click("#continue").await;
    browser.wait_for("#error-summary").await;
    look(&browser, name, "9-wrong-code").await;
    let code = phone.next_code(&app);
    browser.fill("#code", &format!("{} {}", &code[..3], &code[3..])).await;
    browser.click("#trust").await;
    browser.click("#continue").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    browser.goto(&app.at("/account/security")).await;
    browser.wait_for("#trusted-browsers").await;
    browser.click("#distrust").await;
    browser.wait_for("#notice").await;
    browser.click("#sign-out-link").await;
    browser.click("#sign-out").await;

    sign_in(&app, &browser).await;
    browser.click("#way-recovery_code").await;
    browser.wait_for("#second-factor-form").await;
    look(&browser, name, "10-recovery").await;
    browser.fill("#code", codes[0]).await;
    browser.click("#continue").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    browser.goto(&app.at("/account/security")).await;
    browser.click("#apps a[href$='/remove']").await;
    browser.wait_for("#remove-factor").await;
    look(&browser, name, "11-remove").await;
    browser.click("#remove-factor").await;
    browser.wait_for("#notice").await;
    assert!(!browser.has("#apps .factors").await);
}

#[tokio::test]
async fn the_second_step_without_scripts() {
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    whole_story(options, "plain").await;
}

#[tokio::test]
async fn the_second_step_in_dark_and_arabic_at_320_pixels() {
    let options =
        BrowserOptions { dark: true, width: 320, language: "ar", ..BrowserOptions::default() };
    whole_story(options, "dark-arabic").await;
}

#[tokio::test]
async fn a_second_step_is_set_up_on_the_way_in_without_scripts() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.change_setting("second_factor", Some("required")).await.unwrap();
    app.refresh().await;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = Browser::start(options).await;
    sign_in(&app, &browser).await;
    browser.wait_for("#set-up").await;
    look(&browser, "set-up", "1-lead").await;
    browser.click("#set-up").await;
    let phone = Phone::scanned(&browser.text("#secret").await);
    look(&browser, "set-up", "2-picture").await;
    browser.fill("#code", &phone.code(&app)).await;
    browser.click("#confirm-app").await;
    browser.wait_for("#codes").await;
    look(&browser, "set-up", "3-codes").await;
    browser.click("#kept").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
}

//! The account pages in a browser.

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

async fn signed_in(app: &TestApp, options: BrowserOptions) -> Browser {
    let browser = Browser::start(options).await;
    browser.goto(&app.at("/account")).await;
    browser.wait_for("#login-form").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    browser
}

#[tokio::test]
async fn every_account_page_is_accessible_in_light_and_dark_and_at_320_pixels() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    for (dark, width, name) in [(false, 1280, "light"), (true, 320, "dark-320")] {
        let options = BrowserOptions { dark, width, ..BrowserOptions::default() };
        let browser = signed_in(&app, options).await;
        for page in [
            "/account",
            "/account/security",
            "/account/password",
            "/account/sessions",
            "/account/apps",
        ] {
            browser.goto(&app.at(page)).await;
            browser.assert_accessible().await;
            assert!(!browser.scrolls_sideways().await, "{page}");
            browser.screenshot(&format!("account-{name}{}", page.replace('/', "-"))).await;
        }
    }
}

#[tokio::test]
async fn ending_other_sessions_signs_them_out() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let here = signed_in(&app, BrowserOptions { javascript: false, ..Default::default() }).await;
    let there = signed_in(&app, BrowserOptions::default()).await;
    here.goto(&app.at("/account/sessions")).await;
    here.click("#end-others").await;
    here.wait_for("#notice").await;
    there.goto(&app.at("/account")).await;
    there.wait_for("#login-form").await;
    here.goto(&app.at("/account")).await;
    assert_eq!(here.url().await.path(), "/account");
}

#[tokio::test]
async fn a_password_is_changed_without_scripts_and_after_a_sign_in_of_long_ago() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let here = signed_in(&app, BrowserOptions { javascript: false, ..Default::default() }).await;
    let there = signed_in(&app, BrowserOptions::default()).await;
    app.clock.advance(chrono::TimeDelta::hours(1));
    here.goto(&app.at("/account")).await;
    here.click("nav a[href='/account/security']").await;
    here.click("#change-password").await;
    here.wait_for("#login-form").await;
    here.fill("#password", PASSWORD).await;
    here.click("#sign-in").await;
    here.wait_for("#change-password-form").await;
    here.fill("#current_password", PASSWORD).await;
    here.fill("#password", "a pair of patient pigeons").await;
    here.click("#save-password").await;
    here.wait_for("#notice").await;
    there.goto(&app.at("/account")).await;
    there.wait_for("#login-form").await;
}

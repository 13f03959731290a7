//! The account pages in a browser.

use std::path::{Path, PathBuf};

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
    let folder = tempfile::tempdir().unwrap();
    let file = picture(folder.path());
    for (dark, width, language, name) in [
        (false, 1280, "en", "light"),
        (true, 320, "de", "dark-320"),
        (false, 320, "ar", "arabic"),
        (false, 1280, "ja", "japanese"),
    ] {
        let options = BrowserOptions { dark, width, language, ..BrowserOptions::default() };
        let browser = signed_in(&app, options).await;
        browser.goto(&app.at("/account/picture")).await;
        browser.choose("#picture", &file).await;
        browser.click("#save-picture").await;
        browser.wait_for("#profile-picture img").await;
        for page in [
            "/account",
            "/account/security",
            "/account/password",
            "/account/sessions",
            "/account/apps",
            "/account/details",
            "/account/picture",
            "/account/region",
            "/account/data",
            "/account/data/deactivate",
        ] {
            browser.goto(&app.at(page)).await;
            browser.assert_accessible().await;
            assert!(!browser.scrolls_sideways().await, "{page}");
            browser.screenshot(&format!("account-{name}{}", page.replace('/', "-"))).await;
        }
    }
}

/// A file with a picture: a face, more or less.
fn picture(folder: &Path) -> PathBuf {
    let file = folder.join("face.png");
    let (near, far) = (image::Rgb([250, 214, 120]), image::Rgb([60, 90, 160]));
    let face = image::RgbImage::from_fn(640, 480, |x, y| {
        let (x, y) = (i64::from(x) - 320, i64::from(y) - 240);
        if x * x + y * y < 160 * 160 { near } else { far }
    });
    face.save(&file).unwrap();
    file
}

#[tokio::test]
async fn a_picture_is_sent_and_removed_without_scripts() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let folder = tempfile::tempdir().unwrap();
    let options = BrowserOptions { javascript: false, ..Default::default() };
    let browser = signed_in(&app, options).await;
    browser.click("#change-picture").await;
    browser.wait_for("#picture-form").await;
    browser.click("#save-picture").await;
    browser.wait_for("#picture[aria-invalid]").await;
    browser.choose("#picture", &picture(folder.path())).await;
    browser.click("#save-picture").await;
    browser.wait_for("#profile-picture img").await;
    let drawn = "const it = document.querySelector('#profile-picture img'); \
                 return it.complete && it.naturalWidth === 512;";
    assert_eq!(browser.execute(drawn).await, true, "the page may not show it");
    browser.click("#change-picture").await;
    browser.click("#remove-picture").await;
    browser.wait_for("#notice").await;
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

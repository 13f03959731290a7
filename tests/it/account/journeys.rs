//! The same in Chromium, without scripts; and every page looked at.

use chrono::TimeDelta;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::user::NewUser;
use latchkey::identity::admin::Delivery;

use super::{ALICE, BOB, Home, NEW};
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;

async fn signed_in(home: &Home, options: BrowserOptions) -> Browser {
    let browser = Browser::start(options).await;
    browser.goto(&home.at("/account")).await;
    browser.wait_for("#login-form").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account").await;
    browser
}

#[tokio::test]
async fn addresses_username_and_deletion_without_scripts() {
    let home = Home::new().await;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = signed_in(&home, options).await;
    browser.click("#addresses-link").await;
    browser.click("#add-address").await;
    browser.fill("#email", NEW).await;
    browser.click("#replaces").await;
    browser.click("#send-link").await;
    browser.wait_for("#pending").await;
    browser.goto(&home.at(&home.link(NEW, "/confirm-address").await)).await;
    browser.wait_for("#mailed-form").await;
    assert_eq!(browser.url().await.query(), None);
    browser.click("#confirm").await;
    browser.wait_for("#mailed-done").await;
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    browser.goto(&home.at("/account/username")).await;
    browser.fill("#username", "ada").await;
    browser.click("#save-username").await;
    browser.wait_for("#notice").await;
    browser.goto(&home.at("/account/data")).await;
    browser.click("#delete-link").await;
    browser.click("#delete-account").await;
    browser.wait_for("#deleted").await;
    browser.goto(&home.at(&home.link(NEW, "/restore-account").await)).await;
    browser.click("#confirm").await;
    browser.wait_for("#mailed-done").await;
    assert!(home.signs_in("ada").await);
    browser.goto(&home.at(&home.link(ALICE, "/keep-address").await)).await;
    browser.click("#confirm").await;
    browser.wait_for("#next").await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
}

/// Invites somebody by mail.
async fn invite(home: &Home, email: &str) {
    let somebody = NewUser {
        email: EmailAddress::parse(email).unwrap(),
        email_verified: false,
        username: None,
        name: None,
        subject: None,
        password_phc: None,
        roles: vec![],
    };
    let (by, week, ctx) = (Actor::Operator, TimeDelta::days(7), RequestContext::default());
    let identity = home.app.node().identity();
    identity.invite(by, somebody, week, Delivery::Mailed, &ctx).await.unwrap();
}

#[tokio::test]
async fn who_was_invited_tidies_up_takes_the_data_and_goes_for_a_while_without_scripts() {
    let home = Home::new().await;
    invite(&home, BOB).await;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = Browser::start(options).await;
    browser.goto(&home.at(&home.link(BOB, "/set-password").await)).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#save-password").await;
    browser.click("#next").await;
    browser.fill("#identifier", BOB).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for_url(|url| url.path() == "/account").await;

    // Another address becomes the main one.
    browser.goto(&home.at("/account/addresses/add")).await;
    browser.fill("#email", NEW).await;
    browser.click("#send-link").await;
    browser.wait_for("#pending").await;
    browser.goto(&home.at(&home.link(NEW, "/confirm-address").await)).await;
    browser.click("#confirm").await;
    browser.wait_for("#mailed-done").await;
    browser.goto(&home.at("/account/addresses")).await;
    browser.click("#addresses form button").await;
    browser.wait_for("#notice").await;
    assert!(browser.text("#addresses li:first-child").await.contains(NEW));

    // A session ends, a browser is forgotten, and an app loses its access.
    let elsewhere = home.browser(BOB).await;
    let client = home.app.confidential_client("notes").await;
    home.app.code_for(&elsewhere, &authorization_request(&client), BOB).await;
    browser.goto(&home.at("/account/sessions")).await;
    browser.click("#sessions form button").await;
    browser.wait_for("#notice").await;
    assert!(!home.is_signed_in(&elsewhere).await);
    assert!(browser.has("#devices li:nth-child(2)").await);
    browser.click("#devices form button").await;
    browser.wait_for_url(|url| url.query() == Some("done=forgotten")).await;
    assert!(!browser.has("#devices li:nth-child(2)").await);
    browser.goto(&home.at("/account/apps")).await;
    browser.click("#apps a.button").await;
    browser.click("#remove-app").await;
    browser.wait_for("#no-apps").await;

    let folder = tempfile::tempdir().unwrap();
    browser.keep_downloads(folder.path()).await;
    browser.goto(&home.at("/account/data")).await;
    browser.click("#export").await;
    let file = browser.downloaded(&folder.path().join("account.json")).await;
    assert!(file.contains(NEW), "{file}");

    browser.click("#deactivate-link").await;
    browser.click("#deactivate-account").await;
    browser.wait_for("#deactivated").await;
    assert!(!home.signs_in(BOB).await);
    browser.goto(&home.at(&home.link(NEW, "/restore-account").await)).await;
    browser.click("#confirm").await;
    browser.wait_for("#mailed-done").await;
    assert!(home.signs_in(BOB).await);
}

#[tokio::test]
async fn every_page_is_accessible_in_light_dark_narrow_and_right_to_left() {
    for (dark, width, tag, name) in
        [(false, 1280, "en", "light"), (true, 320, "de", "dark-320"), (false, 400, "ar", "ar")]
    {
        let home = Home::new().await;
        let options = BrowserOptions { dark, width, ..BrowserOptions::default() };
        let browser = signed_in(&home, options).await;
        browser.goto(&home.at(&format!("/language?lang={tag}&return_to=/account"))).await;
        let agent = home.browser(ALICE).await;
        home.adds(&agent, NEW, false).await;
        home.asks(&agent, "third@new.example", true).await;
        let mut pages: Vec<(String, String)> = [
            "/account",
            "/account/addresses",
            "/account/addresses/add",
            "/account/username",
            "/account/sessions",
            "/account/activity",
            "/account/data",
            "/account/data/delete",
            "/deleted",
        ]
        .map(|path| (path.to_owned(), path.replace('/', "-")))
        .to_vec();
        pages.push((home.link("third@new.example", "/confirm-address").await, "-confirm".into()));
        pages.push((home.link(ALICE, "/keep-address").await, "-keep".into()));
        for (path, shot) in pages {
            browser.goto(&home.at(&path)).await;
            browser.wait_for("h1").await;
            browser.assert_accessible().await;
            assert!(!browser.scrolls_sideways().await, "{path} {name}");
            browser.screenshot(&format!("own-{name}{shot}")).await;
        }
        home.pass(TimeDelta::seconds(1));
    }
}

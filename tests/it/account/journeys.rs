//! The same in Chromium, without scripts; and every page looked at.

use chrono::TimeDelta;

use super::{ALICE, Home, NEW};
use crate::support::browser::{Browser, BrowserOptions};
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

//! From the app's "Sign in" button and back.

use serde_json::{Value, json};

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;
use crate::support::relying_party::{RelyingParty, Reserved};

const ALICE: &str = "alice@example.com";

struct World {
    app: TestApp,
    notes: RelyingParty,
}

impl World {
    async fn start() -> Self {
        let app = TestApp::start();
        let reserved = Reserved::new();
        let registration = app
            .registration("acme-notes")
            .name("ACME Notes")
            .redirect_uri(&reserved.redirect_uri())
            .post_logout_redirect_uri(&reserved.post_logout_redirect_uri())
            .scopes("openid profile email offline_access roles");
        let client = app.client(registration).await;
        let scopes = ["openid", "profile", "email", "offline_access"];
        let notes =
            reserved.start(app.env(), app.issuer(), &client.id, client.secret.as_deref(), &scopes);
        app.person(ALICE).await;
        Self { app, notes }
    }

    async fn browser(&self, options: BrowserOptions) -> Browser {
        let browser = Browser::start(options).await;
        browser.goto(&self.notes.at("/")).await;
        browser.click("#sign-in").await;
        browser.wait_for("#login-form").await;
        browser
    }

    fn is_at_app(&self, url: &url::Url) -> bool {
        url.as_str() == self.notes.at("/")
    }
}

/// The whole story, step by step.
async fn whole_story(options: BrowserOptions, name: &str) {
    let world = World::start().await;
    let browser = world.browser(options).await;
    assert_eq!(browser.url().await.origin().ascii_serialization(), world.app.issuer());
    assert_eq!(browser.text("h1").await, "Sign in to ACME Notes");
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-1-login")).await;

    // A wrong password first: said plainly, the address stays, the password does not.
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", "wrong password").await;
    browser.click("#sign-in").await;
    browser.wait_for("#error-summary").await;
    assert!(browser.title().await.starts_with("Error:"));
    let value = browser.client.find(fantoccini::Locator::Css("#identifier")).await.unwrap();
    assert_eq!(value.prop("value").await.unwrap().as_deref(), Some(ALICE));
    let value = browser.client.find(fantoccini::Locator::Css("#password")).await.unwrap();
    assert_eq!(value.prop("value").await.unwrap().as_deref(), Some(""));
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-2-wrong-password")).await;

    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for("#consent-form").await;
    assert!(browser.text("h1").await.contains("ACME Notes"));
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-3-consent")).await;

    // Through the code, the app's callback and onward: the page's form-action lets the chain pass.
    browser.click("#allow").await;
    browser.wait_for_url(|url| world.is_at_app(url)).await;
    browser.wait_for("#id-token-claims").await;
    assert!(browser.text("#userinfo").await.contains(ALICE));
    browser.screenshot(&format!("{name}-4-signed-in")).await;

    browser.click("#refresh").await;
    browser.wait_for("#refresh-count").await;
    assert_eq!(browser.text("#refresh-count").await, "1");

    browser.click("#sign-out").await;
    browser.wait_for_url(|url| url.path() == "/signed-out").await;
    browser.screenshot(&format!("{name}-5-signed-out")).await;

    // Signed out there as well: the next sign-in asks again.
    browser.goto(&world.notes.at("/")).await;
    browser.click("#sign-in").await;
    browser.wait_for("#login-form").await;
}

#[tokio::test]
async fn the_whole_story_with_javascript() {
    whole_story(BrowserOptions::default(), "story").await;
}

#[tokio::test]
async fn the_whole_story_without_javascript_at_320_pixels_in_the_dark() {
    let options = BrowserOptions {
        javascript: false,
        dark: true,
        width: 320,
        height: 640,
        ..BrowserOptions::default()
    };
    whole_story(options, "story-plain").await;
}

#[tokio::test]
async fn somebody_new_registers_on_the_way() {
    let world = World::start().await;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = world.browser(options).await;
    browser.click("#create-account-link").await;
    browser.wait_for("#register-form").await;
    browser.assert_accessible().await;
    browser.fill("#name", "Bob Builder").await;
    browser.fill("#email", "bob@example.com").await;
    browser.fill("#password", "short").await;
    browser.click("#create-account").await;
    browser.wait_for("#error-summary").await;
    browser.assert_accessible().await;
    browser.screenshot("register-error").await;

    browser.fill("#password", "a long enough one").await;
    browser.click("#create-account").await;
    browser.wait_for("#code-form").await;
    browser.assert_accessible().await;
    browser.fill("#code", &world.app.mailed_code("bob@example.com").await).await;
    browser.click("#continue").await;
    browser.wait_for("#consent-form").await;
    browser.click("#allow").await;
    browser.wait_for("#id-token-claims").await;
    assert!(browser.text("#greeting").await.contains("Bob Builder"));
}

#[tokio::test]
async fn declining_comes_back_to_the_app_as_a_friendly_page() {
    let world = World::start().await;
    let browser = world.browser(BrowserOptions::default()).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for("#consent-form").await;
    browser.click("#deny").await;
    browser.wait_for_url(|url| url.path() == "/callback").await;
    browser.wait_for("#error").await;
}

#[tokio::test]
async fn german_pages_for_german_browsers() {
    let world = World::start().await;
    let options = BrowserOptions { language: "de", width: 320, ..BrowserOptions::default() };
    let browser = world.browser(options).await;
    assert!(browser.text("h1").await.contains("anmelden"));
    let lang = browser.execute("return document.documentElement.lang").await;
    assert_eq!(lang, Value::from("de"));
    assert!(!browser.scrolls_sideways().await);
    browser.assert_accessible().await;
    browser.screenshot("german-320").await;
}

/// The page is its own mirror image, but for what is written left to right in every language.
#[tokio::test]
async fn arabic_pages_begin_at_the_right() {
    let world = World::start().await;
    for javascript in [false, true] {
        let options = BrowserOptions { language: "ar", javascript, ..BrowserOptions::default() };
        let browser = world.browser(options).await;
        let places = "const at = (s) => document.querySelector(s).getBoundingClientRect();
            const dir = (s) => getComputedStyle(document.querySelector(s)).direction;
            return [document.documentElement.lang, dir('main'), dir('#password'),
                at('label[for=identifier]').right === at('#identifier').right,
                at('#remember').left > at('label[for=remember]').left]";
        let found = browser.execute(places).await;
        assert_eq!(found, json!(["ar", "rtl", "ltr", true, true]));
        // The field turns with what is typed.
        for (typed, direction) in [(ALICE, "ltr"), ("سارة", "rtl")] {
            browser.fill("#identifier", typed).await;
            let turned = "return getComputedStyle(document.querySelector('#identifier')).direction";
            assert_eq!(browser.execute(turned).await, direction, "{typed}");
        }
        assert!(!browser.scrolls_sideways().await);
    }
}

/// Two clicks before the first answer: the second one wins, and it must work.
#[tokio::test]
async fn a_double_click_on_sign_in_signs_in() {
    let world = World::start().await;
    let agent = Agent::new();
    let page = agent.get(&world.notes.at("/")).await.form("#sign-in").submit().await;
    let page = page.follow_all().await;
    let form = page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    let (first, second) = tokio::join!(form.submit(), form.submit());
    assert!(first.status.is_redirection(), "{}", first.summary());
    let page = world.app.to_relying_party(second).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());
    assert_eq!(world.app.sessions(ALICE).await, 1, "one session, not two");
}

#[tokio::test]
async fn two_tabs_do_not_break_each_other() {
    let world = World::start().await;
    let agent = Agent::new();
    let start = || async {
        agent.get(&world.notes.at("/")).await.form("#sign-in").submit().await.follow_all().await
    };
    let (tab_a, tab_b) = (start().await, start().await);
    let sign_in = |page: &crate::support::agent::Page| {
        page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD)
    };
    let done_a = world.app.to_relying_party(sign_in(&tab_a).submit().await).await;
    let done_b = world.app.to_relying_party(sign_in(&tab_b).submit().await).await;
    assert!(done_a.location_param("code").is_some() && done_b.location_param("code").is_some());
    assert_eq!(world.app.sessions(ALICE).await, 1);
}

//! The buttons of other providers, as a browser shows them.

use latchkey::domain::provider::{Provider, ProviderKind};
use serde::Deserialize;

use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;
use crate::support::upstream::{Page, Upstream};

const ALICE: &str = "alice@example.com";

/// In the order of their buttons, which is not that of their names, nor the one they are added in.
const ORDER: [ProviderKind; 6] = [
    ProviderKind::Google,
    ProviderKind::Apple,
    ProviderKind::Microsoft,
    ProviderKind::Github,
    ProviderKind::Facebook,
    ProviderKind::Oidc,
];

/// The least size of what is pressed, in CSS pixels.
const TARGET: f64 = 44.0;

#[derive(Debug, Deserialize)]
struct Button {
    id: String,
    text: String,
    width: f64,
    height: f64,
    top: f64,
    /// The width of the picture as it was loaded.
    mark: f64,
    is_marked: bool,
}

async fn add_all(app: &TestApp) {
    let up = Upstream::start();
    up.says(|script| script.discovery = Page::Html);
    for (place, kind) in ORDER.iter().enumerate().rev() {
        let issuer = kind.issuer(None).unwrap_or_else(|| up.issuer());
        let provider = app.provider(kind.as_str(), &up);
        let label = match kind {
            // The longest that fits one line nowhere.
            ProviderKind::Oidc => "Donaudampfschifffahrtsgesellschaft International".to_owned(),
            kind => kind.label().to_owned(),
        };
        let position = i32::try_from(place).unwrap() * 10;
        let issuer = issuer.parse().unwrap();
        app.add_provider(Provider { kind: *kind, label, issuer, position, ..provider }).await;
    }
}

async fn buttons(browser: &Browser) -> Vec<Button> {
    let script = "return [...document.querySelectorAll('.provider')].map((it) => {
        const place = it.getBoundingClientRect();
        return { id: it.id, text: it.innerText, width: place.width, height: place.height,
            top: place.top, mark: it.querySelector('img').naturalWidth,
            is_marked: it.querySelector('small') !== null };
    })";
    serde_json::from_value(browser.execute(script).await).unwrap()
}

fn assert_alike(buttons: &[Button]) {
    let names: Vec<_> = buttons.iter().map(|it| it.id.split_once('-').unwrap().1).collect();
    assert_eq!(names, ORDER.map(ProviderKind::as_str));
    for (n, button) in buttons.iter().enumerate() {
        assert!(button.height >= TARGET && button.mark > 0.0, "{button:?}");
        assert!((button.width - buttons[0].width).abs() < 0.5, "{buttons:#?}");
        assert!(n == 0 || button.top > buttons[n - 1].top, "{buttons:#?}");
    }
}

async fn look(name: &str, options: BrowserOptions) {
    let app = TestApp::start();
    app.person(ALICE).await;
    add_all(&app).await;
    let browser = Browser::start(options).await;
    browser.goto(&app.at("/login")).await;
    let cookie = format!("document.cookie = '{}=apple; path=/'", app.cookie_name("provider"));
    browser.execute(&cookie).await;
    browser.goto(&app.at("/login")).await;
    browser.wait_for("#providers").await;
    let seen = buttons(&browser).await;
    assert_alike(&seen);
    let marked: Vec<_> = seen.iter().filter(|it| it.is_marked).map(|it| it.id.as_str()).collect();
    assert_eq!(marked, ["provider-apple"]);
    if options.language == "en" {
        assert_eq!(seen[0].text.trim(), "Continue with Google");
    }
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-login")).await;

    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for("#profile-email").await;
    browser.goto(&app.at("/account/providers")).await;
    assert_alike(&buttons(&browser).await);
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-account")).await;
    // It cannot be asked.
    browser.click("#connect-oidc").await;
    browser.wait_for("#error-summary").await;
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-not-connected")).await;
    browser.goto(&app.at("/auth/oidc/callback?state=made-up")).await;
    browser.wait_for("#error-what").await;
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-over")).await;
}

#[tokio::test]
async fn buttons_of_providers_are_as_they_ask_for_in_light() {
    look("buttons-light", BrowserOptions::default()).await;
}

#[tokio::test]
async fn buttons_of_providers_are_as_they_ask_for_in_the_dark() {
    look("buttons-dark", BrowserOptions { dark: true, ..BrowserOptions::default() }).await;
}

#[tokio::test]
async fn buttons_of_providers_fit_a_narrow_page_in_a_long_language() {
    let options =
        BrowserOptions { width: 320, height: 640, language: "fr", ..BrowserOptions::default() };
    look("buttons-narrow", options).await;
}

#[tokio::test]
async fn buttons_of_providers_are_written_right_to_left() {
    look("buttons-arabic", BrowserOptions { language: "ar", ..BrowserOptions::default() }).await;
}

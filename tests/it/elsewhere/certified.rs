//! A provider that others wrote and OpenID has certified (`oidc-provider`), in a real browser: from an app
//! to the login page, to the provider's own pages, and back to the app with tokens.

use latchkey::config::Profile;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::certified::{CLIENT_ID, Certified, Proof};
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::people::PASSWORD;
use crate::support::relying_party::{RelyingParty, Reserved};
use crate::support::upstream::client_key;

const SECRET: &str = "hush-hush-hush";
const CAROL: &str = "carol@example.com";

/// An app, the server, and the provider, on three origins.
struct World {
    app: TestApp,
    notes: RelyingParty,
    foreign: Certified,
}

fn server() -> TestApp {
    TestApp::start_configured(|config| config.profile = Profile::Dev { port: None })
}

impl World {
    /// The provider signs with `algorithm`; `more` are flags of `latchkey provider add`.
    async fn start(algorithm: &str, more: &[&str]) -> Self {
        let app = server();
        app.person(CAROL).await;
        let reserved = Reserved::new();
        let registration = app
            .registration("acme-notes")
            .name("ACME Notes")
            .redirect_uri(&reserved.redirect_uri())
            .post_logout_redirect_uri(&reserved.post_logout_redirect_uri());
        let client = app.client(registration).await;
        let secret = client.secret.as_deref();
        let scopes = ["openid", "profile", "email"];
        let notes = reserved.start(app.env(), app.issuer(), &client.id, secret, &scopes);
        let callback = app.at("/auth/foreign/callback");
        let foreign = Certified::start(algorithm, &callback, Proof::Secret(SECRET));
        let more = [&["--client-secret-stdin"], more].concat();
        let added = app.add_by_command("foreign", &foreign.issuer, CLIENT_ID, SECRET, &more);
        let added = added.await.ok();
        assert!(added.out.contains(&callback), "{}", added.out);
        // But for the one that everybody gets in, there is nothing to note.
        assert_eq!(added.out.matches("Note").count(), 1, "{}", added.out);
        Self { app, notes, foreign }
    }

    /// A browser on the provider's page, by way of the app and of our button.
    async fn browser(&self, name: &str, options: BrowserOptions) -> Browser {
        let browser = Browser::start(options).await;
        browser.goto(&self.notes.at("/")).await;
        browser.click("#sign-in").await;
        browser.wait_for("#provider-foreign").await;
        browser.assert_accessible().await;
        browser.screenshot(&format!("{name}-1-login")).await;
        browser.click("#provider-foreign").await;
        browser.wait_for("input[name=login]").await;
        assert_eq!(browser.url().await.origin().ascii_serialization(), self.foreign.issuer);
        browser
    }

    fn is_at_app(&self, url: &url::Url) -> bool {
        url.as_str() == self.notes.at("/")
    }
}

/// Signs in on the provider's page, and allows what its next one asks.
async fn signs_in_there(world: &World, browser: &Browser, name: &str) {
    browser.fill("input[name=login]", name).await;
    browser.fill("input[name=password]", "any").await;
    browser.click("button[type=submit]").await;
    browser.wait_for("input[name=prompt][value=consent]").await;
    world.app.clock.catch_up();
    browser.click("button[type=submit]").await;
}

async fn whole_story(algorithm: &str, options: BrowserOptions, name: &str) {
    let world = World::start(algorithm, &["--trust-email"]).await;
    let browser = world.browser(name, options).await;
    browser.screenshot(&format!("{name}-2-there")).await;
    signs_in_there(&world, &browser, "ada").await;
    browser.wait_for("#consent-form").await;
    assert_eq!(browser.url().await.origin().ascii_serialization(), world.app.issuer());
    browser.screenshot(&format!("{name}-3-consent")).await;
    browser.click("#allow").await;
    browser.wait_for_url(|url| world.is_at_app(url)).await;
    browser.wait_for("#id-token-claims").await;
    let told = browser.text("#userinfo").await;
    assert!(told.contains("ada@foreign.example") && told.contains("ada elsewhere"), "{told}");

    // The account pages know where the person comes from, and the next sign-in asks nothing there.
    browser.goto(&world.app.at("/account/providers")).await;
    assert!(browser.text("#providers").await.contains("ada@foreign.example"));
    browser.assert_accessible().await;
    browser.screenshot(&format!("{name}-4-connected")).await;
    browser.goto(&world.app.at("/sign-out")).await;
    browser.click("#sign-out").await;
    browser.wait_for("#next").await;
    browser.goto(&world.app.at("/login")).await;
    browser.wait_for("#provider-foreign small").await;
    browser.screenshot(&format!("{name}-5-login-again")).await;
    world.app.clock.catch_up();
    browser.click("#provider-foreign").await;
    browser.wait_for("#profile-email").await;
    assert_eq!(world.app.rows("users"), 2, "Ada's and Carol's");
}

#[tokio::test]
async fn from_an_app_through_a_foreign_provider_and_back() {
    whole_story("ES256", BrowserOptions::default(), "foreign").await;
}

#[tokio::test]
async fn from_an_app_through_a_foreign_provider_without_scripts_at_320_pixels_in_the_dark() {
    let options = BrowserOptions {
        javascript: false,
        dark: true,
        width: 320,
        height: 640,
        ..BrowserOptions::default()
    };
    whole_story("EdDSA", options, "foreign-plain").await;
}

#[tokio::test]
async fn who_cancels_at_a_foreign_provider_signs_in_another_way() {
    let world = World::start("RS256", &[]).await;
    let browser = world.browser("foreign-cancelled", BrowserOptions::default()).await;
    browser.click("a[href$='/abort']").await;
    browser.wait_for("#error-summary").await;
    assert_eq!(browser.url().await.origin().ascii_serialization(), world.app.issuer());
    assert!(browser.has("#provider-foreign").await);
    browser.assert_accessible().await;
    browser.screenshot("foreign-cancelled-2").await;
    browser.fill("#identifier", CAROL).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.click("#allow").await;
    browser.wait_for_url(|url| world.is_at_app(url)).await;
    assert!(browser.text("#userinfo").await.contains(CAROL));
}

/// Chromium holds the whole chain of redirects behind a form against the page's policy.
#[tokio::test]
async fn case_276_an_address_that_is_typed_leads_to_its_provider() {
    let world = World::start("RS256", &["--login-domain", "foreign.example"]).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    // On the way to the account pages, where no app is in sight, and on the way to an app.
    for app in [false, true] {
        browser.goto(&if app { world.notes.at("/") } else { world.app.at("/login") }).await;
        if app {
            browser.click("#sign-in").await;
        }
        browser.fill("#identifier", "ada@foreign.example").await;
        browser.click("form #sign-in").await;
        let field = browser.wait_for("input[name=login]").await;
        let hint = field.prop("value").await.unwrap();
        assert_eq!(hint.as_deref(), Some("ada@foreign.example"));
    }
}

#[tokio::test]
async fn a_foreign_provider_takes_a_signed_statement() {
    let app = server();
    let client = app.confidential_client("shop").await;
    let (pem, mut public) = client_key();
    public.set_key_id("k1");
    let keys = serde_json::json!({ "keys": [public] }).to_string();
    let callback = app.at("/auth/foreign/callback");
    let foreign = Certified::start("EdDSA", &callback, Proof::Keys(&keys));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let key = ["--auth-method", "private_key_jwt", "--key-id", "k1", "--private-key-file"];
    let more = [&key[..], &[file.path().to_str().unwrap()]].concat();
    app.add_by_command("foreign", &foreign.issuer, CLIENT_ID, "", &more).await.ok();

    let agent = Agent::new();
    let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let page = page.click("#provider-foreign").await.follow_all().await;
    let page = page.form("form").fill("login", "ada").fill("password", "any").submit().await;
    let page = page.follow_all().await;
    app.clock.catch_up();
    let page = page.form("form").submit().await.follow_all().await;
    assert!(page.url.as_str().starts_with(app.issuer()), "{}", page.summary());
    let page = app.to_relying_party(page).await;
    let code = page.location_param("code").expect("a code");
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let told = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["iss"], app.issuer());
    assert_ne!(told["sub"], "ada", "it is ours to say who somebody is to an app");
}

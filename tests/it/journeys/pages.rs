//! Every page in every state, as a browser shows it: in light on a wide screen, in dark on a narrow
//! one in the longest language, and written right to left.

use std::cell::RefCell;

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::kernel::ids::UserId;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::{Client, Params, authorization_request};
use crate::support::people::PASSWORD;
use crate::support::relying_party::{RelyingParty, Reserved};

const ALICE: &str = "alice@example.com";
/// The narrowest window that is claimed to do, in CSS pixels: also 1280 at a zoom of 400 %.
const NARROW: u32 = 320;

/// A way through all pages, and what was found wrong on it.
struct Tour {
    app: TestApp,
    notes: RelyingParty,
    client: Client,
    alice: UserId,
    browser: Browser,
    options: BrowserOptions,
    name: &'static str,
    findings: RefCell<Vec<String>>,
}

impl Tour {
    async fn start(name: &'static str, options: BrowserOptions) -> Self {
        let app = TestApp::start();
        let reserved = Reserved::new();
        let registration = app
            .registration("acme-notes")
            .name("ACME Notes")
            .redirect_uri(&reserved.redirect_uri())
            .post_logout_redirect_uri(&reserved.post_logout_redirect_uri());
        let client = app.client(registration).await;
        let secret = client.secret.as_deref();
        let notes = reserved.start(app.env(), app.issuer(), &client.id, secret, &["openid"]);
        let alice = app.person(ALICE).await;
        let browser = Browser::start(options).await;
        let findings = RefCell::default();
        Self { app, notes, client, alice, browser, options, name, findings }
    }

    /// Waits for the page that holds `selector`, looks at it, and notes what is wrong with it.
    async fn look(&self, state: &str, selector: &str) {
        self.browser.wait_for(selector).await;
        let mut found = self.browser.axe().await;
        if self.browser.scrolls_sideways().await {
            found.push(format!("scrolls sideways at {} px", self.options.width));
        }
        if self.options.width > NARROW {
            self.browser.resize(NARROW, self.options.height).await;
            if self.browser.scrolls_sideways().await {
                found.push(format!("scrolls sideways at {NARROW} px"));
            }
            self.browser.emulate().await;
        }
        self.browser.screenshot(&format!("{}-{state}", self.name)).await;
        self.findings.borrow_mut().extend(found.into_iter().map(|line| format!("{state}: {line}")));
    }

    async fn open(&self, path: &str) {
        self.browser.goto(&self.app.at(path)).await;
    }

    /// Begins an authorization of the app's.
    async fn authorize(&self, params: Params) {
        self.open(&format!("/oauth2/authorize?{}", params.encoded())).await;
    }

    fn request(&self) -> Params {
        authorization_request(&self.client).with("scope", "openid profile")
    }

    async fn sign_in(&self) {
        self.browser.fill("#identifier", ALICE).await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#sign-in").await;
    }

    async fn login(&self) {
        self.browser.goto(&self.notes.at("/")).await;
        self.look("app", "#sign-in").await;
        self.browser.click("#sign-in").await;
        self.look("login", "#login-form").await;
        self.browser.click("#sign-in").await;
        self.look("login-empty", "#identifier[aria-invalid]").await;
        self.browser.fill("#identifier", ALICE).await;
        self.browser.click("#sign-in").await;
        self.look("login-no-password", "#password[aria-invalid]").await;
        self.browser.fill("#password", "wrong").await;
        self.browser.click("#sign-in").await;
        self.look("login-wrong", "#error-summary:not(:has([href='#password']))").await;

        self.authorize(self.request().with("login_hint", "somebody@example.com")).await;
        self.look("login-hint", "#identifier[value='somebody@example.com']").await;
        let locked = Agent::new();
        for _ in 0..5 {
            let page = locked.get(&self.app.at("/account")).await.follow_all().await;
            let form = page.form("#login-form");
            form.fill("identifier", "somebody@example.com").fill("password", "x").submit().await;
        }
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#sign-in").await;
        self.look("login-too-many", "#error-summary").await;
    }

    async fn register(&self) {
        self.browser.click("#create-account-link").await;
        self.look("register", "#register-form").await;
        self.browser.fill("#name", &"very long ".repeat(30)).await;
        self.browser.fill("#email", "nobody").await;
        self.browser.fill("#username", "a b").await;
        self.browser.fill("#password", "short").await;
        self.browser.click("#create-account").await;
        self.look("register-all-wrong", "#error-summary ul").await;
        self.browser.fill("#name", "Alice").await;
        self.browser.fill("#email", ALICE).await;
        self.browser.fill("#username", "alice").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#create-account").await;
        // Whether the address has an account is told its owner alone.
        self.look("register-confirm", "#code-form").await;
        self.browser.fill("#code", "12345").await;
        self.browser.click("#continue").await;
        self.look("register-no-code", "#code[aria-invalid]").await;
    }

    /// By mail, up to a code and a link that do nothing.
    async fn mailed(&self) {
        self.open("/login").await;
        self.browser.wait_for("#login-form").await;
        self.browser.click("#email-code").await;
        self.look("mailed-address", "#mailed-address-form").await;
        self.browser.click("#send-code").await;
        self.look("mailed-address-missing", "#email[aria-invalid]").await;
        self.browser.fill("#email", ALICE).await;
        self.browser.click("#send-link").await;
        self.look("mailed-link-sent", "#code-form").await;
        let link = self.app.mailed_link(ALICE).await;
        self.browser.goto(&link).await;
        self.look("mailed-link", "#use-link").await;
        self.open("/login").await;
        self.browser.fill("#identifier", "bob@example.com").await;
        self.browser.click("#email-code").await;
        self.look("mailed-code", "#code-form").await;
        self.browser.fill("#code", "000000").await;
        self.browser.click("#continue").await;
        self.look("mailed-code-wrong", "#code[aria-invalid]").await;
        // In another browser the same link shows a code.
        let agent = Agent::new();
        let page = agent.get(&link).await.follow_all().await;
        let page = page.form("#mailed-link-form").submit().await;
        assert!(page.has("#matching-code"), "{}", page.summary());
    }

    async fn consent(&self) {
        self.authorize(self.request()).await;
        self.sign_in().await;
        self.look("consent", "#consent-form").await;
        let finished = self.browser.url().await;
        self.browser.click("#deny").await;
        self.look("app-denied", "#error").await;
        self.browser.goto(finished.as_str()).await;
        self.look("finished", "#next").await;

        self.browser.goto(&self.notes.at("/")).await;
        self.browser.click("#sign-in").await;
        self.browser.click("#allow").await;
        self.look("app-signed-in", "#id-token-claims").await;
        self.authorize(self.request().with("scope", "openid profile email roles offline_access"))
            .await;
        self.look("consent-wider", ".mark").await;
        self.browser.click("#not-you").await;
        self.look("not-you", "#login-form").await;
        self.authorize(self.request().with("prompt", "login")).await;
        self.look("login-again", "#login-form").await;
        self.authorize(self.request().with("prompt", "select_account")).await;
        self.look("select-account", "#switch-account").await;
    }

    async fn account(&self) {
        let elsewhere = Agent::new();
        let page = elsewhere.get(&self.app.at("/account")).await.follow_all().await;
        self.app.sign_in(page, ALICE).await;
        let page = self.app.authorize(&Agent::new(), &self.request()).await;
        self.app.sign_in(page, ALICE).await;
        self.open("/account").await;
        self.look("account", "#profile-email").await;
        self.browser.click("#change-details").await;
        self.look("details", "#details-form").await;
        self.browser.fill("#birthdate", "soon").await;
        self.browser.click("#save-details").await;
        self.look("details-wrong", "#error-summary").await;
        self.security().await;
        self.open("/account/sessions").await;
        self.look("sessions", "#end-others").await;
        self.browser.click("#sessions form button").await;
        self.look("sessions-one-ended", "#notice").await;
        self.browser.click("#end-others").await;
        self.look("sessions-only-this", "#notice").await;
        self.open("/account/apps").await;
        self.browser.click("details summary").await;
        self.look("apps", "details[open]").await;
        self.browser.click("#apps a.button").await;
        self.look("app-remove", "#remove-app").await;
        self.browser.click("#remove-app").await;
        self.look("apps-none", "#no-apps").await;
    }

    async fn security(&self) {
        self.open("/account/security").await;
        self.look("security", "#change-password").await;
        self.browser.click("#change-password").await;
        self.look("change-password", "#change-password-form").await;
        self.browser.click("#save-password").await;
        self.look("change-password-empty", "#error-summary ul").await;
        self.browser.fill("#current_password", "wrong horse").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#save-password").await;
        self.look("change-password-wrong", "#current_password[aria-invalid]").await;
        self.app.clock.advance(TimeDelta::minutes(16));
        self.open("/account/password").await;
        self.look("confirm", "#login-form").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#sign-in").await;
        self.browser.wait_for("#current_password").await;
        self.browser.click("#end_others").await;
        self.browser.fill("#current_password", PASSWORD).await;
        self.browser.fill("#password", "a pair of patient pigeons").await;
        self.browser.click("#save-password").await;
        self.look("password-changed", "#notice").await;
    }

    /// With the session ended behind its back, the app's own sign-out has nothing to prove.
    async fn sign_out(&self) {
        self.open(&format!("/oauth2/logout?client_id={}", self.client.id)).await;
        self.look("sign-out-app", "#stay").await;
        self.open("/sign-out").await;
        self.look("sign-out", "#stay").await;
        self.browser.click("#sign-out").await;
        self.look("signed-out", "#next").await;
    }

    async fn links(&self) {
        let identity = self.app.node().identity();
        let context = RequestContext::default();
        let link = identity.create_password_link(Actor::Operator, self.alice, &context).await;
        let secret = link.unwrap().secret;
        self.open(&format!("/set-password?token={}", secret.expose())).await;
        self.look("set-password", "#set-password-form").await;
        self.browser.fill("#password", "short").await;
        self.browser.click("#save-password").await;
        self.look("set-password-short", "#password[aria-invalid]").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#save-password").await;
        self.look("password-saved", "#next").await;
        self.open(&format!("/set-password?token={}", secret.expose())).await;
        self.look("link-used", "#request-id").await;
        for path in ["/sign-in-link", "/confirm-address", "/keep-address"] {
            self.open(path).await;
            self.look(&format!("dead{}", path.replace('/', "-")), "#request-id").await;
        }

        let link = identity.create_setup_link(Actor::Operator, &context).await.unwrap();
        self.open(&format!("/setup?token={}", link.secret.expose())).await;
        self.look("setup", "#setup-form").await;
        self.browser.click("#create-administrator").await;
        self.look("setup-empty", "#error-summary ul").await;

        for state in ["mailed", "left-out", "none", "before"] {
            self.open(&format!("/not-me/done?link={state}")).await;
            self.look(&format!("not-me-done-{state}"), "#not-me-done").await;
        }
    }

    async fn errors(&self) {
        self.authorize(self.request().with("client_id", "nobody")).await;
        self.look("unknown-app", "#request-id").await;
        self.authorize(self.request().with("redirect_uri", "https://evil.test/")).await;
        self.look("return-address", "#request-id").await;
        for (state, path) in [
            ("not-found", "/nowhere"),
            ("method", "/account/sessions/end-others"),
            ("bad-request", "/login?flow=%ff"),
            ("no-such-sign-in", "/login?flow=00000000-0000-7000-8000-000000000000"),
        ] {
            self.open(path).await;
            self.look(state, "#request-id").await;
        }

        let other = self.app.authorize(&Agent::new(), &self.request()).await;
        self.browser.goto(other.location().as_str()).await;
        self.look("other-browser", "#request-id").await;

        self.authorize(self.request()).await;
        self.browser.wait_for("#login-form").await;
        self.browser.execute("document.querySelector('[name=csrf]').value = 'old'").await;
        self.browser.click("#sign-in").await;
        self.look("form-too-old", "#request-id").await;

        self.authorize(self.request()).await;
        self.browser.wait_for("#login-form").await;
        self.app.clock.advance(TimeDelta::hours(2));
        self.sign_in().await;
        self.look("expired", "#request-id").await;
    }

    /// The page that posts the answer to the app by itself, as it looks where scripts are off.
    async fn form_post(&self) {
        self.authorize(self.request().with("response_mode", "form_post")).await;
        self.sign_in().await;
        self.browser.wait_for("#consent-form").await;
        self.browser.block(&["*/assets/*.js"]).await;
        self.browser.click("#allow").await;
        self.look("form-post", "#form-post").await;
        self.browser.block(&[]).await;
    }

    async fn all(self) {
        self.login().await;
        self.register().await;
        self.mailed().await;
        self.consent().await;
        self.account().await;
        self.sign_out().await;
        self.links().await;
        self.errors().await;
        self.form_post().await;
        let findings = self.findings.take();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}

#[tokio::test]
async fn every_page_and_state_is_accessible_in_light() {
    Tour::start("tour-light", BrowserOptions::default()).await.all().await;
}

/// French is the longest language.
#[tokio::test]
async fn every_page_and_state_is_accessible_in_dark_and_french_at_320_pixels() {
    let options =
        BrowserOptions { dark: true, width: NARROW, language: "fr", ..BrowserOptions::default() };
    Tour::start("tour-dark-french", options).await.all().await;
}

#[tokio::test]
async fn every_page_and_state_is_accessible_right_to_left() {
    let options = BrowserOptions { language: "ar", ..BrowserOptions::default() };
    Tour::start("tour-arabic", options).await.all().await;
}

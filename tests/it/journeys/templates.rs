//! Every template of a page, as a browser shows it in light, in dark at 320 pixels and right to left.
//!
//! The table is held against the folder: a new template fails the tests until somebody comes by it. The
//! states of the pages, and scripts, are the business of the journeys.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use latchkey::config::{ApiConfig, Profile};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::kernel::ids::UserId;
use serde_json::{Value, json};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::authenticator::{Authenticator, Bent};
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::{Client, authorization_request};
use crate::support::mailbox;
use crate::support::people::PASSWORD;
use crate::support::providers::Trip;
use crate::support::second_factor::{Phone, give_code};
use crate::support::upstream::Upstream;

const ALICE: &str = "alice@example.com";
/// Has no second factor.
const BOB: &str = "bob@example.com";
const NEW: &str = "alice@new.example";

/// What is no page of its own, but a part of others, and what only `latchkey dev` shows.
const PARTS: &[&str] = &[
    "base.html",
    "macros.html",
    "passkey-form.html",
    "provider-button.html",
    "account/passkey-rows.html",
    "account/shell.html",
    "account/security/factor.html",
    "account/security/passkeys.html",
    "second-factor/enrolment.html",
    "second-factor/parts.html",
];

/// Those of mail are looked at in the tests of mail, those of the demo in the journeys.
const ELSEWHERE: &[&str] = &["mail", "demo"];

/// A browser of somebody's who reads a language, and the pages that it came by.
struct Walk {
    app: TestApp,
    client: Client,
    alice: UserId,
    language: &'static str,
    seen: Vec<(&'static str, String)>,
}

impl Walk {
    async fn start(language: &'static str) -> Self {
        let app = TestApp::start_configured(|config| {
            config.profile = Profile::Dev { port: None };
            let origins = vec![];
            config.api = Some(ApiConfig { client_id: "acme-notes".to_owned(), origins });
        });
        let client = app.confidential_client("acme-notes").await;
        let alice = app.person(ALICE).await;
        app.person(BOB).await;
        Self { app, client, alice, language, seen: vec![] }
    }

    fn agent(&self) -> Agent {
        self.app.machine().with_header("accept-language", self.language)
    }

    /// Keeps a page that holds `selector`.
    fn keep(&mut self, template: &'static str, selector: &str, page: &Page) {
        assert!(page.has(selector), "{template}: no {selector} in {}", page.summary());
        self.seen.push((template, page.body.clone()));
    }

    async fn get(&self, agent: &Agent, path: &str) -> Page {
        agent.get(&self.app.at(path)).await.follow_all().await
    }

    async fn keep_at(
        &mut self,
        agent: &Agent,
        path: &str,
        template: &'static str,
        selector: &str,
    ) -> Page {
        let page = self.get(agent, path).await;
        self.keep(template, selector, &page);
        page
    }

    /// The path of the newest link of this kind in somebody's mail.
    async fn link(&self, to: &str, path: &str) -> String {
        let letters = self.app.letters(to).await;
        let links = letters.iter().filter_map(mailbox::link);
        links.into_iter().find(|link| link.contains(path)).expect("a link")
    }

    async fn sign_in(&self, agent: &Agent, email: &str) -> Page {
        let page = self.get(agent, "/login").await;
        self.app.sign_in(page, email).await.follow_all().await
    }

    async fn strangers(&mut self) {
        let agent = self.agent();
        let login = self.keep_at(&agent, "/login", "login.html", "#login-form").await;
        let page = login.click("#create-account-link").await;
        self.keep("register.html", "#register-form", &page);
        let erin = "erin@example.com";
        let form = page.form("#register-form").fill("name", "Erin").fill("email", erin);
        let page = form.set("passkey", "on").submit().await;
        let page = self.app.confirm_address(page, erin).await.follow_all().await;
        self.keep("register-passkey.html", "#passkey-form", &page);
        self.keep_at(&agent, "/nowhere", "error.html", "#request-id").await;
        self.keep_at(&agent, "/signed-out", "signed-out.html", "main").await;
        self.keep_at(&agent, "/api/docs", "api.html", "main").await;
        let page = self.keep_at(&agent, "/forgot-password", "forgot-password.html", "#forgot-form");
        let page = page.await.form("#forgot-form").fill("identifier", ALICE).submit().await;
        self.keep("forgot-password-sent.html", "#forgot-sent", &page.follow_all().await);

        let to = self.app.at(&login.attribute("#email-code", "formaction").unwrap());
        let page = login.form("#login-form").to(&to).submit().await;
        self.keep("mailed-address.html", "#mailed-address-form", &page);
        let form = page.form("#mailed-address-form").fill("email", BOB).set("send", "link");
        self.keep("mailed-code.html", "#code-form", &form.submit().await.follow_all().await);
        let link = self.link(BOB, "/sign-in-link").await;
        let page = agent.get(&link).await.follow_all().await;
        self.keep("mailed-link.html", "#use-link", &page);
        let page = self.agent().get(&link).await.follow_all().await;
        let page = page.form("#mailed-link-form").submit().await;
        self.keep("matching-code.html", "#matching-code", &page);

        let (identity, context) = (self.app.node().identity(), RequestContext::default());
        let link = identity.create_password_link(Actor::Operator, self.alice, &context).await;
        let setup = identity.create_setup_link(Actor::Operator, &context).await.unwrap();
        let path = format!("/set-password?token={}", link.unwrap().secret.expose());
        let page = self.keep_at(&agent, &path, "set-password.html", "#set-password-form").await;
        let page = page.form("#set-password-form").fill("password", PASSWORD).submit().await;
        self.keep("password-saved.html", "#next", &page.follow_all().await);
        let path = format!("/setup?token={}", setup.secret.expose());
        self.keep_at(&agent, &path, "setup.html", "#setup-form").await;
    }

    async fn consent(&mut self) {
        let agent = self.agent();
        self.sign_in(&agent, BOB).await;
        let request = authorization_request(&self.client);
        let page = self.app.authorize(&agent, &request).await.follow_all().await;
        self.keep("consent.html", "#consent-form", &page);
        let allowed = page.form("#consent-form").set("decision", "allow").submit().await;
        self.app.to_relying_party(allowed).await;
        let finished = agent.get(page.url.as_str()).await;
        self.keep("finished.html", "#next", &finished);
        let asks = request.clone().with("prompt", "select_account");
        let page = self.app.authorize(&agent, &asks).await.follow_all().await;
        self.keep("select-account.html", "#switch-account", &page);
        let posts = request.with("response_mode", "form_post");
        let page = self.app.authorize(&agent, &posts).await.follow_all().await;
        self.keep("form-post.html", "#form-post", &page);
        let page = self.keep_at(&agent, "/account/apps", "account/apps.html", "#apps").await;
        let page = page.click("#apps a.button").await;
        self.keep("account/remove.html", "#remove-app-form", &page);
        self.keep_at(&agent, "/sign-out", "sign-out.html", "#sign-out-form").await;
    }

    async fn account(&mut self) {
        let agent = self.agent();
        self.sign_in(&agent, ALICE).await;
        for (path, template, selector) in [
            ("", "account/profile.html", "#profile-email"),
            ("/details", "account/details.html", "#details-form"),
            ("/username", "account/username.html", "#username-form"),
            ("/password", "account/password.html", "#change-password-form"),
            ("/sessions", "account/sessions.html", "#sessions"),
            ("/activity", "account/activity.html", "#activity"),
            ("/data", "account/data.html", "#data"),
            ("/data/delete", "account/delete.html", "#delete-form"),
            ("/data/deactivate", "account/deactivate.html", "#deactivate-form"),
            ("/picture", "account/picture.html", "#picture-form"),
            ("/region", "account/region.html", "#region-form"),
        ] {
            self.keep_at(&agent, &format!("/account{path}"), template, selector).await;
        }
        let add = "/account/addresses/add";
        let page = self.keep_at(&agent, add, "account/add-address.html", "#add-address-form").await;
        page.form("#add-address-form").fill("email", NEW).submit().await;
        let link = self.link(NEW, "/confirm-address").await;
        let page = self.agent().get(&link).await.follow_all().await;
        self.keep("mailed-act.html", "#mailed-form", &page);
        let page = page.form("#mailed-form").submit().await.follow_all().await;
        self.keep("mailed-act-done.html", "#mailed-done", &page);
        let book = "/account/addresses";
        let page = self.keep_at(&agent, book, "account/addresses.html", "#addresses").await;
        let page = page.click("#addresses a.button").await;
        self.keep("account/remove.html", "#remove-address-form", &page);
        self.passkeys(&agent).await;
    }

    async fn passkeys(&mut self, agent: &Agent) {
        let add = "/account/security/passkeys/add";
        let page = self.keep_at(agent, add, "account/add-passkey.html", "#passkey-form").await;
        let mut key = Authenticator::new();
        let origin = self.app.issuer().to_owned();
        self.answer(&page, |options| key.create(options, &origin, &Bent::default())).await;
        let agent = self.agent();
        let page = self.get(&agent, "/login").await;
        self.answer(&page, |options| key.get(options, &origin, &Bent::default())).await;
        let list = "/account/security/passkeys";
        let page = self.keep_at(&agent, list, "account/passkeys.html", "#passkeys").await;
        let rename = page.click("#passkeys a.button").await;
        self.keep("account/rename-passkey.html", "#rename-passkey-form", &rename);
        let remove = page.click("#passkeys a.button:last-child").await;
        self.keep("account/remove.html", "#remove-passkey-form", &remove);
        let page = self.sign_in(&self.agent(), ALICE).await;
        self.keep("second-factor/passkey.html", "#passkey-unsupported", &page);
        remove.form("#remove-passkey-form").submit().await;
    }

    /// What the script does with the form for passkeys.
    async fn answer(&self, page: &Page, answer: impl FnOnce(&Value) -> String) {
        let options = page.attribute("#passkey-form", "data-options").unwrap();
        let asked = page.form("#passkey-form").to(&self.app.at(&options)).submit().await.json();
        let form = page.form("#passkey-form").fill("ceremony", asked["ceremony"].as_str().unwrap());
        let page = form.set("credential", &answer(&asked["publicKey"])).submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
    }

    async fn second_factor(&mut self) {
        let agent = self.agent();
        self.sign_in(&agent, ALICE).await;
        let new = "/account/security/apps/new";
        let page = self.keep_at(&agent, new, "account/security/name.html", "#name-form").await;
        let page = page.form("#name-form").fill("name", "Phone").submit().await;
        self.keep("account/security/confirm-app.html", "#confirm-app-form", &page);
        let phone = Phone::scanned(&page.text("#secret"));
        let code = phone.code(&self.app);
        page.form("#confirm-app-form").fill("code", &code).submit().await;
        let agent = self.agent();
        let page = self.sign_in(&agent, ALICE).await;
        give_code(&page, &phone.next_code(&self.app)).await;
        let codes = "/account/security/recovery-codes";
        let recovery = "account/security/recovery-codes.html";
        let page = self.keep_at(&agent, codes, recovery, "#make-codes-form").await;
        let page = page.form("#make-codes-form").submit().await;
        self.keep("account/security/codes.html", "#codes", &page);
        let security = "/account/security";
        let page = self.keep_at(&agent, security, "account/security.html", "#security").await;
        let page = page.click("#apps a[href$='/remove']").await;
        self.keep("account/remove.html", "#remove-factor-form", &page);

        let page = self.sign_in(&self.agent(), ALICE).await;
        self.keep("second-factor/app.html", "#second-factor-form", &page);
        let page = page.click("#way-recovery_code").await;
        self.keep("second-factor/recovery-code.html", "#second-factor-form", &page);
        self.by_mail(BOB).await;

        // The other way round: a code by mail first, and then the password.
        self.app.change_setting("second_factor", Some("required")).await.unwrap();
        self.app.refresh().await;
        let agent = self.agent();
        let login = self.get(&agent, "/login").await;
        let to = self.app.at(&login.attribute("#email-code", "formaction").unwrap());
        let form = login.form("#login-form").fill("identifier", BOB).to(&to);
        let page = form.submit().await.follow_all().await;
        let code = self.app.mailed_code(BOB).await;
        let page = page.form("#code-form").fill("code", &code).submit().await.follow_all().await;
        let page = if page.has("#way-password") { page.click("#way-password").await } else { page };
        self.keep("second-factor/password.html", "#password", &page);
        let page = self.sign_in(&self.agent(), BOB).await;
        self.set_up(&page).await;
    }

    /// A code by mail as the second factor.
    async fn by_mail(&mut self, email: &str) {
        for (name, value) in [("second_factor_by_mail", "on"), ("second_factor", "required")] {
            self.app.change_setting(name, Some(value)).await.unwrap();
        }
        self.app.refresh().await;
        let page = self.sign_in(&self.agent(), email).await;
        self.keep("mailed-send.html", "#mailed-send-form", &page);
        self.app.change_setting("second_factor_by_mail", Some("off")).await.unwrap();
    }

    async fn set_up(&mut self, page: &Page) {
        self.keep("second-factor/set-up.html", "#set-up-form", page);
        let page = page.form("#set-up-form").submit().await;
        self.keep("second-factor/set-up-app.html", "#confirm-app-form", &page);
        let code = Phone::scanned(&page.text("#secret")).code(&self.app);
        let page = page.form("#confirm-app-form").fill("code", &code).submit().await;
        self.keep("second-factor/codes.html", "#codes", &page);
    }

    /// Somebody who was not it, and then leaves.
    async fn farewell(&mut self) {
        let carol = "carol@example.com";
        self.app.change_setting("second_factor", None).await.unwrap();
        self.app.refresh().await;
        self.app.person(carol).await;
        let agent = self.agent();
        self.sign_in(&agent, carol).await;
        let page = self.get(&agent, "/account/data/delete").await;
        let gone = page.form("#delete-form").submit().await.follow_all().await;
        self.keep("deleted.html", "#deleted", &gone);
        let frank = "frank@example.com";
        self.app.person(frank).await;
        let agent = self.agent();
        self.sign_in(&agent, frank).await;
        let page = self.get(&agent, "/account/data/deactivate").await;
        let gone = page.form("#deactivate-form").submit().await.follow_all().await;
        self.keep("deactivated.html", "#deactivated", &gone);
        let dave = "dave@example.com";
        self.app.person(dave).await;
        self.sign_in(&self.agent(), dave).await;
        self.sign_in(&self.agent(), dave).await;
        let page = self.agent().get(&self.link(dave, "/not-me").await).await.follow_all().await;
        self.keep("not-me.html", "#not-me-form", &page);
        let page = page.form("#not-me-form").submit().await.follow_all().await;
        self.keep("not-me-done.html", "h1", &page);
    }

    /// Somebody who has an account at a provider, too.
    async fn elsewhere(&mut self) {
        let up = Upstream::start();
        let mut provider = self.app.provider("up", &up);
        provider.policy.is_second_factor = true;
        self.app.add_provider(provider).await;
        let agent = self.agent();
        let page = self.keep_at(&agent, "/login", "login.html", "#provider-up").await;
        let trip = Trip { to: page.click("#provider-up").await.location(), agent: agent.clone() };
        up.knows(&self.app, &trip, json!({ "sub": "bob", "email": BOB, "email_verified": true }));
        let back = format!("/auth/up/callback?code=c&state={}", trip.param("state"));
        let page = self.keep_at(&agent, &back, "login.html", "#arrival").await;
        let page = self.app.sign_in(page, BOB).await.follow_all().await;
        self.keep("connect.html", "#connect-form", &page);
        page.form("#connect-form").set("decision", "connect").submit().await;
        let list = "/account/providers";
        let page = self.keep_at(&agent, list, "account/providers.html", "#providers").await;
        let page = page.click("#providers a.button").await;
        self.keep("account/disconnect-provider.html", "#disconnect-form", &page);
        let request = authorization_request(&self.client);
        let request = request.with("acr_values", "urn:latchkey:acr:2fa");
        let login = self.app.authorize(&self.agent(), &request).await;
        let second = self.app.sign_in(login, BOB).await.follow_all().await;
        self.keep("second-factor/provider.html", "#provider-up", &second);
        page.form("#disconnect-form").submit().await;
    }

    async fn all(mut self) -> Self {
        self.strangers().await;
        self.consent().await;
        self.account().await;
        self.elsewhere().await;
        self.second_factor().await;
        self.farewell().await;
        self
    }
}

/// The templates that are in the folder, below its name.
fn templates(folder: &Path, prefix: &str, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            templates(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name);
        }
    }
}

/// Shows a page as it was answered, with the stylesheets of the server and without scripts.
async fn show(browser: &Browser, html: &str) {
    let script = "const [html, done] = arguments;
        const page = new DOMParser().parseFromString(html, 'text/html');
        const root = document.documentElement;
        for (const name of ['lang', 'dir', 'class']) {
            const value = page.documentElement.getAttribute(name);
            if (value === null) root.removeAttribute(name); else root.setAttribute(name, value);
        }
        root.innerHTML = page.documentElement.innerHTML;
        const styled = () => [...document.querySelectorAll('link[rel=stylesheet]')].every((it) => it.sheet);
        const wait = () => styled() ? done(document.styleSheets.length) : setTimeout(wait, 5);
        wait();";
    let sheets = browser.client.execute_async(script, vec![json!(html)]).await.unwrap();
    assert_ne!(sheets, Value::from(0), "it is not styled");
}

async fn look(language: &'static str, options: BrowserOptions) {
    let walk = Walk::start(language).await.all().await;
    let browser = Browser::start(BrowserOptions { language, ..options }).await;
    browser.goto(&walk.app.at("/signed-out")).await;
    let mut findings = vec![];
    for (template, page) in &walk.seen {
        show(&browser, page).await;
        let mut found = browser.axe().await;
        if browser.scrolls_sideways().await {
            found.push("scrolls sideways".to_owned());
        }
        findings.extend(found.into_iter().map(|line| format!("{template}: {line}")));
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));

    let mut missing = BTreeSet::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), "", &mut missing);
    for name in walk.seen.iter().map(|(name, _)| *name).chain(PARTS.iter().copied()) {
        missing.remove(name);
    }
    assert!(missing.is_empty(), "nobody comes by {missing:?}");
}

#[tokio::test]
async fn every_template_is_accessible_in_light() {
    Box::pin(look("en", BrowserOptions::default())).await;
}

#[tokio::test]
async fn every_template_is_accessible_in_dark_and_french_at_320_pixels() {
    let options = BrowserOptions { dark: true, width: 320, ..BrowserOptions::default() };
    Box::pin(look("fr", options)).await;
}

#[tokio::test]
async fn every_template_is_accessible_right_to_left() {
    Box::pin(look("ar", BrowserOptions::default())).await;
}

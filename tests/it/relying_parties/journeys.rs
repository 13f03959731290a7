//! What people and apps do with any relying party.

use serde_json::{Value, json};

use super::program::{Failure, Program, Settings, Start};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::registrations::Registration;

/// Makes a test of each journey that a relying party can go.
macro_rules! journeys {
    ($start:ident => $($journey:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $journey() {
                $crate::relying_parties::journeys::$journey($start).await;
            }
        )+
    };
}
pub(super) use journeys;

const ALICE: &str = "alice@example.com";
const AFTER: &str = "https://app.example/signed-out";
const SCOPE: &str = "openid profile email";

/// A relying party that is registered, and a person with a browser.
struct Story {
    app: TestApp,
    settings: Settings,
    program: Program,
    agent: Agent,
}

/// What `client add` registers unless it is told more: a secret, and a nonce instead of PKCE will do.
fn as_usual(app: &TestApp) -> Registration {
    app.registration("notes").nonce_suffices()
}

impl Story {
    async fn begin(start: Start) -> Self {
        Self::with(start, |_| {}, as_usual).await
    }

    /// The same with another registration, or with settings that are not as they should be.
    async fn with(
        start: Start,
        change: impl FnOnce(&mut Settings),
        register: impl FnOnce(&TestApp) -> Registration,
    ) -> Self {
        let app = TestApp::start();
        app.person(ALICE).await;
        let client = app.client(register(&app)).await;
        let issuer = app.issuer().to_owned();
        let mut settings = Settings { issuer, client, client_auth: None };
        change(&mut settings);
        let program = start(&settings);
        Self { app, settings, program, agent: Agent::new() }
    }

    /// Sends the person's browser to the provider; ends there.
    async fn authorize(&mut self, with: Value) -> Page {
        let answer = self.program.ask("authorize", with).await.unwrap();
        let mut page = self.agent.get(answer["url"].as_str().unwrap()).await;
        if page.status.is_redirection() && page.location().path() == "/login" {
            page = self.app.sign_in(page, ALICE).await;
        }
        self.within(page).await
    }

    /// Follows redirects as long as they lead to the provider.
    async fn within(&self, page: Page) -> Page {
        let mut page = page;
        while page.status.is_redirection()
            && page.location().as_str().starts_with(self.app.issuer())
        {
            page = page.follow().await;
        }
        page
    }

    /// The address with which the browser comes back once the person has signed in and allowed.
    async fn answer(&mut self, scope: &str) -> String {
        let page = self.authorize(json!({ "scope": scope })).await;
        self.app.to_relying_party(page).await.location().into()
    }

    async fn callback(&mut self, url: &str) -> Result<Value, Failure> {
        self.program.ask("callback", json!({ "url": url })).await
    }

    async fn sign_in(&mut self, scope: &str) -> Value {
        let url = self.answer(scope).await;
        self.callback(&url).await.unwrap()
    }
}

/// An address with another value of a parameter.
fn with_param(url: &str, name: &str, value: &str) -> String {
    let mut url: url::Url = url.parse().unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert!(pairs.iter().any(|(known, _)| known == name), "no {name} in {url}");
    let changed = pairs.into_iter().map(|(known, old)| {
        let new = if known == name { value.to_owned() } else { old };
        (known, new)
    });
    url.query_pairs_mut().clear().extend_pairs(changed.collect::<Vec<_>>());
    url.into()
}

fn param(url: &str, name: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

pub(super) async fn signs_somebody_in(start: Start) {
    let mut story = Story::begin(start).await;
    let signed_in = story.sign_in(SCOPE).await;
    let (claims, userinfo) = (&signed_in["claims"], &signed_in["userinfo"]);
    assert_eq!(claims["iss"], story.app.issuer());
    assert_eq!(claims["aud"], "notes");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims["nonce"].is_string() && claims["at_hash"].is_string(), "{claims}");
    assert_eq!(userinfo["sub"], claims["sub"]);
    assert_eq!(userinfo["email"], ALICE);
    assert_eq!(userinfo["email_verified"], true);
}

pub(super) async fn a_denial_arrives(start: Start) {
    let mut story = Story::begin(start).await;
    let page = story.authorize(json!({ "scope": SCOPE })).await;
    let page = story.within(page.form("#deny").submit().await).await;
    let failure = story.callback(page.location().as_str()).await.unwrap_err();
    assert_eq!(failure.code, "access_denied", "{failure:?}");
}

pub(super) async fn a_wrong_secret_is_understood(start: Start) {
    let wrong = |settings: &mut Settings| settings.client.secret = Some("lk_cs_wrong".to_owned());
    let mut story = Story::with(start, wrong, as_usual).await;
    let url = story.answer(SCOPE).await;
    let failure = story.callback(&url).await.unwrap_err();
    assert_eq!(failure.code, "invalid_client", "{failure:?}");
}

/// Somebody slips a person the code of another sign-in (RFC 9700 §4.5), or an answer nobody asked
/// for. Without PKCE it is the library that has to notice, by the nonce.
pub(super) async fn an_answer_to_another_sign_in_is_refused(start: Start) {
    let mut story = Story::begin(start).await;
    let first = story.answer(SCOPE).await;
    let second = story.answer(SCOPE).await;
    let injected = with_param(&first, "code", &param(&second, "code"));
    let answer = json!({ "url": injected, "attempt": 0 });
    let failure = story.program.ask("callback", answer).await.unwrap_err();
    assert!(!failure.code.is_empty() && failure.code != "TypeError", "{failure:?}");

    let unknown = with_param(&story.answer(SCOPE).await, "state", "another-state");
    story.callback(&unknown).await.unwrap_err();
    // The same with nothing changed is taken.
    story.sign_in(SCOPE).await;
}

/// RFC 9207 §2.4.
pub(super) async fn an_answer_of_another_issuer_is_refused(start: Start) {
    let mut story = Story::begin(start).await;
    let url = story.answer(SCOPE).await;
    let failure = story.callback(&with_param(&url, "iss", "http://localhost:1")).await.unwrap_err();
    assert!(failure.message.contains("iss"), "{failure:?}");
    story.callback(&url).await.unwrap();
}

pub(super) async fn refreshes_as_long_as_it_may(start: Start) {
    let mut story = Story::begin(start).await;
    let first = story.sign_in(SCOPE).await;
    for _ in 0..2 {
        let refreshed = story.program.ask("refresh", json!({})).await.unwrap();
        for name in ["access_token", "refresh_token"] {
            assert_ne!(refreshed["tokens"][name], first["tokens"][name]);
        }
    }
    story.app.sign_out(&story.agent).await;
    let failure = story.program.ask("refresh", json!({})).await.unwrap_err();
    assert_eq!(failure.code, "invalid_grant", "{failure:?}");

    story.sign_in("openid offline_access").await;
    story.app.sign_out(&story.agent).await;
    story.program.ask("refresh", json!({})).await.unwrap();
}

pub(super) async fn signs_out_at_the_provider(start: Start) {
    let mut story = Story::begin(start).await;
    story.sign_in(SCOPE).await;
    let answer = story.program.ask("logout", json!({ "to": AFTER, "state": "bye" })).await.unwrap();
    let page = story.agent.get(answer["url"].as_str().unwrap()).await;
    assert_eq!(page.location().as_str(), format!("{AFTER}?state=bye"));
    let answer = story.program.ask("authorize", json!({ "scope": SCOPE })).await.unwrap();
    let page = story.agent.get(answer["url"].as_str().unwrap()).await;
    assert_eq!(page.location().path(), "/login");
}

pub(super) async fn asks_about_its_token(start: Start) {
    let mut story = Story::begin(start).await;
    let signed_in = story.sign_in(SCOPE).await;
    let told = story.program.ask("introspect", json!({})).await.unwrap();
    assert_eq!(told["active"], true);
    assert_eq!(told["sub"], signed_in["claims"]["sub"]);
    story.app.sign_out(&story.agent).await;
    let told = story.program.ask("introspect", json!({})).await.unwrap();
    assert_eq!(told["active"], false);
}

pub(super) async fn gives_its_token_back(start: Start) {
    let mut story = Story::begin(start).await;
    let signed_in = story.sign_in(SCOPE).await;
    story.program.ask("revoke", json!({})).await.unwrap();
    let access_token = signed_in["tokens"]["access_token"].as_str().unwrap();
    assert_eq!(story.app.userinfo(access_token).await.status, 401);
    let failure = story.program.ask("refresh", json!({})).await.unwrap_err();
    assert_eq!(failure.code, "invalid_grant", "{failure:?}");
}

pub(super) async fn gets_a_token_for_itself(start: Start) {
    let machine = |app: &TestApp| app.registration("report").machine("reports.read");
    let mut story = Story::with(start, |_| {}, machine).await;
    let wish = json!({ "scope": "reports.read" });
    let answer = story.program.ask("client_credentials", wish).await.unwrap();
    assert_eq!(answer["tokens"]["scope"], "reports.read");
    assert!(answer["tokens"]["access_token"].is_string());
}

pub(super) async fn proves_itself_in_the_header_and_in_the_body(start: Start) {
    for method in ["client_secret_basic", "client_secret_post"] {
        let choose = |settings: &mut Settings| settings.client_auth = Some(method);
        let mut story = Story::with(start, choose, as_usual).await;
        story.sign_in(SCOPE).await;
        story.program.ask("refresh", json!({})).await.unwrap();
    }
}

pub(super) async fn does_without_a_secret(start: Start) {
    let public = |app: &TestApp| app.registration("notes").public();
    let mut story = Story::with(start, |_| {}, public).await;
    assert!(story.settings.client.secret.is_none());
    story.sign_in(SCOPE).await;
    story.program.ask("refresh", json!({})).await.unwrap();
}

/// OAuth 2.0 Form Post Response Mode.
pub(super) async fn takes_the_answer_as_a_form(start: Start) {
    let mut story = Story::begin(start).await;
    let page = story.authorize(json!({ "scope": SCOPE, "response_mode": "form_post" })).await;
    let form = page.form("#allow").submit().await.follow_all().await.form("#form-post");
    assert_eq!(form.action(), story.settings.client.redirect_uri);
    let fields = ["code", "state", "iss"].map(|name| (name, form.value(name).unwrap()));
    let body = serde_urlencoded::to_string(fields).unwrap();
    let answer = json!({ "url": form.action(), "form": body });
    let signed_in = story.program.ask("callback", answer).await.unwrap();
    assert_eq!(signed_in["userinfo"]["email"], ALICE);
}

//! The JSON API, as the operator's own front end uses it.

mod account;
mod closing;
mod document;
mod example;
mod factors;
mod guard;
mod mailed;
mod parity;
mod passkeys;
mod providers;
mod recovering;
mod refreshing;
mod registering;
mod schemathesis;
mod second_factor;
mod signing_in;
mod steps;
mod uniform;

use std::time::Duration;

use latchkey::config::{ApiConfig, Config, Profile};
use serde_json::{Value, json};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::Client;
use crate::support::people::PASSWORD;
use crate::support::registrations::Registration;

pub(crate) const ALICE: &str = "alice@example.com";
/// Where the front end's pages come from: another origin, and the same site.
pub(crate) const ORIGIN: &str = "http://localhost:39999";
pub(crate) const CLIENT: &str = "front-end";

/// A server with a front end.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) client: Client,
    document: Value,
}

/// A browser that shows the front end.
#[derive(Clone)]
pub(crate) struct FrontEnd<'w> {
    world: &'w World,
    pub(crate) agent: Agent,
    pub(crate) csrf: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(|registration| registration).await
    }

    pub(crate) async fn with(change: impl FnOnce(Registration) -> Registration) -> Self {
        let app = TestApp::start_configured(|config| {
            let origins = vec![ORIGIN.to_owned()];
            config.api = Some(ApiConfig { client_id: CLIENT.to_owned(), origins });
        });
        Self::on(app, change).await
    }

    /// One without mail.
    pub(crate) async fn silent() -> Self {
        Self::configured(|config| config.profile = Profile::Tool).await
    }

    /// One that knows the places of this database.
    pub(crate) async fn placed(database: Option<std::path::PathBuf>) -> Self {
        Self::configured(|config| config.geo.database = database).await
    }

    /// One that asks the database nothing by itself, for whoever counts statements.
    pub(crate) async fn quiet() -> Self {
        Self::configured(|config| config.database.look_every = Duration::from_secs(3600)).await
    }

    async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_configured(|config| {
            let origins = vec![ORIGIN.to_owned()];
            config.api = Some(ApiConfig { client_id: CLIENT.to_owned(), origins });
            change(config);
        });
        Self::on(app, |it| it).await
    }

    /// A moment later: the clock stands still, and the newest letter is to be known.
    pub(crate) fn moment(&self) {
        self.app.clock.advance(chrono::TimeDelta::milliseconds(1));
    }

    pub(crate) async fn on(
        app: TestApp,
        change: impl FnOnce(Registration) -> Registration,
    ) -> Self {
        let registration = app.registration(CLIENT).public().first_party();
        let client = app.client(change(registration)).await;
        app.person(ALICE).await;
        let document = Agent::new().get(&app.at("/api/openapi.json")).await;
        let document = if document.status == 200 { document.json() } else { Value::Null };
        Self { app, client, document }
    }

    /// A browser that has just opened the front end.
    pub(crate) async fn opened(&self) -> FrontEnd<'_> {
        self.opened_in(Agent::new()).await
    }

    pub(crate) async fn opened_in(&self, agent: Agent) -> FrontEnd<'_> {
        let mut front_end = FrontEnd { world: self, agent, csrf: String::new() };
        let page = front_end.get("/api/auth/session").await;
        page.json()["data"]["csrfToken"].as_str().unwrap().clone_into(&mut front_end.csrf);
        front_end
    }

    /// One in which somebody is signed in, and the answer to that.
    pub(crate) async fn signed_in(&self, identifier: &str) -> (FrontEnd<'_>, Value) {
        let front_end = self.opened().await;
        let page = front_end.login(identifier, PASSWORD).await;
        assert_eq!(page.json()["data"]["next"], "done", "{}", page.summary());
        (front_end, page.json()["data"].clone())
    }

    /// Asserts that the document knows of this answer.
    #[track_caller]
    fn assert_documented(&self, method: &str, page: &Page) {
        if self.document.is_null() {
            return;
        }
        let path = page.url.path();
        let paths = self.document["paths"].as_object().unwrap();
        let Some((_, item)) = paths.iter().find(|(pattern, _)| fits(pattern, path)) else { return };
        let Some(operation) = item.get(method.to_lowercase()) else { return };
        let known = operation["responses"].get(page.status.as_str());
        assert!(known.is_some(), "{method} {path} answers {}", page.summary());
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(a, b)| a == b || a.starts_with('{'))
}

impl FrontEnd<'_> {
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.call("GET", path, &[], None).await
    }

    /// A call that changes something.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Page {
        let body = body.map(|body| body.to_string());
        let csrf = self.csrf.clone();
        self.call(method, path, &[("x-csrf-token", &csrf)], body.as_deref()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Page {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        self.get("/api/account/me").await.status == 200
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        sent: &[(&'static str, &str)],
        body: Option<&str>,
    ) -> Page {
        let url = self.world.app.at(path);
        let page = self.agent.call(method, Some(ORIGIN), &url, sent, body).await;
        self.world.assert_documented(method, &page);
        page
    }

    pub(crate) async fn login(&self, identifier: &str, password: &str) -> Page {
        let body = json!({ "identifier": identifier, "password": password });
        self.send("POST", "/api/auth/login", Some(body)).await
    }

    pub(crate) async fn login_remembered(&self) -> Page {
        let body = json!({ "identifier": ALICE, "password": PASSWORD, "rememberMe": true });
        self.send("POST", "/api/auth/login", Some(body)).await
    }

    /// The same browser, or none, with an access token.
    pub(crate) async fn with_token(&self, method: &str, path: &str, token: &str) -> Page {
        let bearer = format!("Bearer {token}");
        let sent = [("x-csrf-token", self.csrf.as_str()), ("authorization", &bearer)];
        self.call(method, path, &sent, None).await
    }

    /// The value of one of our cookies.
    pub(crate) fn cookie(&self, kind: &str) -> Option<String> {
        self.agent.cookie("localhost", &self.world.app.cookie_name(kind))
    }
}

/// What a step of a sign-in waits for, which is told with status 200.
#[track_caller]
pub(crate) fn next(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["data"]["next"].as_str().unwrap().to_owned()
}

/// The sign-in that a step belongs to.
#[track_caller]
pub(crate) fn flow(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["data"]["flow"].as_str().expect("one that goes on").to_owned()
}

/// Asserts a refusal in the envelope.
#[track_caller]
pub(crate) fn assert_refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.summary());
    let body = page.json();
    assert_eq!(body["success"], false, "{body}");
    assert_eq!(body["error"]["code"], code, "{body}");
    assert_eq!(body["metadata"]["requestId"].as_str(), page.header("x-request-id"), "{body}");
    assert_eq!(body["metadata"]["apiVersion"], "1", "{body}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

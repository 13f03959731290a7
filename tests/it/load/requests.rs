//! A request for every handler, each ready to be sent as often as wanted.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::client::GrantType;

use super::ALICE;
use crate::support::agent::{Agent, Form, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, authorization_request, code_request, refresh_request};
use crate::support::people::PASSWORD;

/// The server with a person, an app and a browser.
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) client: Client,
    /// A browser in which Alice is signed in, and has allowed the client.
    agent: Agent,
}

/// A request that is ready to be sent.
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub(super) enum Prepared {
    Get(Agent, String),
    Form(Form),
    Post(Agent, String, Params),
    Client(Client, String, Params),
}

/// Every handler, by what asks for it.
pub(super) const REQUESTS: &[&str] = &[
    "jwks",
    "discovery",
    "authorize by a stranger",
    "authorize by who is signed in",
    "authorize posted",
    "continue",
    "code exchange",
    "refresh",
    "client credentials",
    "introspection",
    "revocation",
    "userinfo",
    "userinfo posted",
    "logout",
    "logout posted",
    "login page",
    "sign-in",
    "wrong password",
    "register page",
    "registration",
    "select account page",
    "select account",
    "consent page",
    "consent",
    "set password page",
    "set password",
    "forgot password page",
    "forgot password",
    "forgot password sent",
    "not me page",
    "not me",
    "not me done",
    "setup page",
    "setup",
    "sign-out page",
    "sign-out",
    "signed out",
    "home",
    "account",
    "details page",
    "details",
    "sessions",
    "end other sessions",
    "end a session",
    "apps",
    "remove app page",
    "remove app",
    "nowhere",
];

/// Whose handlers and layers look at no clock: there is nothing that could go wrong in this way.
pub(super) const TIMELESS: &[&str] = &["discovery", "authorize posted", "logout posted", "home"];

impl World {
    pub(super) async fn start() -> Self {
        let app = TestApp::start_configured(|config| {
            // A connection or a permit that is not given back is missed at once.
            config.database.pool_size = 1;
            config.hashing.concurrent = 1;
            config.registration.open = true;
        });
        let registration = app
            .registration("notes")
            .with(|client| client.grant_types.push(GrantType::ClientCredentials));
        let client = app.client(registration).await;
        app.person(ALICE).await;
        // An attempt that panics is counted all the same, and there are many.
        for (name, most) in [("max_failed_logins", 100), ("max_logins_per_address", 100_000)] {
            let set = format!("INSERT INTO settings VALUES ('{name}', '{most}', now(), 'test')");
            sql_query(set).execute(&mut app.raw()).unwrap();
        }
        app.refresh().await;
        let agent = Agent::new();
        app.code_for(&agent, &authorization_request(&client), ALICE).await;
        Self { app, client, agent }
    }

    fn at(&self, path: &str) -> String {
        self.app.at(path)
    }

    async fn flow_page(&self, prompt: &str) -> Page {
        let request = authorization_request(&self.client).with("prompt", prompt);
        self.app.authorize(&self.agent, &request).await.follow_all().await
    }

    pub(super) async fn page(&self, path: &str) -> Page {
        self.agent.get(&self.at(path)).await
    }

    #[allow(clippy::too_many_lines, reason = "a table")]
    pub(super) async fn prepare(&self, request: &str) -> Prepared {
        let get = |path: &str| Prepared::Get(self.agent.clone(), self.at(path));
        let client =
            |path: &str, params| Prepared::Client(self.client.clone(), self.at(path), params);
        let asked = authorization_request(&self.client);
        match request {
            "jwks" => get("/oauth2/jwks"),
            "discovery" => get("/.well-known/openid-configuration"),
            "authorize by a stranger" => Prepared::Get(
                self.agent.fresh(),
                self.at(&format!("/oauth2/authorize?{}", asked.encoded())),
            ),
            "authorize by who is signed in" => {
                get(&format!("/oauth2/authorize?{}", asked.encoded()))
            }
            "authorize posted" => {
                Prepared::Post(self.agent.fresh(), self.at("/oauth2/authorize"), asked)
            }
            "continue" => {
                let stranger = self.agent.fresh();
                let page = self.app.authorize(&stranger, &asked).await.follow_all().await;
                let query = page.url.query().unwrap_or_default().to_owned();
                Prepared::Get(stranger, self.at(&format!("/oauth2/authorize/continue?{query}")))
            }
            "code exchange" => {
                let code = self.app.code_for(&self.agent, &asked, ALICE).await;
                client("/oauth2/token", code_request(&self.client, &code))
            }
            "refresh" => {
                client("/oauth2/token", refresh_request(&self.tokens("refresh_token").await))
            }
            "client credentials" => {
                client("/oauth2/token", Params::new(&[("grant_type", "client_credentials")]))
            }
            "introspection" | "revocation" => {
                let path = if request == "introspection" { "introspect" } else { "revoke" };
                let token = self.tokens("access_token").await;
                client(&format!("/oauth2/{path}"), Params::new(&[("token", &token)]))
            }
            "userinfo" | "userinfo posted" => {
                let bearer = format!("Bearer {}", self.tokens("access_token").await);
                let agent = self.agent.fresh().with_header("authorization", &bearer);
                let url = self.at("/oauth2/userinfo");
                if request == "userinfo" {
                    Prepared::Get(agent, url)
                } else {
                    Prepared::Post(agent, url, Params::new(&[]))
                }
            }
            "logout" => get("/oauth2/logout?state=s"),
            "logout posted" => {
                let params = Params::new(&[("state", "s")]);
                Prepared::Post(self.agent.fresh(), self.at("/oauth2/logout"), params)
            }
            "login page" => {
                let stranger = self.agent.fresh();
                let page = self.app.authorize(&stranger, &asked).await.follow_all().await;
                Prepared::Get(stranger, page.url.to_string())
            }
            "sign-in" => Prepared::Form(self.login_form(ALICE, PASSWORD).await),
            "wrong password" => {
                // Each for another name, so that none is locked.
                let name = format!("{}@example.org", self.app.env().random_id());
                Prepared::Form(self.login_form(&name, "wrong horse").await)
            }
            "register page" => {
                let stranger = self.agent.fresh();
                let login = stranger.get(&self.at("/account")).await.follow_all().await;
                let url = login.url.to_string().replace("/login", "/register");
                Prepared::Get(stranger, url)
            }
            "registration" => {
                let login = self.agent.fresh().get(&self.at("/account")).await.follow_all().await;
                let page = login.click("a[href^='/register']").await;
                let email = format!("{}@example.org", self.app.env().random_id().to_lowercase());
                let form = page.form("#register-form").fill("email", &email);
                Prepared::Form(form.fill("password", PASSWORD))
            }
            "select account page" => {
                let page = self.flow_page("select_account").await;
                Prepared::Get(self.agent.clone(), page.url.to_string())
            }
            "select account" => {
                Prepared::Form(self.flow_page("select_account").await.form("#continue"))
            }
            "consent page" => {
                let page = self.flow_page("consent").await;
                Prepared::Get(self.agent.clone(), page.url.to_string())
            }
            "consent" => Prepared::Form(self.flow_page("consent").await.form("#allow")),
            "set password page" => get("/set-password?token=unknown"),
            "set password" => {
                let fields = Params::new(&[("token", "unknown"), ("password", PASSWORD)]);
                Prepared::Post(self.agent.fresh(), self.at("/set-password"), fields)
            }
            "forgot password page" => get("/forgot-password"),
            "forgot password" => {
                let page = self.agent.get(&self.at("/forgot-password")).await;
                Prepared::Form(page.form("#forgot-form").fill("identifier", ALICE))
            }
            "forgot password sent" => get("/forgot-password/sent"),
            "not me page" => get("/not-me?token=unknown"),
            "not me" => {
                let fields = Params::new(&[("token", "unknown")]);
                Prepared::Post(self.agent.fresh(), self.at("/not-me"), fields)
            }
            "not me done" => get("/not-me/done"),
            "setup page" => get("/setup?token=unknown"),
            "setup" => {
                let fields = Params::new(&[("token", "unknown"), ("password", PASSWORD)]);
                Prepared::Post(self.agent.fresh(), self.at("/setup"), fields)
            }
            "sign-out page" => get("/sign-out"),
            "sign-out" => {
                let agent = self.signed_in_elsewhere().await;
                Prepared::Form(agent.get(&self.at("/sign-out")).await.form("#sign-out"))
            }
            "signed out" => get("/signed-out"),
            "home" => get("/"),
            "account" => get("/account"),
            "details page" => get("/account/details"),
            "details" => Prepared::Form(self.page("/account/details").await.form("#details-form")),
            "sessions" => get("/account/sessions"),
            "end other sessions" | "end a session" => {
                let mut page = self.page("/account/sessions").await;
                if !page.has("#end-others-form") {
                    self.signed_in_elsewhere().await;
                    page = self.page("/account/sessions").await;
                }
                let end = "form[action$='/end']";
                let others = "#end-others-form";
                Prepared::Form(page.form(if request == "end a session" { end } else { others }))
            }
            "apps" => get("/account/apps"),
            "remove app page" => get("/account/apps/notes/remove"),
            "remove app" => {
                // It is allowed anew each time.
                self.app.code_for(&self.agent, &asked, ALICE).await;
                let page = self.page("/account/apps/notes/remove").await;
                Prepared::Form(page.form("form[action$='/remove']"))
            }
            "nowhere" => get("/nowhere"),
            other => panic!("nobody knows how to ask for {other}"),
        }
    }

    async fn login_form(&self, identifier: &str, password: &str) -> Form {
        let login = self.agent.fresh().get(&self.at("/account")).await.follow_all().await;
        login.form("#login-form").fill("identifier", identifier).fill("password", password)
    }

    async fn tokens(&self, which: &str) -> String {
        let scope = "openid offline_access";
        let tokens = self.app.tokens_in(&self.agent, &self.client, ALICE, scope).await;
        tokens[which].as_str().unwrap().to_owned()
    }

    async fn signed_in_elsewhere(&self) -> Agent {
        let agent = self.agent.fresh();
        let page = self.app.sign_in(agent.get(&self.at("/account")).await, ALICE).await;
        assert!(page.status.is_redirection(), "{}", page.summary());
        agent
    }

    pub(super) async fn send(&self, prepared: &Prepared) -> Page {
        match prepared {
            Prepared::Get(agent, url) => agent.get(url).await,
            Prepared::Form(form) => form.submit().await,
            Prepared::Post(agent, url, params) => agent.post(url, &params.pairs()).await,
            Prepared::Client(client, url, params) => self.app.token_at(url, client, params).await,
        }
    }
}

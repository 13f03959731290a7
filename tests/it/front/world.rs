//! Somebody in the middle of everything: signed in, with a sign-in under way, with links not yet used.
//! So every route has something to do for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::one_time_link::{LinkPurpose, OneTimeLink};
use latchkey::kernel::ids::{OneTimeLinkId, UserId};
use latchkey::kernel::token_hash::TokenHash;
use latchkey::storage::{Stop, Tx};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, authorization_request, refresh_request};
use crate::support::routes::{Route, routes};

pub const ALICE: &str = "alice@example.com";
pub const MALLORY: &str = "mallory@example.com";

/// A request and all that makes it a good one.
pub struct Request {
    pub route: Route,
    pub method: &'static str,
    pub path: String,
    pub fields: Vec<(String, String)>,
    pub authorization: Option<String>,
}

impl Request {
    /// `POST /login`, without a query.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap())
    }

    pub async fn send(&self, app: &TestApp, agent: &Agent) -> Page {
        let mut agent = agent.clone();
        if let Some(authorization) = &self.authorization {
            agent = agent.with_header("authorization", authorization);
        }
        let fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match self.method {
            "GET" => agent.get(&app.at(&self.path)).await,
            _ => agent.post(&app.at(&self.path), &fields).await,
        }
    }
}

/// The somebody.
pub struct Person {
    pub agent: Agent,
    client: Client,
    access_token: String,
    refresh_token: String,
    flow: String,
    flow_csrf: String,
    session_csrf: String,
    /// A session of theirs in another browser.
    session: String,
    links: [(String, String); 2],
    /// Of the link in a mail whose page is open.
    mailed_csrf: String,
    /// Of the page for who forgot the password.
    forgot_csrf: String,
}

pub fn csrf_of(page: &Page) -> String {
    let token = page.attribute("[name=csrf]", "value");
    token.unwrap_or_else(|| panic!("no form in {}", page.summary()))
}

impl Person {
    pub async fn start(app: &TestApp, email: &str, client: &Client) -> Self {
        let user = app.person(email).await;
        let (agent, other) = (Agent::new(), Agent::new());
        app.tokens_in(&other, client, email, "openid").await;
        let tokens = app.tokens_in(&agent, client, email, "openid offline_access").await;
        let sessions = agent.get(&app.at("/account/sessions")).await;
        let end = sessions.attribute("form[action$='/end']", "action").expect("another session");
        let consent = authorization_request(client).with("prompt", "consent");
        let consent = app.authorize(&agent, &consent).await.follow_all().await;
        let details = agent.get(&app.at("/account/details")).await;
        let (identity, context) = (app.node().identity(), RequestContext::default());
        let password =
            identity.create_password_link(Actor::Operator, user, &context).await.unwrap();
        let setup = identity.create_setup_link(Actor::Operator, &context).await.unwrap();
        let mut links = Vec::new();
        for (path, link) in [("/set-password", password), ("/setup", setup)] {
            let query = format!("token={}", link.secret.expose());
            let page = agent.get(&app.at(&format!("{path}?{query}"))).await.follow_all().await;
            links.push((query, csrf_of(&page)));
        }
        let mailed_csrf = open_mailed_link(app, &agent, user).await;
        let forgot_csrf = csrf_of(&agent.get(&app.at("/forgot-password")).await);
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self {
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            flow: consent.url.query().unwrap().to_owned(),
            flow_csrf: csrf_of(&consent),
            session_csrf: csrf_of(&details),
            session: end.split('/').nth(3).unwrap().to_owned(),
            links: links.try_into().unwrap(),
            mailed_csrf,
            forgot_csrf,
            client: client.clone(),
            agent,
        }
    }

    /// A good request for every method of every route.
    pub fn requests(&self) -> Vec<Request> {
        let each = routes().into_iter().flat_map(|route| {
            let get = route.get.then(|| self.request(route.clone(), "GET"));
            let post = route.post.then(|| self.request(route, "POST"));
            get.into_iter().chain(post)
        });
        each.collect()
    }

    fn request(&self, route: Route, method: &'static str) -> Request {
        let is_uuid = ["/sessions/", "/passkeys/"].iter().any(|it| route.pattern.contains(it));
        let value = if is_uuid { &self.session } else { "notes" };
        let (mut path, pattern) = (route.path(value), route.pattern.as_str());
        let (query, csrf) = match pattern {
            "/set-password" => (&self.links[0].0, &self.links[0].1),
            "/setup" => (&self.links[1].0, &self.links[1].1),
            "/confirm-address" | "/keep-address" | "/restore-account" => {
                (&String::new(), &self.mailed_csrf)
            }
            "/forgot-password" => (&String::new(), &self.forgot_csrf),
            _ if pattern.starts_with("/account") || pattern == "/sign-out" => {
                (&String::new(), &self.session_csrf)
            }
            "/oauth2/authorize" => {
                (&authorization_request(&self.client).encoded(), &self.flow_csrf)
            }
            _ => (&self.flow, &self.flow_csrf),
        };
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        let pair = format!("{}:{}", self.client.id, self.client.secret.as_deref().unwrap());
        let authorization = match pattern {
            "/oauth2/userinfo" => Some(format!("Bearer {}", self.access_token)),
            "/oauth2/token" | "/oauth2/introspect" | "/oauth2/revoke" => {
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            _ => None,
        };
        let refresh = refresh_request(&self.refresh_token);
        let fields = match pattern {
            _ if method == "GET" => vec![],
            "/oauth2/token" => refresh.pairs(),
            "/oauth2/introspect" | "/oauth2/revoke" => vec![("token", self.access_token.as_str())],
            "/oauth2/userinfo" => vec![],
            _ => vec![
                ("csrf", csrf.as_str()),
                ("identifier", ALICE),
                ("email", "bob@example.com"),
                ("name", "Bob"),
                ("password", "a long enough one"),
                ("decision", decision(pattern)),
                ("ceremony", self.session.as_str()),
                ("credential", "{}"),
            ],
        };
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Request { method, path, fields: fields.collect(), authorization, route }
    }
}

/// Opens the link that is mailed to a new address; its form is bound to the link, which stays with the
/// browser, and not to the page.
async fn open_mailed_link(app: &TestApp, agent: &Agent, user: UserId) -> String {
    let (env, secret) = (app.env(), app.env().random_token(""));
    let link = OneTimeLink {
        id: OneTimeLinkId::new(&env),
        purpose: LinkPurpose::ConfirmAddress(user),
        mailed_to: None,
        email: Some(EmailAddress::parse("other@example.com").unwrap()),
        replaces: false,
        created_at: app.now(),
        expires_at: app.now() + TimeDelta::days(1),
        consumed_at: None,
    };
    let hash = TokenHash::of(secret.expose());
    let insert = move |tx: &mut Tx<'_>| tx.one_time_links().insert(&link, hash);
    let written: Result<(), ()> =
        app.node().db().write(move |tx| insert(tx).map_err(Stop::Failed)).await.unwrap();
    written.unwrap();
    let path = format!("/confirm-address?token={}", secret.expose());
    csrf_of(&agent.get(&app.at(&path)).await.follow_all().await)
}

/// What the buttons of a page say.
fn decision(pattern: &str) -> &'static str {
    match pattern {
        "/consent" => "allow",
        "/sign-out" => "sign-out",
        _ => "continue",
    }
}

//! The signing keys over their whole life, as relying parties and two nodes see it.

mod resealed;
mod revoked;
mod rotated;
mod schedule;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey::app::Node;
use latchkey::crypto::jose::{PublicKey, typ, verify};
use latchkey::crypto::keyring::Spare;
use latchkey::domain::signing_key::SigningKey;
use latchkey::protocol::keys::{self, KeysRefusal, Rotation};
use serde_json::Value;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, header};

const ALICE: &str = "alice@example.com";
const OFFLINE: &str = "openid offline_access";

/// A client that acts for itself, which costs one statement.
async fn worker(app: &TestApp) -> Client {
    app.client(app.registration("worker").machine("reports.read")).await
}

/// The program of a client, which proves itself with every request.
fn program(app: &TestApp, client: &Client) -> Agent {
    let credentials = format!("{}:{}", client.id, client.secret.as_ref().unwrap());
    app.machine().with_header("authorization", &format!("Basic {}", STANDARD.encode(credentials)))
}

/// A token that the client gets for itself at this node's token endpoint.
async fn token_of(app: &TestApp, endpoint: &str, client: &Client) -> Page {
    program(app, client).post(endpoint, &[("grant_type", "client_credentials")]).await
}

fn access(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["access_token"].as_str().unwrap().to_owned()
}

fn kid(token: &str) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

/// Whether a node takes a client's token for one that is worth something.
async fn is_active(program: &Agent, endpoint: &str, token: &str) -> bool {
    let page = program.post(endpoint, &[("token", token)]).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["active"] == true
}

/// The published `kid`s of a node, the first one first.
async fn published(app: &TestApp, url: &str) -> Vec<String> {
    let document = app.machine().get(url).await.json();
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn stored(node: &Node) -> Vec<SigningKey> {
    node.db().load(|tx| tx.signing_keys().list()).await.unwrap()
}

async fn signing(app: &TestApp) -> String {
    let chain = latchkey::domain::signing_key::schedule::KeyChain::new(stored(app.node()).await);
    chain.signing(app.now()).unwrap().kid.clone()
}

/// `latchkey keys rotate` of an operator who saw `seen` sign.
async fn rotate(
    app: &TestApp,
    node: &Node,
    seen: &str,
    spare: Option<Spare>,
    at_once: bool,
) -> Result<Rotation, KeysRefusal> {
    let (keeper, seen) = (app.keeper(), seen.to_owned());
    node.db().write(move |tx| keys::rotate(tx, &keeper, &seen, spare, at_once)).await.unwrap()
}

/// The next key takes over, and every node has heard of it.
async fn changed_over(app: &TestApp, nodes: &[&Node]) {
    app.clock.advance(TimeDelta::hours(1));
    let seen = signing(app).await;
    let rotation = rotate(app, app.node(), &seen, None, false).await.unwrap();
    for node in nodes {
        node.refresh().await.unwrap();
    }
    app.clock.advance(rotation.at - app.now());
    for node in nodes {
        node.keep_keys().await.unwrap();
    }
}

/// What operators set at run time.
async fn set(app: &TestApp, nodes: &[&Node], name: &str, value: u32) {
    let mut connection = app.raw();
    let statement = format!(
        "INSERT INTO settings (key, value, updated_at, updated_by) \
         VALUES ('{name}', '{value}', now(), 'test')"
    );
    diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut connection).unwrap();
    for node in nodes {
        node.refresh().await.unwrap();
    }
}

/// A relying party that keeps the key set for exactly as long as it may, and never asks sooner.
struct Verifier {
    agent: Agent,
    url: String,
    keys: HashMap<String, PublicKey>,
    until: Option<DateTime<Utc>>,
}

impl Verifier {
    fn new(app: &TestApp, url: String) -> Self {
        Self { agent: app.machine(), url, keys: HashMap::new(), until: None }
    }

    /// Fetches the key set if it may not be kept any longer.
    async fn look(&mut self, app: &TestApp) {
        if self.until.is_some_and(|until| app.now() < until) {
            return;
        }
        let page = self.agent.get(&self.url).await;
        self.until = Some(app.now() + TimeDelta::seconds(max_age(&page)));
        let document = page.json();
        let keys = document["keys"].as_array().unwrap().iter();
        self.keys = keys
            .map(|key| (key["kid"].as_str().unwrap().to_owned(), PublicKey::from_jwk(key).unwrap()))
            .collect();
    }

    fn verifies(&self, token: &str) -> bool {
        verify::<Value>(token, typ::ACCESS_TOKEN, |kid| self.keys.get(kid).cloned()).is_ok()
    }
}

fn max_age(page: &Page) -> i64 {
    assert_eq!(page.status, 200, "{}", page.summary());
    let caching = page.header("cache-control").unwrap();
    if let Some(seconds) = caching.strip_prefix("public, max-age=") {
        return seconds.parse().unwrap();
    }
    assert_eq!(caching, "public, no-cache");
    0
}

/// A browser without anything.
fn nobody() -> Agent {
    Agent::new()
}

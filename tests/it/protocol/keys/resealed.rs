//! Moving from one master key to another while nodes run.

use chrono::TimeDelta;
use latchkey::app::{Database, Node};
use latchkey::config::{Config, DatabaseTarget, MasterKeySource};
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::protocol::keys::{self, Keeper, KeysRefusal, Resealed};

use super::{access, is_active, program, rotate, signing, stored, token_of, worker};
use crate::support::agent::Agent;
use crate::support::app::{Running, TestApp};
use crate::support::clock::TestRng;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

fn new_key() -> MasterKeySource {
    let mut bytes = [0; 32];
    TestRng::new(99).fill(&mut bytes);
    MasterKeySource::Given(Secret::new(bytes))
}

fn both(config: &mut Config) {
    let old = std::mem::replace(&mut config.keys.master_key, new_key());
    config.keys.previous_master_key = Some(old);
}

fn new_only(config: &mut Config) {
    config.keys.master_key = new_key();
}

/// A node that is built but does not serve.
fn build(app: &TestApp, change: fn(&mut Config)) -> Result<Node, String> {
    let config = app.config_with(change);
    let DatabaseTarget::External(url) = &config.database.target else { panic!() };
    Node::build(&config, app.env(), Database::at(url.clone())).map_err(|error| error.to_string())
}

async fn reseal(app: &TestApp) -> Result<Resealed, KeysRefusal> {
    let ring = latchkey::app::master_ring(&app.config_with(both)).unwrap();
    let keeper = Keeper { ring, ..app.keeper() };
    app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await.unwrap()
}

/// Whether a sign-in with the right password is turned away for the wrong ones before it.
async fn is_locked(app: &TestApp, node: &Running, password: &str) -> bool {
    let host = app.issuer().split_once("://").unwrap().1.to_owned();
    let agent = Agent::new().with_header("host", &host);
    let page = agent.get(&node.at("/login")).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", ALICE).fill("password", password);
    let page = form.submit_by(&agent).await;
    page.status == 429
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_with_both_master_keys_do_not_notice_a_reseal() {
    let app = TestApp::start();
    let client = worker(&app).await;
    let program = program(&app, &client);
    app.person(ALICE).await;
    let refused = build(&app, new_only).unwrap_err();
    assert!(refused.contains("sealed with the master key"), "{refused}");

    // One node after the other gets both keys; those that have not, work on.
    let moved = app.node_with(both);
    let seen = signing(&app).await;
    let spare = latchkey::crypto::keyring::Spare::make().unwrap();
    rotate(&app, &moved.node, &seen, Some(spare), true).await.unwrap();
    app.node().refresh().await.unwrap();
    moved.node.refresh().await.unwrap();
    let token = access(&token_of(&app, &app.at("/oauth2/token"), &client).await);
    assert!(is_active(&program, &moved.at("/oauth2/introspect"), &token).await);

    let another = app.node_with(both);
    let endpoint = another.at("/oauth2/token");
    let (first, resealed, second) = tokio::join!(
        token_of(&app, &endpoint, &client),
        reseal(&app),
        token_of(&app, &endpoint, &client),
    );
    access(&first);
    access(&second);
    assert_eq!(resealed.unwrap().signing_keys, 3);
    for node in [&moved, &another] {
        node.node.refresh().await.unwrap();
        node.node.keep_keys().await.unwrap();
        let token = access(&token_of(&app, &node.at("/oauth2/token"), &client).await);
        assert!(is_active(&program, &moved.at("/oauth2/introspect"), &token).await);
    }
    let last = build(&app, new_only).unwrap();
    last.refresh().await.unwrap();
    assert!(stored(&last).await.iter().all(|key| key.sealed.key_id == stored_id(&app)));
    assert_eq!(reseal(&app).await.unwrap().signing_keys, 0, "there is nothing left to do");

    // A node that was left with the old key alone fails closed, and says why.
    let error = app.node().refresh().await.unwrap_err().to_string();
    assert!(error.contains("sealed under master key"), "{error}");
    let ready = app.machine().get(&app.at("/health/ready")).await;
    assert_eq!(ready.status, 503, "{}", ready.summary());
    app.clock.advance(TimeDelta::seconds(16));
    let page = token_of(&app, &app.at("/oauth2/token"), &client).await;
    assert!(page.status.is_server_error(), "{}", page.summary());
    assert!(build(&app, |_| ()).is_err());
}

/// The id of the new master key.
fn stored_id(app: &TestApp) -> String {
    latchkey::app::master_ring(&app.config_with(new_only)).unwrap().current().id().to_owned()
}

#[tokio::test]
async fn keyed_hashes_outlive_a_reseal() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let before = app.second_node();
    for _ in 0..5 {
        assert!(!is_locked(&app, &before, "wrong horse").await);
    }
    assert!(is_locked(&app, &before, PASSWORD).await);
    let during = app.node_with(both);
    assert!(is_locked(&app, &during, PASSWORD).await);
    reseal(&app).await.unwrap();
    assert!(is_locked(&app, &during, PASSWORD).await);
    assert!(is_locked(&app, &app.node_with(new_only), PASSWORD).await);
}

#[tokio::test]
async fn a_reseal_that_cannot_open_everything_changes_nothing() {
    let app = TestApp::start();
    let statement = "UPDATE signing_keys SET seal_key_id = 'another' WHERE state = 'next'";
    diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut app.raw()).unwrap();
    let before = stored(app.node()).await;
    let refusal = reseal(&app).await.unwrap_err();
    assert!(matches!(refusal, KeysRefusal::Keyring(_)), "{refusal}");
    assert_eq!(stored(app.node()).await, before);
}

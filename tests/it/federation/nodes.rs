//! What nodes know of providers, and what happens when the master key changes.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::app::master_ring;
use latchkey::config::{Config, MasterKeySource};
use latchkey::crypto::provider_secret;
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::protocol::keys::{self, Keeper, KeysRefusal};

use crate::support::app::TestApp;
use crate::support::clock::TestRng;

#[tokio::test]
async fn every_node_follows_a_change_without_a_statement_per_request() {
    let app = TestApp::start();
    let other = app.second_node();
    assert!(app.node().providers().get().is_empty());
    let mut up = app.has("up");
    up.policy.login_domains = vec!["example.com".to_owned()];
    app.tx(|tx| tx.providers().update(&up));
    for node in [app.node(), &other.node] {
        assert!(node.providers().enabled("up").is_none(), "it has not looked yet");
        node.refresh().await.unwrap();
        let before = node.db().statements();
        assert_eq!(node.providers().enabled("up"), Some(up.clone()));
        assert_eq!(node.providers().owner_of("example.com").unwrap().slug, up.slug);
        assert!(node.providers().owner_of("sub.example.com").is_none());
        assert_eq!(node.db().statements(), before);
    }
    up.disabled_at = Some(app.now());
    app.tx(|tx| tx.providers().update(&up));
    for node in [app.node(), &other.node] {
        node.refresh().await.unwrap();
        assert!(node.providers().enabled("up").is_none());
        assert!(node.providers().owner_of("example.com").is_none());
        assert_eq!(node.providers().get().len(), 1);
    }
    // A node that is new knows them from the start.
    assert_eq!(app.second_node().node.providers().get().len(), 1);
}

fn both(config: &mut Config) {
    let mut bytes = [0; 32];
    TestRng::new(99).fill(&mut bytes);
    let new = MasterKeySource::Given(Secret::new(bytes));
    let old = std::mem::replace(&mut config.keys.master_key, new);
    config.keys.previous_master_key = Some(old);
}

#[tokio::test]
async fn a_secret_is_moved_to_another_master_key_with_everything_else() {
    let app = TestApp::start();
    let old = app.keeper().ring;
    let mut up = app.has("up");
    app.has("without");
    up.secret =
        Some(provider_secret::seal(old.current(), &app.env(), up.id, &Secret::from("hush")));
    app.tx(|tx| tx.providers().update(&up));
    let dump = app.dump_without(&[]);
    assert!(!dump.iter().any(|row| row.contains("hush")));
    let ring = master_ring(&app.config_with(both)).unwrap();
    let keeper = Keeper { ring: ring.clone(), ..app.keeper() };
    let moved: Result<_, KeysRefusal> =
        app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await.unwrap();
    assert_eq!(moved.unwrap().providers, 1);
    let after = app.tx(|tx| tx.providers().find(&up.slug)).unwrap();
    let sealed = after.secret.unwrap();
    assert_eq!(sealed.key_id, ring.current().id());
    assert_eq!(provider_secret::open(&ring, up.id, &sealed).unwrap().expose(), "hush");
    assert!(provider_secret::open(&old, up.id, &sealed).is_err());
}

#[tokio::test]
async fn a_secret_that_no_key_opens_is_named_and_keeps_no_other_from_moving() {
    let app = TestApp::start();
    let old = app.keeper().ring;
    for slug in ["broken", "lost", "up"] {
        let mut provider = app.has(slug);
        let secret = Secret::from("hush");
        let sealed = provider_secret::seal(old.current(), &app.env(), provider.id, &secret);
        provider.secret = Some(sealed);
        app.tx(|tx| tx.providers().update(&provider));
    }
    for change in
        ["seal_nonce = '\\x00' WHERE slug = 'broken'", "seal_key_id = 'x' WHERE slug = 'lost'"]
    {
        sql_query(format!("UPDATE providers SET {change}")).execute(&mut app.raw()).unwrap();
    }
    let keeper = Keeper { ring: master_ring(&app.config_with(both)).unwrap(), ..app.keeper() };
    for moved in [1, 0] {
        let keeper = keeper.clone();
        let resealed: Result<_, KeysRefusal> =
            app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await.unwrap();
        let resealed = resealed.unwrap();
        assert_eq!(resealed.providers, moved);
        assert_eq!(resealed.left, ["broken", "lost"]);
    }
}

//! The schedule: a server that sleeps, one that is cut off, and keys that are gone.

use chrono::TimeDelta;
use latchkey::domain::signing_key::KeyState;

use super::{
    ALICE, OFFLINE, Verifier, access, changed_over, kid, max_age, nobody, published, signing,
    stored, token_of, worker,
};
use crate::support::app::TestApp;
use crate::support::flow::refresh_request;

/// Everything of an idle server, from its very first request on.
async fn signs_verifies_and_publishes(app: &TestApp) {
    let client = worker(app).await;
    app.person(ALICE).await;
    let planned = stored(app.node()).await.pop().unwrap();
    let page = token_of(app, &app.at("/oauth2/token"), &client).await;
    let token = access(&page);
    assert_eq!(kid(&token), planned.kid, "the key whose turn came meanwhile");
    let mut party = Verifier::new(app, app.at("/oauth2/jwks"));
    party.look(app).await;
    assert!(party.verifies(&token));
    let notes = app.confidential_client("notes").await;
    let tokens = app.tokens_for(&notes, ALICE).await;
    assert_eq!(app.userinfo(tokens["access_token"].as_str().unwrap()).await.status, 200);

    app.node().refresh().await.unwrap();
    app.node().keep_keys().await.unwrap();
    let keys = stored(app.node()).await;
    let states: Vec<_> = keys.iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyState::Gone, KeyState::Active, KeyState::Next]);
    assert_eq!(keys[1].activated_at, keys[1].activates_at, "noted at its own instant");
    assert_eq!(keys[2].activates_at, Some(keys[1].activated_at.unwrap() + TimeDelta::days(90)));
    assert_eq!(published(app, &app.at("/oauth2/jwks")).await, [&*keys[1].kid, &keys[2].kid]);
}

#[tokio::test]
async fn a_server_that_slept_for_120_days_still_signs() {
    let app = TestApp::start();
    app.clock.advance(TimeDelta::days(120));
    signs_verifies_and_publishes(&app).await;
}

#[tokio::test]
async fn a_server_that_was_stopped_for_120_days_still_signs() {
    let mut app = TestApp::start();
    app.clock.advance(TimeDelta::days(120));
    app.restart();
    signs_verifies_and_publishes(&app).await;
}

#[tokio::test]
async fn a_server_idle_for_two_lifetimes_publishes_before_it_signs() {
    let app = TestApp::start();
    app.clock.advance(TimeDelta::days(200));
    let overdue = signing(&app).await;
    app.node().refresh().await.unwrap();
    app.node().keep_keys().await.unwrap();
    assert_eq!(signing(&app).await, overdue, "the next key is not known to anybody yet");
    let next = stored(app.node()).await.pop().unwrap();
    assert_eq!(next.activates_at, Some(app.now() + TimeDelta::hours(1)));
}

#[tokio::test]
async fn a_refresh_token_outlives_the_published_time_of_its_key() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_in(&nobody(), &client, ALICE, OFFLINE).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let hint = tokens["id_token"].as_str().unwrap();
    let old = kid(refresh);
    changed_over(&app, &[app.node()]).await;
    let jwks = app.at("/oauth2/jwks");
    assert!(published(&app, &jwks).await.contains(&old), "for what it has signed");

    app.clock.advance(TimeDelta::hours(25));
    app.node().refresh().await.unwrap();
    app.node().keep_keys().await.unwrap();
    assert!(!published(&app, &jwks).await.contains(&old));
    let gone = stored(app.node()).await.into_iter().find(|key| key.kid == old).unwrap();
    assert_eq!(gone.state, KeyState::Gone);
    assert!(gone.sealed.ciphertext.is_empty(), "the private half is erased");

    let page = app.token(&client, &refresh_request(refresh)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let next = page.json();
    assert_ne!(kid(next["refresh_token"].as_str().unwrap()), old);
    // An ID token that comes back as a hint is as good as ever.
    let request = crate::support::flow::authorization_request(&client)
        .with("prompt", "none")
        .with("id_token_hint", hint);
    let page = app.authorize(&nobody(), &request).await;
    assert_eq!(page.location_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_retry_across_a_change_over_gives_the_very_same_token() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_in(&nobody(), &client, ALICE, OFFLINE).await;
    let request = refresh_request(first["refresh_token"].as_str().unwrap());
    let second = app.token(&client, &request).await.json();
    let seen = signing(&app).await;
    let spare = latchkey::crypto::keyring::Spare::make().unwrap();
    super::rotate(&app, app.node(), &seen, Some(spare), true).await.unwrap();
    app.node().refresh().await.unwrap();
    let again = app.token(&client, &request).await.json();
    assert_eq!(second["refresh_token"], again["refresh_token"]);
    assert_ne!(kid(again["access_token"].as_str().unwrap()), seen);
}

#[tokio::test]
async fn a_node_that_cannot_read_the_keys_signs_nothing() {
    let app = TestApp::start();
    let client = worker(&app).await;
    let endpoint = app.at("/oauth2/token");
    access(&token_of(&app, &endpoint, &client).await);
    let rename = |from: &str, to: &str| {
        let statement = format!("ALTER TABLE {from} RENAME TO {to}");
        diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut app.raw()).unwrap();
    };
    rename("signing_keys", "away");
    app.clock.advance(TimeDelta::seconds(16));
    let page = token_of(&app, &endpoint, &client).await;
    assert!(page.status.is_server_error(), "{}", page.summary());
    assert!(app.node().refresh().await.is_err());
    let ready = app.machine().get(&app.at("/health/ready")).await;
    assert_eq!(ready.status, 503, "{}", ready.summary());
    // The key set is answered all the same, and with time nobody may keep it.
    let jwks = app.at("/oauth2/jwks");
    assert!(max_age(&app.machine().get(&jwks).await) <= 284);
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(max_age(&app.machine().get(&jwks).await), 0);
    rename("away", "signing_keys");
    access(&token_of(&app, &endpoint, &client).await);
}

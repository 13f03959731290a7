//! Keys that somebody else may have.

use chrono::TimeDelta;
use latchkey::app::Node;
use latchkey::crypto::keyring::Spare;
use latchkey::domain::signing_key::KeyState;
use latchkey::domain::signing_key::schedule::NotRevoked;
use latchkey::protocol::keys::{self, KeysRefusal};

use super::{ALICE, OFFLINE, access, kid, nobody, published, signing, stored, token_of, worker};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{assert_error, authorization_request, refresh_request};

/// `latchkey keys revoke`; returns the key that signs from then on.
async fn revoke(app: &TestApp, node: &Node, kid: &str) -> Result<String, KeysRefusal> {
    let (keeper, kid, spare) = (app.keeper(), kid.to_owned(), Spare::make().unwrap());
    let done = node.db().write(move |tx| keys::revoke(tx, &keeper, &kid, spare)).await.unwrap();
    done.map(|key| key.kid)
}

#[tokio::test]
async fn nothing_signed_with_a_revoked_key_is_taken_by_any_node() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_in(&nobody(), &client, ALICE, OFFLINE).await;
    let text = |name: &str| tokens[name].as_str().unwrap();
    let old = kid(text("access_token"));
    for place in [app.at("/oauth2/userinfo"), other.at("/oauth2/userinfo")] {
        assert_eq!(app.userinfo_at(&place, text("access_token")).await.status, 200);
    }

    let successor = revoke(&app, app.node(), &old).await.unwrap();
    assert_ne!(successor, old);
    for node in [app.node(), &other.node] {
        node.refresh().await.unwrap();
    }
    let hinted = authorization_request(&client).with("id_token_hint", text("id_token")).encoded();
    for base in [app.at(""), other.at("")] {
        let at = |path: &str| format!("{base}{path}");
        let page = app.userinfo_at(&at("/oauth2/userinfo"), text("access_token")).await;
        assert_error(&page, 401, "invalid_token");
        let refresh = refresh_request(text("refresh_token"));
        let page = app.token_at(&at("/oauth2/token"), &client, &refresh).await;
        assert_error(&page, 400, "invalid_grant");
        let page = app.machine().get(&at(&format!("/oauth2/authorize?{hinted}"))).await;
        assert_eq!(page.location_param("error").as_deref(), Some("invalid_request"));
        let kids = published(&app, &at("/oauth2/jwks")).await;
        assert_eq!(kids[0], successor);
        assert!(!kids.contains(&old) && kids.len() == 2, "a new next key is there: {kids:?}");
    }
    let fresh = app.tokens_in(&nobody(), &client, ALICE, OFFLINE).await;
    assert_eq!(kid(fresh["access_token"].as_str().unwrap()), successor);
    let row = stored(app.node()).await.into_iter().find(|key| key.kid == old).unwrap();
    assert!(row.sealed.ciphertext.is_empty(), "the private half is erased");
    let again = revoke(&app, app.node(), &old).await;
    assert!(matches!(again, Err(KeysRefusal::NotRevoked(NotRevoked::Already))), "{again:?}");
    let unknown = revoke(&app, app.node(), "no-such-key").await;
    assert!(matches!(unknown, Err(KeysRefusal::NotRevoked(NotRevoked::Unknown))), "{unknown:?}");
}

#[tokio::test]
async fn a_node_that_slept_through_a_revocation_asks_before_it_trusts() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let token = tokens["access_token"].as_str().unwrap();
    revoke(&app, app.node(), &kid(token)).await.unwrap();
    app.clock.advance(TimeDelta::seconds(16));
    assert_error(&app.userinfo(token).await, 401, "invalid_token");
}

#[tokio::test]
async fn a_node_that_slept_through_a_revocation_signs_nobody_out_by_it() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    revoke(&app, app.node(), &kid(hint)).await.unwrap();
    app.clock.advance(TimeDelta::seconds(16));
    let page = agent.get(&app.at(&format!("/oauth2/logout?id_token_hint={hint}"))).await;
    assert_eq!(page.status, 200, "a person confirms: {}", page.summary());
    assert!(page.has("#sign-out"), "{}", page.summary());
}

#[tokio::test]
async fn a_retry_whose_answer_was_signed_with_a_revoked_key_is_refused() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_in(&nobody(), &client, ALICE, OFFLINE).await;
    let spare = Spare::make().unwrap();
    let seen = signing(&app).await;
    let rotation = super::rotate(&app, app.node(), &seen, Some(spare), true).await.unwrap();
    app.node().refresh().await.unwrap();
    let request = refresh_request(first["refresh_token"].as_str().unwrap());
    let second = app.token(&client, &request).await.json();
    assert_eq!(kid(second["refresh_token"].as_str().unwrap()), rotation.kid);
    revoke(&app, app.node(), &rotation.kid).await.unwrap();
    app.node().refresh().await.unwrap();
    assert_error(&app.token(&client, &request).await, 400, "invalid_grant");
}

#[tokio::test]
async fn every_key_can_be_revoked_and_one_always_signs() {
    let app = TestApp::start();
    let client = worker(&app).await;
    for round in 0..3 {
        for key in stored(app.node()).await {
            if key.revoked_at.is_none() {
                revoke(&app, app.node(), &key.kid).await.unwrap();
                app.node().refresh().await.unwrap();
                let token = access(&token_of(&app, &app.at("/oauth2/token"), &client).await);
                assert_eq!(kid(&token), signing(&app).await, "round {round}");
            }
        }
    }
    let keys = stored(app.node()).await;
    let count = |state| keys.iter().filter(|key| key.state == state).count();
    assert_eq!((count(KeyState::Active), count(KeyState::Next)), (1, 1));
}

//! Section H of the security cases: asking about tokens and giving them back.

use chrono::TimeDelta;
use latchkey::domain::scope::Scopes;
use serde_json::json;

use super::clients::basic;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, assert_error, refresh_request};

const ALICE: &str = "alice@example.com";
const OFFLINE: &str = "openid email offline_access";

impl TestApp {
    pub(super) async fn introspect(&self, client: &Client, token: &str) -> Page {
        let params = Params::new(&[("token", token)]);
        self.token_at(&self.at("/oauth2/introspect"), client, &params).await
    }

    pub(super) async fn revoke(&self, client: &Client, token: &str) -> Page {
        let params = Params::new(&[("token", token)]);
        self.token_at(&self.at("/oauth2/revoke"), client, &params).await
    }
}

struct World {
    app: TestApp,
    client: Client,
    access: String,
    refresh: String,
}

impl World {
    async fn start() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), app, client }
    }

    async fn is_active(&self, token: &str) -> bool {
        let page = self.app.introspect(&self.client, token).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        let known = page.json();
        if known["active"] == false {
            assert_eq!(known, json!({ "active": false }), "and nothing else");
        }
        known["active"] == true
    }
}

#[tokio::test]
async fn what_is_told_of_an_active_token() {
    let it = World::start().await;
    let known = it.app.introspect(&it.client, &it.access).await.json();
    assert_eq!(known["active"], true);
    assert_eq!(known["scope"], "email offline_access openid");
    assert_eq!(known["client_id"], "notes");
    assert_eq!(known["token_type"], "Bearer");
    assert_eq!(known["iss"], it.app.issuer());
    assert!(known["sub"].is_string() && known["exp"].is_i64() && known["jti"].is_string());
    let known = it.app.introspect(&it.client, &it.refresh).await.json();
    assert_eq!(known["active"], true);
    assert!(known.get("token_type").is_none());
}

#[tokio::test]
async fn what_an_operator_takes_from_a_client_is_not_told_any_more() {
    let it = World::start().await;
    it.app.change_client("notes", |client| client.scopes = Scopes::parse("openid").unwrap()).await;
    for token in [&it.access, &it.refresh] {
        let known = it.app.introspect(&it.client, token).await.json();
        assert_eq!((&known["active"], &known["scope"]), (&json!(true), &json!("openid")));
    }
}

#[tokio::test]
async fn case_108_introspection_needs_a_client_with_a_secret() {
    let it = World::start().await;
    let public = it.app.public_client("spa").await;
    let wrong = Client { secret: Some("wrong".into()), ..it.client.clone() };
    let unproved = Client { secret: None, ..it.client.clone() };
    for client in [&public, &wrong, &unproved] {
        let page = it.app.introspect(client, &it.access).await;
        assert_error(&page, 401, "invalid_client");
        assert!(page.json().get("active").is_none());
    }
    let url = it.app.at("/oauth2/introspect");
    let page = it.app.token_at(&url, &it.client, &Params::new(&[])).await;
    assert_error(&page, 400, "invalid_request");
}

#[tokio::test]
async fn case_109_somebody_elses_token_is_not_told_about() {
    let it = World::start().await;
    let other = it.app.confidential_client("other").await;
    for token in [&it.access, &it.refresh] {
        let page = it.app.introspect(&other, token).await;
        assert_eq!(page.json(), json!({ "active": false }));
    }
}

#[tokio::test]
async fn case_110_what_is_not_active() {
    let it = World::start().await;
    let cut = &it.access[..it.access.len() - 1];
    let tokens = it.app.tokens_in(&Agent::new(), &it.client, ALICE, "openid").await;
    let id_token = tokens["id_token"].as_str().unwrap();
    let malformed = it.access.to_uppercase();
    for token in ["x", cut, &malformed, "a.b.c", id_token] {
        assert!(!it.is_active(token).await, "{token}");
    }
    // Revoked.
    let revoked = tokens["access_token"].as_str().unwrap();
    assert!(it.is_active(revoked).await);
    it.app.revoke(&it.client, revoked).await;
    assert!(!it.is_active(revoked).await);
    // Rotated out.
    let next = it.app.token(&it.client, &refresh_request(&it.refresh)).await.json();
    assert!(!it.is_active(&it.refresh).await);
    assert!(it.is_active(next["refresh_token"].as_str().unwrap()).await);
    // Expired.
    it.app.clock.advance(TimeDelta::minutes(15));
    assert!(!it.is_active(&it.access).await);
}

#[tokio::test]
async fn case_110_a_token_of_another_issuer_is_not_active() {
    let (it, theirs) = (World::start().await, World::start().await);
    for token in [&theirs.access, &theirs.refresh] {
        assert!(!it.is_active(token).await, "the keys are the same, the issuer is not");
        assert_eq!(it.app.revoke(&it.client, token).await.status, 200);
        assert!(theirs.is_active(token).await);
    }
    // One that rests on no row at all.
    let mut tokens = Vec::new();
    for app in [&it.app, &theirs.app] {
        let worker = app.client(app.registration("worker").machine("reports.read")).await;
        let request = Params::new(&[("grant_type", "client_credentials")]);
        let token = app.token(&worker, &request).await.json()["access_token"].clone();
        tokens.push((worker, token.as_str().unwrap().to_owned()));
    }
    for (index, active) in [(0, true), (1, false)] {
        let page = it.app.introspect(&tokens[0].0, &tokens[index].1).await;
        assert_eq!(page.json()["active"], active);
    }
}

#[tokio::test]
async fn case_110_a_token_that_nobody_knows_is_not_active() {
    let before = World::start().await;
    assert!(before.is_active(&before.access).await && before.is_active(&before.refresh).await);
    let app = before.app.replaced();
    let client = app.confidential_client("notes").await;
    for token in [&before.access, &before.refresh] {
        let page = app.introspect(&client, token).await;
        assert_eq!(page.json(), json!({ "active": false }));
        assert_eq!(app.revoke(&client, token).await.status, 200);
    }
    assert_error(&app.userinfo(&before.access).await, 401, "invalid_token");
    let refresh = refresh_request(&before.refresh);
    assert_error(&app.token(&client, &refresh).await, 400, "invalid_grant");
}

#[tokio::test]
async fn case_111_a_hint_may_be_wrong() {
    let it = World::start().await;
    for hint in ["access_token", "refresh_token", "nonsense"] {
        for token in [&it.access, &it.refresh] {
            let params = Params::new(&[("token", token), ("token_type_hint", hint)]);
            let url = it.app.at("/oauth2/introspect");
            let known = it.app.token_at(&url, &it.client, &params).await.json();
            assert_eq!(known["active"], true, "{hint}");
        }
    }
    for hint in ["refresh_token", "access_token", "nonsense", "é"] {
        let it = World::start().await;
        // The hint that is wrong for it.
        let token = if hint == "access_token" { &it.refresh } else { &it.access };
        let params = Params::new(&[("token", token), ("token_type_hint", hint)]);
        let page = it.app.token_at(&it.app.at("/oauth2/revoke"), &it.client, &params).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(!it.is_active(token).await, "{hint}");
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_here_too() {
    let it = World::start().await;
    let header = basic("notes", it.client.secret.as_ref().unwrap());
    let agent = Agent::new().with_header("authorization", &header);
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let twice = [("token", it.access.as_str()), ("token", "x")];
        assert_error(&agent.post(&it.app.at(path), &twice).await, 400, "invalid_request");
    }
    assert!(it.is_active(&it.access).await);
}

#[tokio::test]
async fn case_113_revoking_what_is_unknown_or_somebody_elses() {
    let it = World::start().await;
    assert_eq!(it.app.revoke(&it.client, "nonsense").await.status, 200);
    let other = it.app.confidential_client("other").await;
    for token in [&it.access, &it.refresh] {
        assert_error(&it.app.revoke(&other, token).await, 400, "unauthorized_client");
        assert!(it.is_active(token).await, "it still works");
    }
    let wrong = Client { secret: Some("wrong".into()), ..it.client.clone() };
    assert_error(&it.app.revoke(&wrong, &it.access).await, 401, "invalid_client");
}

#[tokio::test]
async fn case_115_giving_back_a_token_ends_its_grant_on_both_nodes() {
    for which in ["access", "refresh"] {
        let it = World::start().await;
        let other = it.app.second_node();
        let given = if which == "access" { &it.access } else { &it.refresh };
        let page = it.app.revoke(&it.client, given).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(!it.is_active(&it.access).await && !it.is_active(&it.refresh).await);
        for url in [it.app.at("/oauth2/userinfo"), other.at("/oauth2/userinfo")] {
            assert_error(&it.app.userinfo_at(&url, &it.access).await, 401, "invalid_token");
        }
        let page = it.app.token(&it.client, &refresh_request(&it.refresh)).await;
        assert_error(&page, 400, "invalid_grant");
        assert_eq!(it.app.revoke(&it.client, given).await.status, 200, "twice is no error");
    }
}

#[tokio::test]
async fn case_116_a_disabled_account_makes_tokens_inactive_at_once() {
    let it = World::start().await;
    let profile = it.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    it.app.disable(profile.user.id).await;
    assert!(!it.is_active(&it.access).await && !it.is_active(&it.refresh).await);
}

#[tokio::test]
async fn case_119_other_apps_of_the_same_person_keep_their_access() {
    let it = World::start().await;
    let other = it.app.confidential_client("other").await;
    let theirs = it.app.tokens_in(&Agent::new(), &other, ALICE, OFFLINE).await;
    assert_eq!(it.app.revoke(&it.client, &it.refresh).await.status, 200);
    for (token, client) in [("access_token", &other), ("refresh_token", &other)] {
        let page = it.app.introspect(client, theirs[token].as_str().unwrap()).await;
        assert_eq!(page.json()["active"], true, "{token}");
    }
    assert_eq!(it.app.userinfo(theirs["access_token"].as_str().unwrap()).await.status, 200);
    let refresh = refresh_request(theirs["refresh_token"].as_str().unwrap());
    assert_eq!(it.app.token(&other, &refresh).await.status, 200);
    // The app's own next sign-in works, too, without asking anew.
    let again = it.app.tokens_in(&Agent::new(), &it.client, ALICE, OFFLINE).await;
    assert!(it.is_active(again["access_token"].as_str().unwrap()).await);
}

/// A token's grant comes with its client in one statement; that client must be the one that asks.
#[tokio::test]
async fn case_109_the_client_of_the_token_does_not_prove_another_one() {
    let it = World::start().await;
    let secret = it.client.secret.clone();
    let thief = it.app.public_client("spa").await;
    for id in ["other", "spa", "nobody"] {
        let claimed = Client { id: id.to_owned(), secret: secret.clone(), ..thief.clone() };
        assert_error(&it.app.introspect(&claimed, &it.access).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn a_clients_token_for_itself_ends_alone() {
    let app = TestApp::start();
    let client = app.client(app.registration("worker").machine("reports.read")).await;
    let request = Params::new(&[("grant_type", "client_credentials")]);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let page = app.token(&client, &request).await;
        tokens.push(page.json()["access_token"].as_str().unwrap().to_owned());
    }
    assert_eq!(app.revoke(&client, &tokens[0]).await.status, 200);
    assert_eq!(app.introspect(&client, &tokens[0]).await.json()["active"], false);
    assert_eq!(app.introspect(&client, &tokens[1]).await.json()["active"], true);
}

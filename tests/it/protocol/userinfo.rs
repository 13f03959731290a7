//! The userinfo endpoint.

use chrono::TimeDelta;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::assert_error;

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_117_claims_follow_the_scope() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();

    let narrow = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let claims = app.userinfo(narrow["access_token"].as_str().unwrap()).await.json();
    assert_eq!(claims.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);

    let wide = app.tokens_in(&agent, &client, ALICE, "openid email profile roles").await;
    let page = app.userinfo(wide["access_token"].as_str().unwrap()).await;
    assert_eq!(page.json()["email"], ALICE);
    assert_eq!(page.json()["email_verified"], true);
    assert_eq!(page.json()["roles"], serde_json::json!([]));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-type").unwrap().starts_with("application/json"));
}

#[tokio::test]
async fn case_117_what_is_refused_and_how() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let access_token = tokens["access_token"].as_str().unwrap();

    let none = Agent::new().get(&app.at("/oauth2/userinfo")).await;
    assert_eq!(none.status, 401);
    let challenge = none.header("www-authenticate").unwrap();
    assert_eq!(challenge, "Bearer realm=\"userinfo\"");
    assert!(!none.body.contains("error") && !none.body.contains("invalid_token"), "{}", none.body);
    assert_eq!(none.header("content-type"), Some("application/problem+json"));
    assert_eq!(none.header("cache-control"), Some("no-store"));
    let other_scheme = Agent::new().with_header("authorization", "Basic bm90ZXM6eA==");
    let page = other_scheme.get(&app.at("/oauth2/userinfo")).await;
    assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (401, Some(challenge)));

    for bad in [
        "x",
        tokens["id_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
        &access_token[..access_token.len() - 1],
    ] {
        let page = app.userinfo(bad).await;
        assert_error(&page, 401, "invalid_token");
        assert!(page.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    }
    let in_query = app.at(&format!("/oauth2/userinfo?access_token={access_token}"));
    assert_error(&Agent::new().get(&in_query).await, 400, "invalid_request");
    assert_error(&app.userinfo_at(&in_query, access_token).await, 400, "invalid_request");
    assert_error(&Agent::new().post(&in_query, &[]).await, 400, "invalid_request");

    let without = app.tokens_in(&agent, &client, ALICE, "email").await;
    let page = app.userinfo(without["access_token"].as_str().unwrap()).await;
    assert_error(&page, 403, "insufficient_scope");
}

#[tokio::test]
async fn userinfo_takes_a_form_too() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    let url = app.at("/oauth2/userinfo");
    let page = Agent::new().post(&url, &[("access_token", access_token)]).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let twice = Agent::new().with_header("authorization", &format!("Bearer {access_token}"));
    let page = twice.post(&url, &[("access_token", access_token)]).await;
    assert_error(&page, 400, "invalid_request");
    assert!(page.header("www-authenticate").unwrap().contains("error=\"invalid_request\""));
    let repeated = [("access_token", access_token), ("access_token", access_token)];
    assert_error(&Agent::new().post(&url, &repeated).await, 400, "invalid_request");
}

#[tokio::test]
async fn case_128_an_access_token_expires_to_the_second() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    app.clock.advance(TimeDelta::seconds(899));
    assert_eq!(app.userinfo(access_token).await.status, 200);
    app.clock.advance(TimeDelta::seconds(1));
    assert_error(&app.userinfo(access_token).await, 401, "invalid_token");
}

#[tokio::test]
async fn case_116_a_disabled_account_is_refused_at_once_on_every_node() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    let user = app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(app.userinfo_at(&other.at("/oauth2/userinfo"), access_token).await.status, 200);
    app.disable(user).await;
    for url in [app.at("/oauth2/userinfo"), other.at("/oauth2/userinfo")] {
        assert_error(&app.userinfo_at(&url, access_token).await, 401, "invalid_token");
    }
}

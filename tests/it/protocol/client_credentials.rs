//! Clients that act for themselves (RFC 6749 §4.4).

use crate::support::app::TestApp;
use crate::support::flow::{Params, assert_error, claims, header};

fn machine_request() -> Params {
    Params::new(&[("grant_type", "client_credentials")])
}

#[tokio::test]
async fn a_client_gets_a_token_for_itself() {
    let app = TestApp::start();
    let client =
        app.client(app.registration("worker").machine("reports.read reports.write openid")).await;
    let page = app.token(&client, &machine_request()).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let tokens = page.json();
    assert_eq!(tokens["scope"], "reports.read reports.write", "what is personal is left out");
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(header(token)["typ"], "at+jwt");
    let claims = claims(token);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&"worker".into(), &"worker".into()));
    assert!(claims.get("grant_id").is_none() && claims.get("auth_time").is_none());

    let narrow = app.token(&client, &machine_request().with("scope", "reports.read admin")).await;
    assert_eq!(narrow.json()["scope"], "reports.read");
    for scope in ["openid", "admin", "reports.read  reports.write", " reports.read"] {
        let page = app.token(&client, &machine_request().with("scope", scope)).await;
        assert_error(&page, 400, "invalid_scope");
    }
    assert_error(&app.userinfo(token).await, 403, "insufficient_scope");
}

#[tokio::test]
async fn a_token_for_itself_costs_one_statement() {
    let app = TestApp::start();
    let client = app.client(app.registration("worker").machine("reports.read")).await;
    app.token(&client, &machine_request()).await;
    let before = app.statements();
    assert_eq!(app.token(&client, &machine_request()).await.status, 200);
    assert_eq!(app.statements() - before, 1);
}

#[tokio::test]
async fn case_048_a_public_client_cannot_act_for_itself() {
    let app = TestApp::start();
    let public = app.client(app.registration("spa").public().machine("reports.read")).await;
    assert_error(&app.token(&public, &machine_request()).await, 400, "unauthorized_client");
    assert!(app.dump().contains("token.refused"), "the trail has it");
}

#[tokio::test]
async fn case_051_token_answers_are_not_kept_and_set_no_cookie() {
    let app = TestApp::start();
    let client = app.client(app.registration("worker").machine("reports.read")).await;
    let page = app.token(&client, &machine_request()).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-type").unwrap().starts_with("application/json"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.header("set-cookie").is_none());
}

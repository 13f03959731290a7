//! Nodes whose clocks differ (F16): turning ours back is being another node that is behind.

use chrono::TimeDelta;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{assert_error, authorization_request, code_request};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_f16_a_new_account_signs_in_on_a_node_that_is_behind() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    app.clock.advance(TimeDelta::seconds(-5));
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let page = app.token(&client, &code_request(&client, &code)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let access_token = page.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.userinfo(&access_token).await.status, 200);
}

#[tokio::test]
async fn case_128_an_access_token_from_the_future_is_none() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    app.clock.advance(TimeDelta::seconds(-60));
    assert_eq!(app.userinfo(access_token).await.status, 200);
    app.clock.advance(TimeDelta::seconds(-1));
    assert_error(&app.userinfo(access_token).await, 401, "invalid_token");
}

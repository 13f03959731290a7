//! What was purged is still known when it is played again.

use chrono::TimeDelta;
use serde_json::Value;

use super::{count, counts, purge};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, assert_error, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";
const OFFLINE: &str = "openid offline_access";

async fn refreshed(app: &TestApp, client: &Client, tokens: &Value) -> Value {
    let page = app.token(client, &refresh(tokens)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()
}

fn refresh(tokens: &Value) -> crate::support::flow::Params {
    refresh_request(tokens["refresh_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_long_family_keeps_few_rows() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let mut tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    for _ in 0..20 {
        app.clock.advance(TimeDelta::hours(12));
        tokens = refreshed(&app, &client, &tokens).await;
        purge(&app).await;
        assert!(counts(&app)["refresh_tokens"] <= 3);
    }
    // The newest one lives for as long as it would have.
    app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    purge(&app).await;
    refreshed(&app, &client, &tokens).await;
}

#[tokio::test]
async fn case_057_a_replay_of_a_purged_refresh_token_ends_the_family() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let thief = app.confidential_client("thief").await;
    let first = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    let second = refreshed(&app, &client, &first).await;
    app.clock.advance(TimeDelta::days(2));
    let third = refreshed(&app, &client, &second).await;
    purge(&app).await;
    assert_eq!(counts(&app)["refresh_tokens"], 2, "the first one is gone");

    // Another client learns nothing and ends nothing.
    assert_error(&app.token(&thief, &refresh(&first)).await, 400, "invalid_grant");
    let page = app.userinfo(third["access_token"].as_str().unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.summary());

    assert_error(&app.token(&client, &refresh(&first)).await, 400, "invalid_grant");
    assert_eq!(count(&mut app.raw(), "grants", "revoke_reason = 'refresh_reused'"), 1);
    assert_error(&app.token(&client, &refresh(&third)).await, 400, "invalid_grant");
    let page = app.userinfo(third["access_token"].as_str().unwrap()).await;
    assert_error(&page, 401, "invalid_token");
}

/// Nobody is told of a theft because somebody came back late.
#[tokio::test]
async fn the_newest_token_that_comes_long_after_its_end_is_no_replay() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let first = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    app.clock.advance(TimeDelta::days(9));
    purge(&app).await;
    assert_eq!((counts(&app)["refresh_tokens"], counts(&app)["grants"]), (0, 1));
    assert_error(&app.token(&client, &refresh(&first)).await, 400, "invalid_grant");
    assert_eq!(count(&mut app.raw(), "grants", "revoke_reason = 'refresh_reused'"), 0);
}

#[tokio::test]
async fn a_purged_refresh_token_of_a_family_that_is_over_is_just_refused() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let first = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    refreshed(&app, &client, &first).await;
    app.clock.advance(TimeDelta::days(40));
    purge(&app).await;
    let left = counts(&app);
    assert_eq!((left["refresh_tokens"], left["grants"]), (0, 0));
    assert_error(&app.token(&client, &refresh(&first)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn case_030_a_code_that_is_played_again_weeks_later_ends_what_came_of_it() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let request = authorization_request(&client).with("scope", OFFLINE);
    let code = app.code_for(&Agent::new(), &request, ALICE).await;
    let mut tokens = app.token(&client, &code_request(&client, &code)).await.json();
    for _ in 0..4 {
        app.clock.advance(TimeDelta::days(6));
        purge(&app).await;
        tokens = refreshed(&app, &client, &tokens).await;
    }
    assert_error(&app.token(&client, &code_request(&client, &code)).await, 400, "invalid_grant");
    assert_error(&app.token(&client, &refresh(&tokens)).await, 400, "invalid_grant");
    let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_error(&page, 401, "invalid_token");
}

/// Whoever raises the lifetimes lets refresh tokens live longer than was foreseen when their grant
/// was given; the grant waits for them.
#[tokio::test]
async fn a_grant_stays_while_a_refresh_token_lives_under_it() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let days = |days: u32| Some(days * 86_400);
    let mut tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    app.change_client("notes", |client| {
        client.lifetimes.refresh_absolute = days(300);
        client.lifetimes.refresh_idle = days(100);
    })
    .await;
    for _ in 0..3 {
        tokens = refreshed(&app, &client, &tokens).await;
        app.clock.advance(TimeDelta::days(90));
        purge(&app).await;
    }
    refreshed(&app, &client, &tokens).await;
}

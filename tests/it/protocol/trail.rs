//! What is on the trail, and that nothing happens without it (sections B, D and X of the security
//! cases, and the fault cases).

use chrono::TimeDelta;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    assert_error, assert_redirect_error, authorization_request, code_request, refresh_request,
};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

impl TestApp {
    /// Whether one row holds all of these.
    #[track_caller]
    fn assert_noted(&self, words: &[&str]) {
        let dump = self.dump();
        let found = dump.lines().any(|row| words.iter().all(|word| row.contains(word)));
        assert!(found, "no row with {words:?}");
    }
}

#[tokio::test]
async fn case_329_acts_and_refusals_are_on_the_trail() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();

    let silent = authorization_request(&client).with("prompt", "none");
    let page = app.authorize(&agent, &silent).await;
    assert_redirect_error(&page, &app, &client, "login_required");
    app.assert_noted(&["authorize.refused", "notes", "login_required", "check_silent"]);

    let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let wrong = page.form("#login-form").fill("identifier", ALICE).fill("password", "not it");
    wrong.submit().await;
    app.assert_noted(&["session.sign_in_refused", "notes", "wrong_credentials"]);

    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    app.assert_noted(&["session.sign_in,", "notes", "127.0.0.1", "/login"]);
    app.assert_noted(&["consent.given", "notes", "/consent"]);

    let mut thief = client.clone();
    thief.secret = Some("lk_cs_wrong".to_owned());
    assert_error(&app.token(&thief, &code_request(&client, &code)).await, 401, "invalid_client");
    app.assert_noted(&["token.refused", "anonymous", "notes", "invalid_client"]);

    assert_eq!(app.token(&client, &code_request(&client, &code)).await.status, 200);
    app.assert_noted(&["token.issued", "notes", "authorization_code", "/oauth2/token"]);
    assert_error(&app.token(&client, &code_request(&client, &code)).await, 400, "invalid_grant");
    app.assert_noted(&["token.refused", "notes", "invalid_grant", "check_code_unused"]);
    app.assert_noted(&["check_code_unused", "notes", "POST", "/oauth2/token", "are revoked"]);
    app.sign_out(&agent).await;
    app.assert_noted(&["session.ended", "signed_out"]);
}

#[tokio::test]
async fn case_f07_without_a_trail_nobody_is_let_in() {
    for table in ["audit_events", "attempt_counters"] {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let agent = Agent::new();
        let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
        let form = || page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
        app.refuse_rows(table);
        let answer = form().submit().await;
        assert!(answer.status.is_server_error(), "{table}: {}", answer.summary());
        assert!(answer.set_cookies().is_empty(), "{table}");
        assert_eq!(app.sessions(ALICE).await, 0, "{table}");
        app.take_rows();
        let answer = form().submit().await;
        assert!(answer.status.is_redirection(), "{table}: {}", answer.summary());
    }
}

#[tokio::test]
async fn case_f07_without_a_trail_nothing_is_issued_or_spent() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let requests =
        [code_request(&client, &code), refresh_request(tokens["refresh_token"].as_str().unwrap())];
    app.refuse_rows("audit_events");
    for request in &requests {
        let page = app.token(&client, request).await;
        assert!(page.status.is_server_error(), "{}", page.summary());
        assert!(!page.body.contains("access_token") && !page.body.contains("no more"));
    }
    app.take_rows();
    for request in &requests {
        let page = app.token(&client, request).await;
        assert_eq!(page.status, 200, "nothing was spent: {}", page.summary());
    }
}

#[tokio::test]
async fn case_323_a_flood_of_refusals_fills_no_disk_and_keeps_nobody_out() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let (flooder, request) = (Agent::new(), authorization_request(&client));
    let kept = || {
        let dump = app.dump();
        let rows = |word: &str| dump.lines().filter(|row| row.contains(word)).count();
        (rows("check_redirect_uri"), rows("authorize.refused"))
    };
    let wrong = request.clone().with("redirect_uri", "https://evil.test/cb");
    for _ in 0..150 {
        assert_eq!(app.authorize(&flooder, &wrong).await.status, 400, "it is refused all the same");
    }
    // A row of each table for those that were kept: the trail is no way around the limit.
    assert_eq!(kept(), (200, 100));
    let code = app.code_for(&Agent::new(), &request, ALICE).await;
    assert_eq!(app.token(&client, &code_request(&client, &code)).await.status, 200);
    // A client that proves itself is heard all the same.
    assert_error(&app.token(&client, &code_request(&client, &code)).await, 400, "invalid_grant");
    app.assert_noted(&["token.refused", "notes", "check_code_unused"]);
    app.clock.advance(TimeDelta::minutes(1));
    for _ in 0..50 {
        app.authorize(&flooder, &wrong).await;
    }
    assert_eq!(kept(), (240, 120), "the budget comes back slowly");
}

#[tokio::test]
async fn case_f07_a_refusal_that_cannot_be_kept_stays_a_refusal() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let request = code_request(&client, &code);
    app.refuse_rows("refusals");
    // In a transaction nothing is half done; outside of one the answer is the same as ever.
    let elsewhere = request.clone().with("redirect_uri", "https://app.example/other");
    let page = app.token(&client, &elsewhere).await;
    assert!(page.status.is_server_error(), "{}", page.summary());
    let page = app.userinfo("nonsense").await;
    assert_error(&page, 401, "invalid_token");
    app.take_rows();
    assert_eq!(app.token(&client, &request).await.status, 200, "nothing was spent");
}

#[tokio::test]
async fn case_329_no_flood_hides_that_a_stolen_token_ended_a_family() {
    let app = TestApp::start();
    let spa = app.public_client("spa").await;
    app.person(ALICE).await;
    let mut replays = Vec::new();
    for replayed in ["code", "refresh token"] {
        let code = app.code_for(&Agent::new(), &authorization_request(&spa), ALICE).await;
        let request = code_request(&spa, &code);
        let tokens = app.token(&spa, &request).await.json();
        if replayed == "code" {
            replays.push((request, "check_code_unused"));
        } else {
            let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
            assert_eq!(app.token(&spa, &refresh).await.status, 200);
            replays.push((refresh, "check_refresh_unused"));
        }
    }
    app.clock.advance(TimeDelta::seconds(10));
    // Anybody can name a public client, so what is written of that is bounded.
    for _ in 0..110 {
        assert_error(&app.token(&spa, &code_request(&spa, "x")).await, 400, "invalid_grant");
    }
    let rows = |check: &str| app.dump().lines().filter(|row| row.contains(check)).count();
    assert_eq!(rows("find_code"), 200, "of each a reason and an entry on the trail");
    for (request, check) in &replays {
        assert_error(&app.token(&spa, request).await, 400, "invalid_grant");
        app.assert_noted(&["token.refused", "spa", check, "grant,"]);
        assert_error(&app.token(&spa, request).await, 400, "invalid_grant");
        assert_eq!(rows(check), 2, "{check}: once, with its reason");
    }
}

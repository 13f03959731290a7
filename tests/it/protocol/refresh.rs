//! Section D of the security cases, as far as it is built: refresh tokens.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::client::GrantType;
use serde_json::Value;

use crate::identity::world::until;
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::faults;
use crate::support::flow::{Client, assert_error, claims, refresh_request};

const ALICE: &str = "alice@example.com";
const OFFLINE: &str = "openid profile email offline_access";

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn refreshed(app: &TestApp, client: &Client, tokens: &Value) -> Value {
    let page = app.token(client, &refresh_request(text(tokens, "refresh_token"))).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()
}

#[tokio::test]
async fn case_057_reuse_ends_the_family() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_for(&client, ALICE).await;
    let second = refreshed(&app, &client, &first).await;
    app.clock.advance(TimeDelta::seconds(10));

    let replay = app.token(&client, &refresh_request(text(&first, "refresh_token"))).await;
    assert_error(&replay, 400, "invalid_grant");

    let newest = app.token(&client, &refresh_request(text(&second, "refresh_token"))).await;
    assert_error(&newest, 400, "invalid_grant");
    assert_error(&app.userinfo(text(&second, "access_token")).await, 401, "invalid_token");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_with_the_very_same_successor() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_for(&client, ALICE).await;
    let second = refreshed(&app, &client, &first).await;
    app.clock.advance(TimeDelta::seconds(9));
    let again = refreshed(&app, &client, &first).await;
    assert_eq!(second["refresh_token"], again["refresh_token"]);

    // Once the successor was used, the old one is reuse, however soon.
    refreshed(&app, &client, &second).await;
    let replay = app.token(&client, &refresh_request(text(&first, "refresh_token"))).await;
    assert_error(&replay, 400, "invalid_grant");
}

#[tokio::test]
async fn case_057_concurrent_refreshes_over_two_nodes_make_one_family() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_for(&client, ALICE).await;
    let request = refresh_request(text(&first, "refresh_token"));
    let urls = [app.at("/oauth2/token"), other.at("/oauth2/token")];
    // All of them are in their transactions before the first gets any further.
    let mut holder = app.raw();
    faults::hold_rows(&mut holder, "grants");
    let attempts = (0..8).map(|i| app.token_at(&urls[i % 2], &client, &request));
    let start = async {
        until("both nodes are at work", || app.waiting() > 4).await;
        faults::let_go(&mut holder);
    };
    let (pages, ()) = tokio::join!(futures_util::future::join_all(attempts), start);
    let successors: std::collections::HashSet<_> = pages
        .iter()
        .map(|page| {
            assert_eq!(page.status, 200, "{}", page.summary());
            page.json()["refresh_token"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(successors.len(), 1);
}

/// Who waits for the row of a token while it is exchanged, and its successor too, is no retry.
#[tokio::test]
async fn case_057_a_successor_that_was_used_meanwhile_makes_it_reuse() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let first = app.tokens_for(&client, ALICE).await;
    let request = refresh_request(text(&first, "refresh_token"));
    let mut holder = app.raw();
    faults::hold_rows(&mut holder, "refresh_tokens");
    let others = async {
        until("the refresh waits", || app.waiting() > 0).await;
        for statement in [
            "CREATE TEMPORARY TABLE next AS SELECT id AS first, gen_random_uuid() AS second, \
             gen_random_uuid() AS third FROM refresh_tokens",
            "INSERT INTO refresh_tokens (id, grant_id, kid, issued_at, expires_at) \
             SELECT next.third, grant_id, kid, issued_at, expires_at FROM refresh_tokens, next",
            "INSERT INTO refresh_tokens \
             (id, grant_id, kid, issued_at, expires_at, rotated_at, successor_id) \
             SELECT next.second, grant_id, kid, issued_at, expires_at, issued_at, next.third \
             FROM refresh_tokens JOIN next ON id = next.first",
            "UPDATE refresh_tokens SET rotated_at = issued_at, successor_id = next.second \
             FROM next WHERE id = next.first",
            "COMMIT",
        ] {
            sql_query(statement).execute(&mut holder).unwrap();
        }
    };
    let (page, ()) = tokio::join!(app.token(&client, &request), others);
    assert_error(&page, 400, "invalid_grant");
    assert_error(&app.userinfo(text(&first, "access_token")).await, 401, "invalid_token");
}

#[tokio::test]
async fn case_059_a_refresh_token_belongs_to_its_client() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let thief = app.confidential_client("other").await;
    let public = app.public_client("spa").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let request = refresh_request(text(&tokens, "refresh_token"));
    assert_error(&app.token(&thief, &request).await, 400, "invalid_grant");
    assert_error(&app.token(&public, &request).await, 400, "invalid_grant");
    refreshed(&app, &client, &tokens).await;

    let of_public = app.tokens_for(&public, ALICE).await;
    let request = refresh_request(text(&of_public, "refresh_token"));
    assert_error(&app.token(&client, &request).await, 400, "invalid_grant");
    let second = app.public_client("other-spa").await;
    assert_error(&app.token(&second, &request).await, 400, "invalid_grant");
    let nameless = Agent::new().post(&app.at("/oauth2/token"), &request.pairs()).await;
    assert_error(&nameless, 401, "invalid_client");
    refreshed(&app, &public, &of_public).await;
}

#[tokio::test]
async fn case_060_scope_narrows_and_never_widens() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let request = refresh_request(text(&tokens, "refresh_token"));
    let wider = request.clone().with("scope", "openid roles");
    assert_error(&app.token(&client, &wider).await, 400, "invalid_scope");
    for malformed in ["openid  email", " openid", "openid\temail", "\"openid\""] {
        let page = app.token(&client, &request.clone().with("scope", malformed)).await;
        assert_error(&page, 400, "invalid_scope");
    }
    let narrower = app.token(&client, &request.with("scope", "openid")).await.json();
    assert_eq!(narrower["scope"], "openid");
    assert_eq!(claims(text(&narrower, "access_token"))["scope"], "openid");
    let back = refreshed(&app, &client, &narrower).await;
    assert_eq!(back["scope"], "email openid profile");
}

#[tokio::test]
async fn case_061_a_refresh_dies_with_what_it_stands_on() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for act in ["disable", "delete", "password", "sign-out", "consent"] {
        let address = format!("{act}@example.com");
        let user = app.person(&address).await;
        let agent = Agent::new();
        let tokens = app.tokens_in(&agent, &client, &address, OFFLINE).await;
        match act {
            "disable" => app.disable(user).await,
            "delete" => app.delete(user).await,
            "password" => app.set_password(user).await,
            "sign-out" => app.sign_out_everywhere(user).await,
            _ => app.remove_app(user, &client).await,
        }
        let page = app.token(&client, &refresh_request(text(&tokens, "refresh_token"))).await;
        assert_error(&page, 400, "invalid_grant");
        let page = app.userinfo(text(&tokens, "access_token")).await;
        assert_error(&page, 401, "invalid_token");
    }
}

/// What was given for as long as a session ends with it, whoever ends it and from where.
#[tokio::test]
async fn case_061_a_refresh_dies_with_its_session() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for act in ["signs out", "ends it from elsewhere", "ends all others", "is signed out"] {
        let address = format!("{}@example.com", act.replace(' ', "-"));
        let user = app.person(&address).await;
        let (agent, elsewhere) = (Agent::new(), Agent::new());
        let tokens = app.tokens_in(&agent, &client, &address, "openid").await;
        let page = elsewhere.get(&app.at("/account")).await;
        app.sign_in(page, &address).await.follow_all().await;
        let page = elsewhere.get(&app.at("/account/sessions")).await;
        match act {
            "signs out" => app.sign_out(&agent).await,
            "ends it from elsewhere" => {
                let done = page.form("form[action$='/end']").submit().await;
                assert!(done.status.is_redirection(), "{}", done.summary());
            }
            "ends all others" => drop(page.form("#end-others").submit().await),
            _ => app.sign_out_everywhere(user).await,
        }
        let page = app.token(&client, &refresh_request(text(&tokens, "refresh_token"))).await;
        assert_error(&page, 400, "invalid_grant");
        assert_error(&app.userinfo(text(&tokens, "access_token")).await, 401, "invalid_token");
    }
}

/// A client that is removed, or may not refresh any more.
#[tokio::test]
async fn case_061_a_refresh_dies_with_its_client() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    let request = refresh_request(text(&tokens, "refresh_token"));
    app.change_client("notes", |client| {
        client.grant_types.retain(|grant| *grant != GrantType::RefreshToken);
    })
    .await;
    assert_error(&app.token(&client, &request).await, 400, "unauthorized_client");
    app.remove_client("notes").await;
    assert_error(&app.token(&client, &request).await, 401, "invalid_client");
}

/// Wrong passwords keep people from signing in for a while. They end nothing: otherwise anybody could
/// sign anybody out of their apps.
#[tokio::test]
async fn case_061_wrong_passwords_of_somebody_end_nobodys_access() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    let attacker = Agent::new();
    let mut page = attacker.get(&app.at("/account")).await.follow_all().await;
    while page.status != 429 {
        let form = page.form("#login-form").set("identifier", ALICE).set("password", "guess");
        page = form.submit().await;
        assert!(!page.status.is_redirection(), "{}", page.summary());
    }
    refreshed(&app, &client, &tokens).await;
}

#[tokio::test]
async fn without_offline_access_a_refresh_token_dies_with_the_session() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let bound = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let offline = app.tokens_in(&agent, &client, ALICE, OFFLINE).await;
    app.sign_out(&agent).await;

    let page = app.token(&client, &refresh_request(text(&bound, "refresh_token"))).await;
    assert_error(&page, 400, "invalid_grant");
    assert_error(&app.userinfo(text(&bound, "access_token")).await, 401, "invalid_token");
    refreshed(&app, &client, &offline).await;
}

#[tokio::test]
async fn case_062_idle_and_absolute_lifetimes() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;

    let tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    app.clock.advance(TimeDelta::days(7));
    let idle = app.token(&client, &refresh_request(text(&tokens, "refresh_token"))).await;
    assert_error(&idle, 400, "invalid_grant");

    let mut tokens = app.tokens_in(&Agent::new(), &client, ALICE, OFFLINE).await;
    for _ in 0..4 {
        app.clock.advance(TimeDelta::days(6));
        tokens = refreshed(&app, &client, &tokens).await;
    }
    app.clock.advance(TimeDelta::days(6) - TimeDelta::seconds(1));
    tokens = refreshed(&app, &client, &tokens).await;
    app.clock.advance(TimeDelta::seconds(1));
    let absolute = app.token(&client, &refresh_request(text(&tokens, "refresh_token"))).await;
    assert_error(&absolute, 400, "invalid_grant");
}

#[tokio::test]
async fn case_065_a_refresh_needs_its_client() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let request = refresh_request(text(&tokens, "refresh_token"));
    let unproved = Client { secret: None, ..client.clone() };
    assert_error(&app.token(&unproved, &request).await, 401, "invalid_client");
    let wrong = Client { secret: Some("wrong".into()), ..client.clone() };
    assert_error(&app.token(&wrong, &request).await, 401, "invalid_client");
    let in_query =
        app.at(&format!("/oauth2/token?refresh_token={}", text(&tokens, "refresh_token")));
    let page =
        app.token_at(&in_query, &client, &refresh_request("").without("refresh_token")).await;
    assert_error(&page, 400, "invalid_request");
}

#[tokio::test]
async fn case_067_a_refreshed_id_token_tells_the_same_sign_in() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    app.clock.advance(TimeDelta::minutes(5));
    let again = refreshed(&app, &client, &tokens).await;
    let (before, after) = (claims(text(&tokens, "id_token")), claims(text(&again, "id_token")));
    for claim in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert!(after.get("nonce").is_none());
    assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn case_069_a_bent_refresh_token_is_none() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let token = text(&tokens, "refresh_token");
    let id = claims(token)["jti"].as_str().unwrap().to_owned();
    for bent in [
        &token[..token.len() - 1],
        &format!("{token}A"),
        &format!("{token}."),
        &id,
        text(&tokens, "access_token"),
        text(&tokens, "id_token"),
    ] {
        assert_error(&app.token(&client, &refresh_request(bent)).await, 400, "invalid_grant");
    }
    let dump = app.dump();
    let signature = token.rsplit('.').next().unwrap();
    assert!(!dump.contains(token) && !dump.contains(signature), "what makes it work is not stored");
    refreshed(&app, &client, &tokens).await;
}

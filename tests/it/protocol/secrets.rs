//! Section C of the security cases: client secrets that are guessed, exchanged or too old.

use chrono::TimeDelta;

use super::clients::with_code;
use crate::support::flow::{Client, Params, assert_error, code_request};

#[tokio::test]
async fn case_053_wrong_secrets_are_throttled_and_the_right_one_is_not() {
    let (app, client, code) = with_code().await;
    let wrong = Client { secret: Some("lk_cs_wrong".to_owned()), ..client.clone() };
    let request = code_request(&client, &code);
    let machine = Params::new(&[("grant_type", "client_credentials")]);
    let token = Params::new(&[("token", "x")]);
    let mut statuses = Vec::new();
    for i in 0..80 {
        let (path, request) = match i % 4 {
            0 => ("/oauth2/token", &request),
            1 => ("/oauth2/token", &machine),
            2 => ("/oauth2/introspect", &token),
            _ => ("/oauth2/revoke", &token),
        };
        let page = app.token_at(&app.at(path), &wrong, request).await;
        statuses.push(page.status.as_u16());
        if page.status == 429 {
            assert_error(&page, 429, "temporarily_unavailable");
            let wait: i64 = page.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
        }
    }
    let (within, beyond) = statuses.split_at(20);
    assert!(within.iter().all(|status| *status == 401), "{within:?}");
    assert!(beyond.iter().all(|status| *status == 429), "{beyond:?}");
    let noted = app.dump().lines().filter(|row| row.contains("token.refused")).count();
    assert_eq!(noted, 10, "what is refused for being too much is not written down");

    assert_eq!(app.token(&client, &request).await.status, 200, "the right secret always works");
    app.clock.advance(TimeDelta::seconds(3));
    assert_error(&app.token(&wrong, &request).await, 401, "invalid_client");
}

#[tokio::test]
async fn case_054_two_secrets_work_while_one_follows_the_other() {
    let (app, client, _) = with_code().await;
    let next = Client { secret: Some(app.add_secret("notes").await), ..client.clone() };
    let request = code_request(&client, "x");
    for client in [&client, &next] {
        assert_error(&app.token(client, &request).await, 400, "invalid_grant");
    }
    app.expire_secrets("notes", app.now() + TimeDelta::hours(1)).await;
    let last = Client { secret: Some(app.add_secret("notes").await), ..client.clone() };
    app.clock.advance(TimeDelta::hours(1) - TimeDelta::seconds(1));
    for client in [&client, &next, &last] {
        assert_error(&app.token(client, &request).await, 400, "invalid_grant");
    }
    app.clock.advance(TimeDelta::seconds(1));
    for client in [&client, &next] {
        assert_error(&app.token(client, &request).await, 401, "invalid_client");
    }
    assert_error(&app.token(&last, &request).await, 400, "invalid_grant");
    let dump = app.dump();
    for secret in [&client, &next, &last].map(|client| client.secret.as_deref().unwrap()) {
        assert!(!dump.contains(secret) && !dump.contains(&secret[6..]), "only hashes are stored");
    }
}

#[tokio::test]
async fn case_054_an_expired_secret_is_none() {
    let (app, client, code) = with_code().await;
    let now = app.now();
    app.expire_secrets("notes", now).await;
    let page = app.token(&client, &code_request(&client, &code)).await;
    assert_error(&page, 401, "invalid_client");
}

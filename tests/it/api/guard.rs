//! Who may call at all, and with what.

use serde_json::json;

use super::{ALICE, ORIGIN, World, assert_refused};
use crate::support::agent::{Agent, Page};
use crate::support::people::PASSWORD;

/// Every endpoint that changes something.
const CHANGING: &[(&str, &str)] = &[
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/verify-email"),
    ("POST", "/api/auth/send-otp"),
    ("POST", "/api/auth/verify-otp"),
    ("POST", "/api/auth/totp"),
    ("POST", "/api/auth/recovery-code"),
    ("POST", "/api/auth/passkey/options"),
    ("POST", "/api/auth/passkey/verify"),
    ("POST", "/api/auth/set-up"),
    ("POST", "/api/auth/set-up/confirm"),
    ("POST", "/api/auth/forgot-password"),
    ("POST", "/api/auth/reset-password"),
    ("POST", "/api/auth/confirm"),
    ("POST", "/api/auth/connect"),
    ("POST", "/api/auth/consent"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/logout-all"),
    ("PATCH", "/api/account/me"),
    ("POST", "/api/account/sessions/end-others"),
    ("DELETE", "/api/account/sessions/00000000-0000-7000-8000-000000000000"),
    ("DELETE", "/api/account/consents/notes"),
    ("POST", "/api/account/password"),
    ("POST", "/api/account/factors/apps"),
    ("POST", "/api/account/factors/apps/00000000-0000-7000-8000-000000000000/confirm"),
    ("PATCH", "/api/account/factors/apps/00000000-0000-7000-8000-000000000000"),
    ("DELETE", "/api/account/factors/apps/00000000-0000-7000-8000-000000000000"),
    ("POST", "/api/account/factors/passkeys/options"),
    ("POST", "/api/account/factors/passkeys/verify"),
    ("PATCH", "/api/account/factors/passkeys/00000000-0000-7000-8000-000000000000"),
    ("DELETE", "/api/account/factors/passkeys/00000000-0000-7000-8000-000000000000"),
    ("POST", "/api/account/factors/recovery-codes"),
    ("DELETE", "/api/account/factors/trusted-browsers"),
    ("POST", "/api/account/export"),
    ("POST", "/api/account/delete"),
];

#[test]
fn the_list_is_complete() {
    let changing = latchkey::http::api::ENDPOINTS
        .iter()
        .filter(|it| it.deed != latchkey::http::api::Deed::Tells)
        .count();
    assert_eq!(changing, CHANGING.len());
}

#[tokio::test]
async fn case_272_nothing_changes_without_the_token_of_the_browser() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let other = world.opened().await;
    let issuer = world.app.issuer().to_owned();
    let body = json!({ "identifier": ALICE, "password": PASSWORD, "name": "Eve" }).to_string();
    for (method, path) in CHANGING {
        let url = world.app.at(path);
        let call = async |origin: Option<&str>, sent: &[(&'static str, &str)]| -> Page {
            front_end.agent.call(method, origin, &url, sent, Some(&body)).await
        };
        let token = ("x-csrf-token", front_end.csrf.as_str());
        for sent in [&[] as &[_], &[("x-csrf-token", "")], &[("x-csrf-token", &other.csrf)]] {
            assert_refused(&call(Some(ORIGIN), sent).await, 403, "CSRF_REFUSED");
        }
        for origin in [
            None,
            Some("null"),
            Some("https://evil.test"),
            Some("http://localhost:39998"),
            Some("http://localhost:399999"),
            Some("http://localhost:39999.evil.test"),
            Some("https://localhost:39999"),
            Some("http://localhost:39999/"),
        ] {
            let page = call(origin, &[token]).await;
            assert_refused(&page, 403, "ORIGIN_NOT_ALLOWED");
            assert!(page.header("access-control-allow-origin").is_none(), "{origin:?}");
            assert!(page.set_cookies().is_empty());
        }
        let foreign = [token, ("sec-fetch-site", "cross-site")];
        assert_refused(&call(Some(ORIGIN), &foreign).await, 403, "ORIGIN_NOT_ALLOWED");
        // Not even with an access token beside it.
        let anonymous = Agent::new();
        let page = anonymous.call(method, Some(ORIGIN), &url, &[token], Some(&body)).await;
        assert_refused(&page, 403, "CSRF_REFUSED");
    }
    let me = front_end.get("/api/account/me").await.json();
    assert_eq!(me["data"].get("name"), None, "{me}");
    assert_eq!(world.app.sessions(ALICE).await, 1);
    // Our own origin is as good as one of the list.
    let url = world.app.at("/api/auth/logout");
    let token = ("x-csrf-token", front_end.csrf.as_str());
    let page = front_end.agent.call("POST", Some(&issuer), &url, &[token], None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

#[tokio::test]
async fn case_277_answers_are_shared_with_the_front_end_alone() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    world.app.public_client("registered").await;
    for path in
        ["/api/auth/session", "/api/account/me", "/api/account/nothing", "/api/openapi.json"]
    {
        let url = world.app.at(path);
        let page = front_end.agent.call("GET", Some(ORIGIN), &url, &[], None).await;
        assert!(page.header("vary").is_some(), "{}", page.summary());
        if path.ends_with("nothing") {
            continue;
        }
        assert_eq!(page.header("access-control-allow-origin"), Some(ORIGIN), "{path}");
        assert_eq!(page.header("access-control-allow-credentials"), Some("true"), "{path}");
        let exposed = page.header("access-control-expose-headers").unwrap().to_owned();
        assert!(exposed.contains("retry-after") && exposed.contains("x-request-id"), "{exposed}");
        for origin in ["null", "https://evil.test", "https://app.example", "http://localhost"] {
            let page = front_end.agent.call("GET", Some(origin), &url, &[], None).await;
            for name in ["access-control-allow-origin", "access-control-allow-credentials"] {
                assert!(page.header(name).is_none(), "{origin} {path}");
            }
        }
    }
    // Refusals are read as well.
    let (anonymous, url) = (Agent::new(), world.app.at("/api/account/me"));
    let page = anonymous.call("GET", Some(ORIGIN), &url, &[], None).await;
    assert_refused(&page, 401, "NOT_SIGNED_IN");
    assert_eq!(page.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(page.header("access-control-allow-credentials"), Some("true"));
}

#[tokio::test]
async fn case_277_preflights_are_answered_for_the_front_end_alone() {
    let world = World::start().await;
    let url = world.app.at("/api/account/me");
    let asked = [("access-control-request-method", "PATCH")];
    let page = Agent::new().call("OPTIONS", Some(ORIGIN), &url, &asked, None).await;
    assert_eq!(page.status, 204);
    assert!(page.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(page.header("access-control-allow-headers").unwrap().contains("x-csrf-token"));
    assert_eq!(page.header("access-control-allow-credentials"), Some("true"));
    for origin in ["https://evil.test", "null", "https://app.example"] {
        let page = Agent::new().call("OPTIONS", Some(origin), &url, &asked, None).await;
        assert_eq!(page.status, 405, "{}", page.summary());
        assert!(page.header("access-control-allow-origin").is_none());
    }
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let token = ("x-csrf-token", front_end.csrf.as_str());
    let good = json!({ "identifier": ALICE, "password": PASSWORD }).to_string();
    let call = async |sent: &[(&'static str, &str)], body: &str| {
        let sent = [&[token], sent].concat();
        front_end.call("POST", "/api/auth/login", &sent, Some(body)).await
    };
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
    {
        let page = call(&[("content-type", kind)], &good).await;
        assert_refused(&page, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let page = call(&[("content-encoding", "gzip")], &good).await;
    assert_refused(&page, 415, "UNSUPPORTED_MEDIA_TYPE");
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{}",
        r#"{"identifier":"a"}"#,
        r#"{"identifier":1,"password":"b"}"#,
        r#"{"identifier":"a","password":null}"#,
        r#"{"identifier":["a"],"password":"b"}"#,
        r#"{"identifier":"a","password":"b","rememberMe":"true"}"#,
        r#"{"identifier":"a","password":"b","rememberMe":1}"#,
        r#"{"identifier":"a","identifier":"a","password":"b"}"#,
        r#"{"identifier":"a","\u0070assword":"b","password":"b"}"#,
        r#"{"identifier":"a","password":"b","x":{"y":1,"y":1}}"#,
        r#"{"identifier":"a\u0000","password":"b"}"#,
        r#"{"identifier":"a","password":"b","x\u0000":1}"#,
        r#"{"identifier":"\ud800","password":"b"}"#,
        r#"{"identifier":"a","password":"b"} {}"#,
    ] {
        assert_refused(&call(&[], body).await, 400, "INVALID_REQUEST");
    }
    let long = json!({ "identifier": "a", "password": "x".repeat(100_000) }).to_string();
    assert_refused(&call(&[], &long).await, 413, "PAYLOAD_TOO_LARGE");
    // Members that nobody asked for are left alone.
    let more = json!({ "identifier": ALICE, "password": PASSWORD, "role": "administrator",
                       "isAdmin": true, "next": "done", "session": {}, "sub": "x" });
    let page = call(&[], &more.to_string()).await;
    assert_eq!(page.json()["data"]["user"]["roles"], json!([]), "{}", page.summary());
}

#[tokio::test]
async fn problems_are_told_as_the_front_end_likes() {
    let world = World::start().await;
    let page = Agent::new()
        .call(
            "GET",
            None,
            &world.app.at("/api/account/me"),
            &[("accept", "application/problem+json")],
            None,
        )
        .await;
    assert_eq!(page.status, 401);
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    let body = page.json();
    assert_eq!((&body["code"], &body["status"]), (&json!("NOT_SIGNED_IN"), &json!(401)), "{body}");
    assert_eq!(body["requestId"].as_str(), page.header("x-request-id"));
    assert_refused(&world.opened().await.get("/api/auth/nothing").await, 404, "NOT_FOUND");
    let page = world.opened().await.send("POST", "/api/account/sessions", None).await;
    assert_refused(&page, 405, "METHOD_NOT_ALLOWED");
}

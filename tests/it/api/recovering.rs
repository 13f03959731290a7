//! A forgotten password through the API.

use chrono::TimeDelta;
use serde_json::json;

use super::{ALICE, FrontEnd, World, assert_refused, next};
use crate::support::agent::Page;
use crate::support::people::PASSWORD;

const NEW: &str = "a quite different one";

async fn forget(world: &World, front_end: &FrontEnd<'_>, who: &str) -> Page {
    world.moment();
    front_end.post("/api/auth/forgot-password", json!({ "identifier": who })).await
}

async fn token(world: &World) -> String {
    let link = world.app.mailed_link(ALICE).await;
    link.split_once("token=").unwrap().1.to_owned()
}

async fn reset(front_end: &FrontEnd<'_>, token: &str, password: &str) -> Page {
    let body = json!({ "token": token, "password": password });
    front_end.post("/api/auth/reset-password", body).await
}

#[tokio::test]
async fn case_193_and_196_a_new_password_is_set_once_and_ends_everything() {
    let world = World::start().await;
    let (front_end, data) = world.signed_in(ALICE).await;
    let access = data["session"]["accessToken"].as_str().unwrap();
    // Of the link nothing newer may be signed in.
    world.app.clock.advance(TimeDelta::seconds(1));
    let other = world.opened().await;
    let page = forget(&world, &other, ALICE).await;
    assert_eq!(page.json()["data"], json!({}), "{}", page.summary());
    let token = token(&world).await;
    assert!(world.app.mailed_link(ALICE).await.starts_with(world.app.issuer()), "case 192");
    for (bad, member) in [("short", "password"), ("password", "password")] {
        let page = reset(&other, &token, bad).await;
        assert_refused(&page, 400, "VALIDATION_FAILED");
        assert!(page.json()["error"]["details"]["fields"][member].is_string());
    }
    let page = reset(&other, &token, NEW).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.set_cookies().is_empty(), "nobody is signed in by that");
    assert!(!other.is_signed_in().await && !front_end.is_signed_in().await);
    assert_eq!(world.app.userinfo(access).await.status, 401);
    assert_refused(&reset(&other, &token, "and another one of mine").await, 400, "INVALID_LINK");
    assert_refused(&other.login(ALICE, PASSWORD).await, 401, "INVALID_CREDENTIALS");
    assert_eq!(next(&other.login(ALICE, NEW).await), "done");
}

#[tokio::test]
async fn case_195_the_second_factor_is_asked_for_still() {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    world.app.clock.advance(TimeDelta::seconds(1));
    let front_end = world.opened().await;
    forget(&world, &front_end, ALICE).await;
    let token = token(&world).await;
    assert_eq!(reset(&front_end, &token, NEW).await.status, 200);
    let page = front_end.login(ALICE, NEW).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    let body = json!({ "flow": super::flow(&page), "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
}

#[tokio::test]
async fn what_is_no_link_is_refused_alike() {
    let world = World::start().await;
    let front_end = world.opened().await;
    for token in ["", "x", "%00", &"a".repeat(43), &"a".repeat(5_000)] {
        assert_refused(&reset(&front_end, token, NEW).await, 400, "INVALID_LINK");
    }
    // Who tries many is slowed down.
    let mut last = reset(&front_end, "x", NEW).await;
    for _ in 0..200 {
        last = reset(&front_end, "x", NEW).await;
        if last.status == 429 {
            break;
        }
    }
    assert_refused(&last, 429, "TOO_MANY_ATTEMPTS");
    assert!(last.header("retry-after").is_some());
}

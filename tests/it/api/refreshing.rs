//! Refresh cookies: rotated, told from copies, and gone with the sign-in.

use chrono::TimeDelta;
use serde_json::Value;

use super::{ALICE, FrontEnd, World, assert_refused};
use crate::support::people::PASSWORD;

async fn refresh(front_end: &FrontEnd<'_>) -> crate::support::agent::Page {
    front_end.send("POST", "/api/auth/refresh", None).await
}

fn token(data: &Value) -> String {
    data["session"]["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_remembered_is_refreshed_silently() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let page = front_end.login_remembered().await;
    let cookies = page.set_cookies();
    let cookie = cookies.iter().find(|it| it.name().ends_with("-refresh")).unwrap();
    assert_eq!((cookie.http_only(), cookie.path()), (Some(true), Some("/")));
    assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Lax));
    assert!(cookie.max_age().unwrap().whole_days() >= 1, "{cookie}");
    assert!(cookie.to_string().len() < 4096);
    assert!(!page.body.contains(cookie.value()), "no script sees it");
    let first = token(&page.json()["data"]);

    world.app.clock.advance(TimeDelta::hours(5));
    assert_eq!(world.app.userinfo(&first).await.status, 401);
    let page = refresh(&front_end).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let next = token(&page.json()["data"]);
    assert_eq!(world.app.userinfo(&next).await.json()["email"], ALICE);
    assert_ne!(front_end.cookie("refresh").as_deref(), Some(cookie.value()), "rotated");
    assert!(!page.body.contains(&front_end.cookie("refresh").unwrap()));
}

#[tokio::test]
async fn case_057_a_copied_refresh_cookie_ends_the_family() {
    let world = World::start().await;
    let front_end = world.opened().await;
    front_end.login_remembered().await;
    let name = world.app.cookie_name("refresh");
    let copy = front_end.cookie("refresh").unwrap();
    for _ in 0..2 {
        world.app.clock.advance(TimeDelta::minutes(1));
        assert_eq!(refresh(&front_end).await.status, 200);
    }
    let thief = world.opened().await;
    thief.agent.set_cookie("localhost", &format!("{name}={copy}; Path=/"));
    assert_refused(&refresh(&thief).await, 401, "REFRESH_REFUSED");
    assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
}

#[tokio::test]
async fn case_059_and_069_worthless_refresh_cookies_are_refused() {
    let world = World::start().await;
    let front_end = world.opened().await;
    assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
    let access = token(&front_end.login_remembered().await.json()["data"]);
    let good = front_end.cookie("refresh").unwrap();
    let name = world.app.cookie_name("refresh");
    for bad in ["x", "", &good[1..], &good[..good.len() - 4], &access] {
        front_end.agent.set_cookie("localhost", &format!("{name}={bad}; Path=/"));
        assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
    }
    // Another client's.
    let other = world.app.public_client("other").await;
    let tokens = world.app.tokens_for(&other, ALICE).await;
    let theirs = tokens["refresh_token"].as_str().unwrap();
    front_end.agent.set_cookie("localhost", &format!("{name}={theirs}; Path=/"));
    assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
    front_end.agent.set_cookie("localhost", &format!("{name}={good}; Path=/"));
    assert_eq!(refresh(&front_end).await.status, 200);
}

#[tokio::test]
async fn signing_out_gives_it_back() {
    let world = World::start().await;
    let front_end = world.opened().await;
    front_end.login_remembered().await;
    let kept = front_end.cookie("refresh").unwrap();
    let page = front_end.send("POST", "/api/auth/logout", None).await;
    assert_eq!(page.status, 200);
    assert_eq!((front_end.cookie("refresh"), front_end.cookie("session")), (None, None));
    let name = world.app.cookie_name("refresh");
    front_end.agent.set_cookie("localhost", &format!("{name}={kept}; Path=/"));
    assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
}

#[tokio::test]
async fn signing_out_everywhere_means_every_browser() {
    let world = World::start().await;
    let (here, there) = (world.opened().await, world.opened().await);
    let far = token(&there.login_remembered().await.json()["data"]);
    here.login_remembered().await;
    let page = here.send("POST", "/api/auth/logout-all", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!((here.cookie("refresh"), here.cookie("session")), (None, None));
    assert_eq!(world.app.sessions(ALICE).await, 0);
    assert_refused(&refresh(&there).await, 401, "REFRESH_REFUSED");
    assert_refused(&there.get("/api/account/me").await, 401, "NOT_SIGNED_IN");
    let page = there.with_token("GET", "/api/account/me", &far).await;
    assert_refused(&page, 401, "INVALID_TOKEN");
    let page = here.send("POST", "/api/auth/logout-all", None).await;
    assert_refused(&page, 401, "NOT_SIGNED_IN");
}

#[tokio::test]
async fn case_061_a_browser_that_is_signed_out_from_afar_is_not_refreshed() {
    let world = World::start().await;
    let (here, there) = (world.opened().await, world.opened().await);
    let far = token(&there.login_remembered().await.json()["data"]);
    here.login(ALICE, PASSWORD).await;
    let sessions = here.get("/api/account/sessions").await.json()["data"]["sessions"].clone();
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    let other = sessions.iter().find(|it| it["current"] == false).unwrap();
    let path = format!("/api/account/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(here.send("DELETE", &path, None).await.status, 200);
    let page = there.with_token("GET", "/api/account/me", &far).await;
    assert_refused(&page, 401, "INVALID_TOKEN");
    assert_refused(&refresh(&there).await, 401, "REFRESH_REFUSED");
    assert_refused(&here.send("DELETE", &path, None).await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn case_061_a_new_password_ends_it() {
    let world = World::start().await;
    let front_end = world.opened().await;
    front_end.login_remembered().await;
    let profile = world.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    world.app.set_password(profile.user.id).await;
    assert_refused(&refresh(&front_end).await, 401, "REFRESH_REFUSED");
}

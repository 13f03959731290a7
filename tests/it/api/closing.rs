//! One's password, activity, data and the end of the account, through the API.

use serde_json::{Value, json};

use super::{ALICE, World, assert_refused, next};
use crate::support::people::PASSWORD;

const NEW: &str = "a quite different one";
const PATH: &str = "/api/account/password";

fn passwords(current: &str, new: &str) -> Value {
    json!({ "currentPassword": current, "newPassword": new, "endOthers": true })
}

#[tokio::test]
async fn case_185_a_password_is_changed_with_the_one_before() {
    let world = World::start().await;
    let (front_end, data) = world.signed_in(ALICE).await;
    let (elsewhere, _) = world.signed_in(ALICE).await;
    let access = data["session"]["accessToken"].as_str().unwrap();
    for (current, new, member) in [
        ("", NEW, "currentPassword"),
        (PASSWORD, "short", "newPassword"),
        (PASSWORD, "password", "newPassword"),
        (PASSWORD, PASSWORD, "newPassword"),
    ] {
        let page = front_end.post(PATH, passwords(current, new)).await;
        assert_refused(&page, 400, "VALIDATION_FAILED");
        let fields = page.json()["error"]["details"]["fields"].clone();
        assert!(fields[member].is_string(), "{fields}");
    }
    let page = front_end.post(PATH, passwords("wrong horse", NEW)).await;
    assert_refused(&page, 401, "INVALID_CREDENTIALS");
    let page = front_end.post(PATH, passwords(PASSWORD, NEW)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(front_end.is_signed_in().await, "this browser stays signed in");
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(world.app.userinfo(access).await.status, 401);
    assert_refused(&world.opened().await.login(ALICE, PASSWORD).await, 401, "INVALID_CREDENTIALS");
    assert_eq!(next(&world.opened().await.login(ALICE, NEW).await), "done");
    assert_eq!(
        world
            .app
            .letters(ALICE)
            .await
            .iter()
            .filter(|it| it.record.kind == "password-changed")
            .count(),
        1
    );
    // Guesses of the current one are counted.
    let mut last = front_end.post(PATH, passwords("wrong horse", NEW)).await;
    for _ in 0..10 {
        last = front_end.post(PATH, passwords("wrong horse", PASSWORD)).await;
    }
    assert_refused(&last, 429, "TOO_MANY_ATTEMPTS");
    assert!(last.header("retry-after").is_some());
}

#[tokio::test]
async fn activity_is_told_in_pages_and_in_the_language_of_the_request() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    world.moment();
    for n in 0..30 {
        let body = json!({ "givenName": format!("Ada {n}") });
        front_end.send("PATCH", "/api/account/me", Some(body)).await;
    }
    let page = front_end.get("/api/account/activity").await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let first = page.json()["data"].clone();
    let entries = first["activity"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 25);
    assert_eq!(
        (&entries[0]["action"], &entries[0]["by"]),
        (&json!("user.changed"), &json!("yourself"))
    );
    assert!(entries[0]["sentence"].as_str().unwrap().contains(' '), "{}", entries[0]);
    let after = first["next"].as_str().unwrap();
    let page = front_end.get(&format!("/api/account/activity?after={after}")).await;
    let second = page.json()["data"].clone();
    let rest = second["activity"].as_array().unwrap().clone();
    assert!(rest.iter().all(|it| !entries.contains(it)), "{second}");
    assert!(rest.iter().any(|it| it["action"] == "session.sign_in"), "{second}");
    assert!(second["next"].is_null());
    for bad in ["x", "", "1-x", "-", "99999999999999999999-x"] {
        let page = front_end.get(&format!("/api/account/activity?after={bad}")).await;
        assert_refused(&page, 400, "INVALID_REQUEST");
    }
    let french = [("accept-language", "fr")];
    let page = front_end.call("GET", "/api/account/activity", &french, None).await;
    let told = page.json()["data"]["activity"][0]["sentence"].clone();
    assert_ne!(told, entries[0]["sentence"]);
    world.app.person("bob@example.com").await;
    let (bob, _) = world.signed_in("bob@example.com").await;
    let page = bob.get(&format!("/api/account/activity?after={after}")).await;
    assert!(!page.body.contains("user.changed"), "{}", page.summary());
}

#[tokio::test]
async fn what_is_kept_is_handed_out_as_on_the_page() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let page = front_end.agent.get(&world.app.at("/account/data")).await;
    let on_page: Value =
        serde_json::from_str(&page.form("#export-form").submit().await.body).unwrap();
    let page = front_end.send("POST", "/api/account/export", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let exported = page.json()["data"].clone();
    assert_eq!(exported["version"], on_page["version"]);
    let names =
        |value: &Value| value["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&exported), names(&on_page));
    assert_eq!(exported["issuer"], world.app.issuer());
    assert_eq!(world.app.trail_of("user.data_exported"), 2);
}

#[tokio::test]
async fn case_307_an_account_is_deleted_and_can_come_back() {
    let world = World::start().await;
    let (front_end, data) = world.signed_in(ALICE).await;
    let access = data["session"]["accessToken"].as_str().unwrap();
    let page = front_end.send("POST", "/api/account/delete", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let deleted = page.json()["data"].clone();
    let until = chrono::DateTime::parse_from_rfc3339(deleted["until"].as_str().unwrap()).unwrap();
    let left = until.to_utc() - world.app.now();
    assert_eq!((left + chrono::TimeDelta::minutes(1)).num_days(), 14);
    assert_eq!(deleted["mailed"], true);
    assert_eq!(front_end.cookie("session"), None);
    assert_refused(&front_end.get("/api/account/me").await, 401, "NOT_SIGNED_IN");
    assert_eq!(world.app.userinfo(access).await.status, 401);
    assert_refused(&world.opened().await.login(ALICE, PASSWORD).await, 401, "INVALID_CREDENTIALS");
    let link = world.app.mailed_link(ALICE).await;
    let page = front_end.agent.get(&link).await.follow_all().await;
    page.form("#mailed-form").submit().await;
    assert_eq!(next(&world.opened().await.login(ALICE, PASSWORD).await), "done");
}

#[tokio::test]
async fn case_304_the_last_administrator_stays() {
    let world = World::start().await;
    world.app.give_role(ALICE, latchkey::domain::role::ADMINISTRATOR).await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let page = front_end.send("POST", "/api/account/delete", None).await;
    assert_refused(&page, 409, "LAST_ADMINISTRATOR");
    assert!(front_end.is_signed_in().await);
}

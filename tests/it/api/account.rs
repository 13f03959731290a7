//! One's own account, and nobody else's.

use serde_json::{Value, json};

use super::{ALICE, World, assert_refused};
use crate::support::agent::Agent;
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;
use crate::support::places::{Network, database};

const BOB: &str = "bob@example.com";

async fn sessions(front_end: &super::FrontEnd<'_>) -> Vec<Value> {
    let page = front_end.get("/api/account/sessions").await;
    page.json()["data"]["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_person_changes_what_they_tell() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let patch = async |body: Value| front_end.send("PATCH", "/api/account/me", Some(body)).await;
    let page = patch(json!({ "givenName": " Ada ", "phoneNumber": "+44 20 7946 0000" })).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(page.json()["data"]["givenName"], "Ada");
    let page = patch(json!({ "phoneNumber": "x", "birthdate": "soon", "nickname": "Al" })).await;
    assert_refused(&page, 400, "VALIDATION_FAILED");
    let fields = page.json()["error"]["details"]["fields"].clone();
    assert_eq!(fields.as_object().unwrap().len(), 2, "{fields}");
    assert!(fields["phoneNumber"].as_str().unwrap().contains("country code"), "{fields}");
    let me = front_end.get("/api/account/me").await.json()["data"].clone();
    assert_eq!(me["phoneNumber"], "+442079460000");
    assert_eq!(me.get("nickname"), None, "all or nothing");
    let page = patch(json!({ "givenName": null, "phoneNumber": "" })).await;
    assert_eq!(page.json()["data"].get("givenName"), None);
    assert_eq!(page.json()["data"].get("phoneNumber"), None);
    assert_refused(&patch(json!({ "name": 1 })).await, 400, "INVALID_REQUEST");
    assert_eq!(patch(json!({})).await.status, 200);
}

#[tokio::test]
async fn case_188_and_302_what_is_nobodys_to_change_is_left_alone() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    front_end
        .send("PATCH", "/api/account/me", Some(json!({ "phoneNumber": "+442079460000" })))
        .await;
    let before = front_end.get("/api/account/me").await.json()["data"].clone();
    for (member, value) in [
        ("role", json!("administrator")),
        ("roles", json!(["administrator"])),
        ("isAdmin", json!(true)),
        ("emailVerified", json!(false)),
        ("email", json!(BOB)),
        ("id", json!("x")),
        ("sub", json!("x")),
        ("tenant", json!("x")),
        ("mfa", json!(false)),
        ("username", json!("root")),
        ("phoneNumberVerified", json!(true)),
        ("phone_number_verified", json!(true)),
        ("status", json!("active")),
        ("password", json!("another long password")),
        ("createdAt", json!("2000-01-01T00:00:00Z")),
    ] {
        let body = json!({ member: value });
        let page = front_end.send("PATCH", "/api/account/me", Some(body)).await;
        assert_eq!(page.status, 200, "{member}");
        let after = front_end.get("/api/account/me").await.json()["data"].clone();
        assert_eq!(after, before, "{member}");
    }
}

#[tokio::test]
async fn case_295_nobody_touches_what_is_another_persons() {
    let world = World::start().await;
    world.app.person(BOB).await;
    let notes = world.app.confidential_client("notes").await;
    let (alice, _) = world.signed_in(ALICE).await;
    let (bob, data) = world.signed_in(BOB).await;
    let token = data["session"]["accessToken"].as_str().unwrap();
    world.app.code_for(&alice.agent, &authorization_request(&notes), ALICE).await;
    let own = sessions(&alice).await[0]["id"].as_str().unwrap().to_owned();
    for path in [format!("/api/account/sessions/{own}"), "/api/account/consents/notes".to_owned()] {
        assert_refused(&bob.send("DELETE", &path, None).await, 404, "NOT_FOUND");
        assert_refused(&bob.with_token("DELETE", &path, token).await, 404, "NOT_FOUND");
    }
    for id in ["x", "..%2f", "00000000-0000-7000-8000-000000000000", "%00", "%ff"] {
        for list in ["sessions", "consents"] {
            let page = bob.send("DELETE", &format!("/api/account/{list}/{id}"), None).await;
            assert!(matches!(page.status.as_u16(), 400 | 404), "{id}: {}", page.summary());
        }
    }
    assert_eq!(sessions(&alice).await.len(), 1);
    let consents = alice.get("/api/account/consents").await.json()["data"]["consents"].clone();
    assert_eq!(consents[0]["clientId"], "notes", "{consents}");
    assert_eq!(bob.get("/api/account/consents").await.json()["data"]["consents"], json!([]));
    let ended = bob.send("POST", "/api/account/sessions/end-others", None).await;
    assert_eq!(ended.json()["data"]["ended"], 0);
    assert_eq!(alice.get("/api/account/me").await.json()["data"]["email"], ALICE);
}

#[tokio::test]
async fn a_person_ends_sessions_and_takes_back_what_they_allowed() {
    let world = World::start().await;
    let notes = world.app.confidential_client("notes").await;
    let (here, _) = world.signed_in(ALICE).await;
    let tokens = world.app.tokens_in(&here.agent, &notes, ALICE, "openid email").await;
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.app.userinfo(token).await.status, 200);
    let page = here.send("DELETE", "/api/account/consents/notes", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(world.app.userinfo(token).await.status, 401);
    let page = here.send("DELETE", "/api/account/consents/notes", None).await;
    assert_refused(&page, 404, "NOT_FOUND");

    for _ in 0..3 {
        world.signed_in(ALICE).await;
    }
    let page = here.send("POST", "/api/account/sessions/end-others", None).await;
    assert_eq!(page.json()["data"]["ended"], 3);
    let left = sessions(&here).await;
    assert_eq!((left.len(), &left[0]["current"]), (1, &json!(true)));
}

#[tokio::test]
async fn case_303_tokens_of_other_apps_are_good_for_nothing_here() {
    let world = World::start().await;
    let scopes = "openid profile email offline_access roles";
    let other = world.app.client(world.app.registration("other").first_party()).await;
    let tokens = world.app.tokens_in(&Agent::new(), &other, ALICE, scopes).await;
    let theirs = tokens["access_token"].as_str().unwrap();
    let (front_end, data) = world.signed_in(ALICE).await;
    let own = data["session"]["accessToken"].as_str().unwrap();
    let none = "00000000-0000-7000-8000-000000000000";
    for (method, path) in [
        ("GET", "/api/account/me".to_owned()),
        ("PATCH", "/api/account/me".to_owned()),
        ("GET", "/api/account/sessions".to_owned()),
        ("POST", "/api/account/sessions/end-others".to_owned()),
        ("DELETE", format!("/api/account/sessions/{none}")),
        ("GET", "/api/account/consents".to_owned()),
        ("DELETE", "/api/account/consents/notes".to_owned()),
        ("POST", "/api/auth/logout-all".to_owned()),
        ("GET", "/api/account/factors".to_owned()),
        ("GET", "/api/account/activity".to_owned()),
        ("POST", "/api/account/export".to_owned()),
        ("POST", "/api/account/delete".to_owned()),
        ("POST", "/api/account/factors/recovery-codes".to_owned()),
        ("POST", "/api/account/factors/passkeys/options".to_owned()),
        ("DELETE", format!("/api/account/factors/apps/{none}")),
        ("DELETE", format!("/api/account/factors/passkeys/{none}")),
        ("DELETE", "/api/account/factors/trusted-browsers".to_owned()),
    ] {
        if method == "PATCH" {
            let bearer = format!("Bearer {theirs}");
            let sent = [("x-csrf-token", front_end.csrf.as_str()), ("authorization", &bearer)];
            let page = front_end.call(method, &path, &sent, Some("{}")).await;
            assert_refused(&page, 403, "CLIENT_NOT_ALLOWED");
            continue;
        }
        // The cookie beside it does not help.
        let page = front_end.with_token(method, &path, theirs).await;
        assert_refused(&page, 403, "CLIENT_NOT_ALLOWED");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        for bad in ["x", refresh, tokens["id_token"].as_str().unwrap(), &own[1..]] {
            let page = front_end.with_token(method, &path, bad).await;
            assert_refused(&page, 401, "INVALID_TOKEN");
        }
    }
    assert_eq!(world.app.sessions(ALICE).await, 2, "nothing happened");
    // Its own is as good as the cookie, in a browser that has none.
    let bare = world.opened().await;
    let page = bare.with_token("GET", "/api/account/me", own).await;
    assert_eq!(page.json()["data"]["email"], ALICE, "{}", page.summary());
}

/// As the pages show it.
#[tokio::test]
async fn the_place_of_sessions_and_activity_is_told_in_the_language_of_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.mmdb");
    let network = Network {
        address: std::net::Ipv4Addr::new(127, 0, 0, 0),
        bits: 8,
        city: &[("en", "Berlin")],
        country: &[("en", "Germany"), ("de", "Deutschland")],
    };
    std::fs::write(&file, database("Test-City", &[network])).unwrap();
    for (path, language, place) in [
        (Some(&file), "en", json!("Berlin, Germany")),
        (Some(&file), "de", json!("Berlin (Deutschland)")),
        (None, "en", Value::Null),
    ] {
        let world = World::placed(path.cloned()).await;
        let front_end =
            world.opened_in(Agent::new().with_header("accept-language", language)).await;
        front_end.login(ALICE, PASSWORD).await;
        for list in ["sessions", "activity"] {
            let page = front_end.get(&format!("/api/account/{list}")).await;
            let rows = page.json()["data"][list].clone();
            assert_eq!(rows[0]["place"], place, "{rows}");
            assert!(rows[0]["address"].is_string() && rows[0].get("place").is_some(), "{rows}");
        }
    }
}

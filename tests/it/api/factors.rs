//! What one signs in with, and what it takes to change it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ALICE, FrontEnd, World, assert_refused, flow, next};
use crate::support::agent::Page;
use crate::support::people::PASSWORD;
use crate::support::second_factor::Phone;

const BOB: &str = "bob@example.com";
const FACTORS: &str = "/api/account/factors";
const NONE: &str = "00000000-0000-7000-8000-000000000000";

async fn listed(front_end: &FrontEnd<'_>) -> Value {
    let page = front_end.get(FACTORS).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["data"].clone()
}

async fn begin(front_end: &FrontEnd<'_>, name: &str) -> Page {
    front_end.post("/api/account/factors/apps", json!({ "name": name })).await
}

async fn confirm(front_end: &FrontEnd<'_>, app: &Value, code: &str) -> Page {
    let path = format!("{FACTORS}/apps/{}/confirm", app["id"].as_str().unwrap());
    front_end.post(&path, json!({ "code": code })).await
}

/// What needs a fresh sign-in: method, path, and a body that is right but for that.
fn sensitive(id: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let name = Some(json!({ "name": "New name" }));
    vec![
        ("POST", format!("{FACTORS}/apps"), name.clone()),
        ("POST", format!("{FACTORS}/apps/{id}/confirm"), Some(json!({ "code": "123456" }))),
        ("PATCH", format!("{FACTORS}/apps/{id}"), name.clone()),
        ("DELETE", format!("{FACTORS}/apps/{id}"), None),
        ("POST", format!("{FACTORS}/passkeys/options"), None),
        (
            "POST",
            format!("{FACTORS}/passkeys/verify"),
            Some(json!({ "ceremony": NONE, "credential": {} })),
        ),
        ("PATCH", format!("{FACTORS}/passkeys/{id}"), name),
        ("DELETE", format!("{FACTORS}/passkeys/{id}"), None),
        ("POST", format!("{FACTORS}/recovery-codes"), None),
        (
            "POST",
            "/api/account/password".to_owned(),
            Some(json!({ "currentPassword": PASSWORD, "newPassword": "a quite different one" })),
        ),
        ("POST", "/api/account/export".to_owned(), None),
        ("POST", "/api/account/delete".to_owned(), None),
    ]
}

async fn call(front_end: &FrontEnd<'_>, method: &str, path: &str, body: Option<Value>) -> Page {
    if method == "GET" {
        front_end.get(path).await
    } else {
        front_end.send(method, path, body).await
    }
}

#[test]
fn the_list_of_what_is_sensitive_is_complete() {
    use latchkey::http::api::code::Code;
    let declared = latchkey::http::api::ENDPOINTS
        .iter()
        .filter(|it| it.codes.iter().any(|codes| codes.contains(&Code::FreshSignInRequired)))
        .count();
    assert_eq!(declared, sensitive(NONE).len());
}

#[tokio::test]
async fn case_266_an_old_session_changes_nothing() {
    let world = World::start().await;
    let front_end = world.opened().await;
    front_end.login_remembered().await;
    let before = listed(&front_end).await;
    world.app.clock.advance(TimeDelta::minutes(16));
    let page = front_end.send("POST", "/api/auth/refresh", None).await;
    let data = page.json()["data"].clone();
    let token = data["session"]["accessToken"].as_str().unwrap();
    for (method, path, body) in sensitive(NONE) {
        let page = call(&front_end, method, &path, body).await;
        assert_refused(&page, 403, "FRESH_SIGN_IN_REQUIRED");
        assert!(page.set_cookies().is_empty(), "{method} {path}");
    }
    assert_eq!(listed(&front_end).await, before);
    // The way to prove it anew: the steps of every sign-in.
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    assert_eq!(next(&page), "password", "{}", page.summary());
    let ways = page.json()["data"]["ways"].clone();
    assert!(!ways.as_array().unwrap().contains(&json!("register")), "{ways}");
    let confirming = flow(&page);
    let give = async |who: &str, password: &str| {
        let body = json!({ "identifier": who, "password": password, "flow": confirming });
        front_end.post("/api/auth/login", body).await
    };
    assert_refused(&give(ALICE, "wrong horse").await, 401, "INVALID_CREDENTIALS");
    let old = front_end.cookie("session").unwrap();
    let page = give(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert!(page.json()["data"].get("session").is_none());
    assert_ne!(front_end.cookie("session").unwrap(), old, "case 257");
    assert_eq!(world.app.userinfo(token).await.status, 200, "the token at hand stays good");
    assert_eq!(begin(&front_end, "Phone").await.status, 200);
    assert_eq!(next(&front_end.send("POST", "/api/auth/confirm", None).await), "done");
    // Whoever was remembered is still.
    world.app.clock.advance(TimeDelta::days(2));
    assert!(front_end.is_signed_in().await);
    assert_eq!(front_end.send("POST", "/api/auth/refresh", None).await.status, 200);
}

#[tokio::test]
async fn an_access_token_alone_changes_nothing() {
    let world = World::start().await;
    let (alice, data) = world.signed_in(ALICE).await;
    let token = data["session"]["accessToken"].as_str().unwrap();
    world.app.person(BOB).await;
    let (bob, _) = world.signed_in(BOB).await;
    let bare = world.opened().await;
    for (method, path, body) in sensitive(NONE) {
        // In a browser without a cookie, and in one of somebody else.
        for front_end in [&bare, &bob] {
            let bearer = format!("Bearer {token}");
            let sent = [("x-csrf-token", front_end.csrf.as_str()), ("authorization", &bearer)];
            let body = body.as_ref().map(Value::to_string);
            let page = front_end.call(method, &path, &sent, body.as_deref()).await;
            assert_refused(&page, 403, "FRESH_SIGN_IN_REQUIRED");
        }
    }
    assert!(alice.is_signed_in().await && bob.is_signed_in().await);
    assert_refused(&bare.send("POST", "/api/auth/confirm", None).await, 401, "NOT_SIGNED_IN");
}

#[tokio::test]
async fn case_220_an_app_counts_when_its_code_was_right() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let before = listed(&front_end).await;
    assert_eq!((&before["protection"], &before["password"]), (&json!("password"), &json!(true)));
    assert_eq!((&before["apps"], &before["recoveryCodes"]), (&json!([]), &Value::Null));
    for name in ["", " ", "a\u{7}b"] {
        assert_refused(&begin(&front_end, name).await, 400, "VALIDATION_FAILED");
    }
    let page = begin(&front_end, "Phone").await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let app = page.json()["data"].clone();
    let uri = app["uri"].as_str().unwrap();
    let secret = app["secret"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&secret.replace(' ', "")), "{uri}");
    assert!(app["qrSvg"].as_str().unwrap().starts_with("<svg"), "{app}");
    let phone = Phone::scanned(secret);
    assert_refused(
        &confirm(&front_end, &app, &phone.wrong_code(&world.app)).await,
        401,
        "INVALID_CODE",
    );
    assert_eq!(listed(&front_end).await, before);
    let page = confirm(&front_end, &app, &phone.code(&world.app)).await;
    assert_eq!(page.json()["data"]["hasRecoveryCodes"], false, "{}", page.summary());
    assert_refused(
        &confirm(&front_end, &app, &phone.next_code(&world.app)).await,
        404,
        "NOT_FOUND",
    );
    let page = front_end.send("POST", &format!("{FACTORS}/recovery-codes"), None).await;
    assert_eq!(page.json()["data"]["codes"].as_array().unwrap().len(), 10, "{}", page.summary());
    let after = listed(&front_end).await;
    assert_eq!(after["protection"], "strong", "{after}");
    assert_eq!(
        (&after["apps"][0]["name"], &after["recoveryCodes"]["left"]),
        (&json!("Phone"), &json!(10))
    );
    assert!(!after.to_string().contains(&secret.replace(' ', "")), "told once");
    let path = format!("{FACTORS}/apps/{}", app["id"].as_str().unwrap());
    let page = front_end.send("PATCH", &path, Some(json!({ "name": "Old phone" }))).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(listed(&front_end).await["apps"][0]["name"], "Old phone");
    assert_eq!(front_end.send("DELETE", &path, None).await.status, 200);
    assert_refused(&front_end.send("DELETE", &path, None).await, 404, "NOT_FOUND");
    let page = front_end.send("POST", &format!("{FACTORS}/recovery-codes"), None).await;
    assert_refused(&page, 404, "NOT_FOUND");
}

#[tokio::test]
async fn case_221_and_235_a_password_alone_changes_no_factor() {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    world.app.clock.advance(TimeDelta::minutes(1));
    // In a browser that was signed in with the password alone, before the app was there.
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "totp");
    let body = json!({ "flow": flow(&page), "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    let id = listed(&front_end).await["apps"][0]["id"].as_str().unwrap().to_owned();
    world.app.clock.advance(TimeDelta::minutes(16));
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    let confirming = flow(&page);
    let body = json!({ "identifier": ALICE, "password": PASSWORD, "flow": confirming });
    let page = front_end.post("/api/auth/login", body).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    let path = format!("{FACTORS}/apps/{id}");
    let page = front_end.send("DELETE", &path, None).await;
    assert_refused(&page, 403, "FRESH_SIGN_IN_REQUIRED");
    let page = front_end.send("POST", &format!("{FACTORS}/passkeys/options"), None).await;
    assert_refused(&page, 403, "FRESH_SIGN_IN_REQUIRED");
    let body = json!({ "flow": confirming, "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    assert_eq!(front_end.send("DELETE", &path, None).await.status, 200);
}

#[tokio::test]
async fn case_295_and_239_nobody_touches_anothers_factors() {
    let world = World::start().await;
    world.app.person(BOB).await;
    let (alice, _) = world.signed_in(ALICE).await;
    let app = begin(&alice, "Phone").await.json()["data"].clone();
    let phone = Phone::scanned(app["secret"].as_str().unwrap());
    let (bob, _) = world.signed_in(BOB).await;
    assert_refused(&confirm(&bob, &app, &phone.code(&world.app)).await, 404, "NOT_FOUND");
    assert_eq!(confirm(&alice, &app, &phone.code(&world.app)).await.status, 200);
    let id = app["id"].as_str().unwrap();
    for id in [id, NONE, "x", "%00"] {
        for (method, path, body) in
            sensitive(id).into_iter().filter(|(_, path, _)| path.contains(&format!("s/{id}")))
        {
            let page = bob.send(method, &path, body).await;
            assert!(matches!(page.status.as_u16(), 400 | 404), "{path}: {}", page.summary());
        }
    }
    assert_eq!(listed(&alice).await["apps"][0]["name"], "Phone");
}

#[tokio::test]
async fn case_239_what_is_needed_stays() {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    let body = json!({ "flow": flow(&page), "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    let id = listed(&front_end).await["apps"][0]["id"].as_str().unwrap().to_owned();
    let page = front_end.send("DELETE", &format!("{FACTORS}/apps/{id}"), None).await;
    assert_refused(&page, 409, "SECOND_FACTOR_NEEDED");
    assert_eq!(listed(&front_end).await["apps"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn confirming_belongs_to_the_front_end_and_to_the_person() {
    let world = World::start().await;
    world.app.person(BOB).await;
    let (front_end, _) = world.signed_in(ALICE).await;
    world.app.clock.advance(TimeDelta::minutes(16));
    // One of the pages, in the same browser.
    let page = front_end.agent.get(&world.app.at("/account/data/delete")).await;
    let theirs = page.location_param("flow").unwrap();
    let body = json!({ "identifier": ALICE, "password": PASSWORD, "flow": theirs });
    assert_refused(&front_end.post("/api/auth/login", body).await, 404, "FLOW_NOT_FOUND");
    // Somebody else who signs in there is signed in, and nothing of the first one is left. The front end has
    // no token of theirs, so it begins anew.
    let confirming = flow(&front_end.send("POST", "/api/auth/confirm", None).await);
    let body = json!({ "identifier": BOB, "password": PASSWORD, "flow": confirming });
    let page = front_end.post("/api/auth/login", body).await;
    assert_eq!(page.json()["data"], json!({ "next": "select-account" }), "{}", page.summary());
    let me = front_end.get("/api/account/me").await.json()["data"]["email"].clone();
    assert_eq!(me, BOB);
    assert_eq!(world.app.sessions(ALICE).await, 0);
}

impl FrontEnd<'_> {
    /// Whether the session outlives the window of the browser.
    fn is_remembered(&self) -> bool {
        let name = self.world.app.cookie_name("session");
        let cookies = self.agent.cookies("localhost");
        let session = cookies.iter().find(|cookie| cookie.name() == name).unwrap();
        session.max_age().is_some()
    }

    /// Begins to prove anew who is signed in.
    async fn confirming(&self) -> String {
        self.world.app.clock.advance(TimeDelta::minutes(16));
        flow(&self.send("POST", "/api/auth/confirm", None).await)
    }

    async fn confirm(&self, flow: &str, who: &str) -> Page {
        let body = json!({ "identifier": who, "password": PASSWORD, "flow": flow });
        self.post("/api/auth/login", body).await
    }
}

#[tokio::test]
async fn somebody_else_who_confirms_begins_anew_and_is_not_remembered_by_that() {
    let world = World::start().await;
    world.app.person(BOB).await;
    let front_end = world.opened().await;
    assert_eq!(next(&front_end.login_remembered().await), "done");
    assert!(front_end.is_remembered() && front_end.cookie("refresh").is_some());
    let confirming = front_end.confirming().await;
    assert_eq!(next(&front_end.confirm(&confirming, BOB).await), "select-account");
    assert!(!front_end.is_remembered(), "it was somebody else who asked for that");
    assert!(front_end.cookie("refresh").is_none());
    let page = front_end.login(BOB, PASSWORD).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert_eq!(page.json()["data"]["user"]["email"], BOB);
    assert!(page.json()["data"]["session"]["accessToken"].is_string());

    // Half way in, the one who is there stays there, and the other one begins anew as well.
    let phone = world.app.add_app(BOB).await;
    let front_end = world.opened().await;
    assert_eq!(next(&front_end.login_remembered().await), "done");
    let confirming = front_end.confirming().await;
    let page = front_end.confirm(&confirming, BOB).await;
    assert_eq!(page.json()["data"], json!({ "next": "select-account" }), "{}", page.summary());
    assert!(page.set_cookies().is_empty());
    let me = front_end.get("/api/account/me").await.json()["data"]["email"].clone();
    assert_eq!(me, ALICE);
    let body = json!({ "flow": confirming, "code": phone.code(&world.app) });
    assert_refused(&front_end.post("/api/auth/totp", body).await, 404, "FLOW_NOT_FOUND");
    let page = front_end.login(BOB, PASSWORD).await;
    let body = json!({ "flow": flow(&page), "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    let me = front_end.get("/api/account/me").await.json()["data"]["email"].clone();
    assert_eq!(me, BOB);
}

#[tokio::test]
async fn who_confirms_with_two_factors_stays_remembered_unless_they_say_otherwise() {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    let front_end = world.opened().await;
    let page = front_end.login_remembered().await;
    let body = json!({ "flow": flow(&page), "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    assert!(front_end.is_remembered());
    for (said, remembered) in [(json!(null), true), (json!(false), false), (json!(null), false)] {
        let confirming = front_end.confirming().await;
        let body = json!({
            "identifier": ALICE, "password": PASSWORD, "flow": confirming, "rememberMe": said,
        });
        assert_eq!(next(&front_end.post("/api/auth/login", body).await), "totp");
        let body = json!({ "flow": confirming, "code": phone.next_code(&world.app) });
        assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
        assert_eq!(front_end.is_remembered(), remembered, "{said}");
    }
}

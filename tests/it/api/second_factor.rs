//! A second factor through the API.

use serde_json::{Value, json};

use super::{ALICE, FrontEnd, World, assert_refused, flow, next};
use crate::support::agent::Page;
use crate::support::people::PASSWORD;
use crate::support::second_factor::{Phone, give_code};

async fn give(front_end: &FrontEnd<'_>, what: &str, flow: &str, code: &str) -> Page {
    front_end.post(&format!("/api/auth/{what}"), json!({ "flow": flow, "code": code })).await
}

/// Somebody with an app and recovery codes, at the page of the front end after the password.
async fn after_password(world: &World) -> (FrontEnd<'_>, String) {
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    (front_end, flow(&page))
}

async fn world() -> (World, Phone, Vec<String>) {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    let agent = world.app.signed_in_with_app(ALICE, &phone).await;
    let codes = world.app.recovery_codes_in(&agent).await;
    (world, phone, codes)
}

#[tokio::test]
async fn case_216_a_code_of_an_app_signs_in_and_works_once() {
    let (world, phone, _) = world().await;
    let (front_end, flow) = after_password(&world).await;
    assert!(!front_end.is_signed_in().await, "not before the last factor");
    let page = give(&front_end, "totp", &flow, &phone.wrong_code(&world.app)).await;
    assert_refused(&page, 401, "INVALID_CODE");
    assert!(page.set_cookies().is_empty());
    assert!(page.header("ratelimit-remaining").is_some());
    let code = phone.next_code(&world.app);
    let page = give(&front_end, "totp", &flow, &code).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let data = page.json()["data"].clone();
    assert_eq!(data["user"]["email"], ALICE);
    let token = data["session"]["accessToken"].as_str().unwrap();
    assert_eq!(world.app.userinfo(token).await.status, 200);
    assert!(front_end.is_signed_in().await);
    // The same code, in another browser.
    let (other, flow) = after_password(&world).await;
    assert_refused(&give(&other, "totp", &flow, &code).await, 401, "INVALID_CODE");
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn case_222_a_recovery_code_signs_in_and_works_once() {
    let (world, _, codes) = world().await;
    let (front_end, flow) = after_password(&world).await;
    let page = give(&front_end, "recovery-code", &flow, &codes[0]).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let (other, flow) = after_password(&world).await;
    let page = give(&other, "recovery-code", &flow, &codes[0]).await;
    assert_refused(&page, 401, "INVALID_CODE");
}

#[tokio::test]
async fn what_is_no_code_is_refused_without_being_counted() {
    let (world, _, _) = world().await;
    let (front_end, flow) = after_password(&world).await;
    for what in ["totp", "recovery-code", "verify-otp", "verify-email"] {
        for code in ["", "12345", "1e5000", "-12345", "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}"]
        {
            let page = give(&front_end, what, &flow, code).await;
            assert_refused(&page, 400, "VALIDATION_FAILED");
            assert!(page.json()["error"]["details"]["fields"]["code"].is_string());
            assert!(page.header("ratelimit").is_none(), "{what} {code:?}");
        }
        for code in [json!(123_456), json!(["123456"]), json!({ "code": "1" }), Value::Null] {
            let body = json!({ "flow": flow, "code": code });
            let page = front_end.post(&format!("/api/auth/{what}"), body).await;
            assert_refused(&page, 400, "INVALID_REQUEST");
        }
    }
}

#[tokio::test]
async fn case_217_misses_are_counted_over_new_sign_ins() {
    let (world, phone, _) = world().await;
    let mut refused = 0;
    loop {
        let (front_end, flow) = after_password(&world).await;
        let page = give(&front_end, "totp", &flow, &phone.wrong_code(&world.app)).await;
        if page.status == 429 {
            assert_refused(&page, 429, "TOO_MANY_ATTEMPTS");
            assert!(page.header("retry-after").is_some());
            let page = give(&front_end, "totp", &flow, &phone.next_code(&world.app)).await;
            assert_eq!(page.status, 429, "the right one too: {}", page.summary());
            break;
        }
        refused += 1;
        assert!(refused <= 10, "nothing locks");
    }
}

#[tokio::test]
async fn case_204_and_218_no_step_is_skipped() {
    let (world, phone, codes) = world().await;
    let front_end = world.opened().await;
    let begun = front_end.post("/api/auth/passkey/options", json!({})).await;
    let flow = begun.json()["data"]["flow"].as_str().unwrap().to_owned();
    // The second factor alone, without the first, leads nowhere.
    for (what, code) in [("totp", phone.next_code(&world.app)), ("recovery-code", codes[0].clone())]
    {
        let page = give(&front_end, what, &flow, &code).await;
        assert_eq!(next(&page), "password", "{}", page.summary());
        assert!(page.set_cookies().is_empty() && !front_end.is_signed_in().await);
    }
    let page = front_end.post("/api/auth/set-up", json!({ "flow": flow })).await;
    assert_refused(&page, 409, "STEP_NOT_ASKED_FOR");
    // After the password nothing but a second factor.
    let (front_end, flow) = after_password(&world).await;
    let allow = json!({ "flow": flow, "allow": true });
    let page = front_end.post("/api/auth/consent", allow).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    let wanted = json!({ "flow": flow, "purpose": "second-factor" });
    let page = front_end.post("/api/auth/send-otp", wanted).await;
    assert_eq!(next(&page), "totp", "mail is none of the ways: {}", page.summary());
    for path in ["factors", "activity", "me", "sessions"] {
        let page = front_end.get(&format!("/api/account/{path}")).await;
        assert_refused(&page, 401, "NOT_SIGNED_IN");
    }
    let page = front_end.send("POST", "/api/account/export", None).await;
    assert_refused(&page, 401, "NOT_SIGNED_IN");
    assert_refused(&front_end.post("/api/auth/refresh", json!({})).await, 401, "REFRESH_REFUSED");
    assert_eq!(world.app.sessions(ALICE).await, 2, "those of the phone");
    // The sign-in of one browser is none of another's.
    let other = world.opened().await;
    let page = give(&other, "totp", &flow, &phone.next_code(&world.app)).await;
    assert_refused(&page, 400, "OTHER_BROWSER");
}

#[tokio::test]
async fn case_225_a_trusted_browser_is_asked_for_the_password_alone() {
    let (world, phone, _) = world().await;
    let (front_end, flow) = after_password(&world).await;
    let body = json!({ "flow": flow, "code": phone.next_code(&world.app), "trustBrowser": true });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    front_end.post("/api/auth/logout", json!({})).await;
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let factors = front_end.get("/api/account/factors").await.json()["data"].clone();
    assert_eq!(factors["trustedBrowsers"], 1, "{factors}");
    // What changes how one signs in takes the second factor all the same.
    let page = front_end.post("/api/account/factors/recovery-codes", json!({})).await;
    assert_refused(&page, 403, "FRESH_SIGN_IN_REQUIRED");
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    let flow = super::flow(&page);
    let page = give(&front_end, "totp", &flow, &phone.next_code(&world.app)).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert!(page.json()["data"].get("session").is_none(), "the token at hand stays good");
    let page = front_end.post("/api/account/factors/recovery-codes", json!({})).await;
    assert_eq!(page.json()["data"]["codes"].as_array().unwrap().len(), 10, "{}", page.summary());
    let page = front_end.send("DELETE", "/api/account/factors/trusted-browsers", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(next(&front_end.login(ALICE, PASSWORD).await), "totp");
}

#[tokio::test]
async fn a_second_factor_is_set_up_on_the_way_in() {
    let world = World::with(|it| it.with(|client| client.needs_second_factor = true)).await;
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "set-up");
    let flow = flow(&page);
    let page = front_end.post("/api/auth/set-up", json!({ "flow": flow })).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let app = page.json()["data"]["app"].clone();
    let phone = Phone::scanned(app["secret"].as_str().unwrap());
    assert!(!front_end.is_signed_in().await);
    let confirm = async |code: String| {
        let body = json!({ "flow": flow, "app": app["id"], "code": code });
        front_end.post("/api/auth/set-up/confirm", body).await
    };
    assert_refused(&confirm(phone.wrong_code(&world.app)).await, 401, "INVALID_CODE");
    assert!(!front_end.is_signed_in().await);
    let page = confirm(phone.code(&world.app)).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let data = page.json()["data"].clone();
    assert_eq!(data["recoveryCodes"].as_array().unwrap().len(), 10);
    assert!(data["session"]["accessToken"].is_string());
    // One that was begun too long ago.
    let slow = World::with(|it| it.with(|client| client.needs_second_factor = true)).await;
    let front_end = slow.opened().await;
    let flow = super::flow(&front_end.login(ALICE, PASSWORD).await);
    let body = json!({ "flow": flow, "app": app["id"], "code": "123456" });
    let page = front_end.post("/api/auth/set-up/confirm", body).await;
    assert_eq!(next(&page), "set-up", "{}", page.summary());
}

/// A front end without a form for a step sends the browser to the pages, which lead back.
#[tokio::test]
async fn a_sign_in_goes_on_with_the_pages_and_comes_back() {
    let (world, phone, _) = world().await;
    let (front_end, flow) = after_password(&world).await;
    let path = format!("/oauth2/authorize/continue?flow={flow}");
    let page = front_end.agent.get(&world.app.at(&path)).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    let page = give_code(&page, &phone.next_code(&world.app)).await;
    let back = world.app.to_relying_party(page).await;
    assert!(back.location().as_str().starts_with(&world.client.redirect_uri));
    assert!(front_end.is_signed_in().await);
}

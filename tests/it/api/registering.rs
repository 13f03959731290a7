//! New accounts through the API.

use serde_json::{Value, json};

use super::{ALICE, FrontEnd, World, assert_refused, flow, next};
use crate::support::agent::Page;
use crate::support::mailbox::another;
use crate::support::people::PASSWORD;

const NEW: &str = "new@example.com";

async fn register(world: &World, front_end: &FrontEnd<'_>, body: Value) -> Page {
    world.moment();
    front_end.post("/api/auth/register", body).await
}

async fn confirm(front_end: &FrontEnd<'_>, body: Value) -> Page {
    front_end.post("/api/auth/verify-email", body).await
}

fn typed(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "Ada" })
}

#[tokio::test]
async fn an_account_is_made_when_its_address_is_confirmed() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let page = register(&world, &front_end, typed(NEW)).await;
    assert_eq!(next(&page), "verify-email", "{}", page.summary());
    assert!(page.set_cookies().is_empty());
    let (flow, code) = (flow(&page), world.app.mailed_code(NEW).await);
    let identity = world.app.node().identity();
    assert!(identity.find_user(NEW).await.unwrap().is_none(), "not before");
    let page = confirm(&front_end, json!({ "flow": flow, "code": another(&code) })).await;
    assert_refused(&page, 401, "INVALID_CODE");
    // The sign-in code's endpoint is another one (case 209).
    let body = json!({ "flow": flow, "code": code });
    assert_refused(
        &front_end.post("/api/auth/verify-otp", body.clone()).await,
        401,
        "INVALID_CODE",
    );
    assert!(identity.find_user(NEW).await.unwrap().is_none());
    let page = confirm(&front_end, body).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let user = page.json()["data"]["user"].clone();
    assert_eq!(
        (&user["email"], &user["name"], &user["emailVerified"]),
        (&json!(NEW), &json!("Ada"), &json!(true))
    );
    assert!(front_end.is_signed_in().await);
}

#[tokio::test]
async fn case_177_an_address_with_an_account_looks_the_same_and_its_owner_is_told() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let page = register(&world, &front_end, typed(ALICE)).await;
    assert_eq!(next(&page), "verify-email", "{}", page.summary());
    let flow = flow(&page);
    let letter = world.app.letters(ALICE).await.remove(0);
    assert_eq!(letter.record.kind, "registration-attempt");
    for code in ["000000", "123456"] {
        let page = confirm(&front_end, json!({ "flow": flow, "code": code })).await;
        assert_refused(&page, 401, "INVALID_CODE");
    }
    assert!(!front_end.is_signed_in().await);
}

#[tokio::test]
async fn case_188_nothing_else_about_the_account_is_chosen() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let mut body = typed(NEW);
    let more = json!({ "roles": ["administrator"], "isAdmin": true, "emailVerified": true, "sub": "x",
                       "id": "x", "mfa": false, "tenant": "x", "subject": "x" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let page = register(&world, &front_end, body).await;
    let (flow, code) = (flow(&page), world.app.mailed_code(NEW).await);
    let page = confirm(&front_end, json!({ "flow": flow, "code": code, "roles": ["x"] })).await;
    let user = page.json()["data"]["user"].clone();
    assert_eq!(user["roles"], json!([]), "{user}");
    assert_ne!(user["sub"], "x");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_member() {
    let world = World::start().await;
    let front_end = world.opened().await;
    for (body, member) in [
        (json!({ "email": "x", "password": PASSWORD }), "email"),
        (json!({ "email": NEW, "password": "short" }), "password"),
        (json!({ "email": NEW, "password": "password" }), "password"),
        (json!({ "email": NEW, "password": PASSWORD, "username": "a b" }), "username"),
        (json!({ "email": NEW, "password": PASSWORD, "name": "x".repeat(300) }), "name"),
    ] {
        let page = register(&world, &front_end, body.clone()).await;
        assert_refused(&page, 400, "VALIDATION_FAILED");
        let fields = page.json()["error"]["details"]["fields"].clone();
        assert!(fields[member].is_string(), "{body}: {fields}");
        assert!(!page.body.contains(PASSWORD));
    }
    assert!(world.app.letters(NEW).await.is_empty());
    let none = json!({ "flow": flow_of(&front_end).await, "code": "123456" });
    assert_refused(&confirm(&front_end, none).await, 401, "INVALID_CODE");
}

async fn flow_of(front_end: &FrontEnd<'_>) -> Value {
    front_end.post("/api/auth/passkey/options", json!({})).await.json()["data"]["flow"].clone()
}

#[tokio::test]
async fn a_username_that_went_to_somebody_else_is_typed_anew() {
    let world = World::start().await;
    let (one, two) = (world.opened().await, world.opened().await);
    let wanting = |email: &str| json!({ "email": email, "password": PASSWORD, "username": "ada" });
    let first = flow(&register(&world, &one, wanting(NEW)).await);
    let code = world.app.mailed_code(NEW).await;
    let second = flow(&register(&world, &two, wanting("quick@example.com")).await);
    let quick = world.app.mailed_code("quick@example.com").await;
    assert_eq!(next(&confirm(&two, json!({ "flow": second, "code": quick })).await), "done");
    let page = confirm(&one, json!({ "flow": first, "code": code })).await;
    assert_refused(&page, 400, "VALIDATION_FAILED");
    assert!(page.json()["error"]["details"]["fields"]["username"].is_string());
    let page = confirm(&one, json!({ "flow": first, "code": code, "username": "ada2" })).await;
    assert_eq!(page.json()["data"]["user"]["username"], "ada2", "{}", page.summary());
}

#[tokio::test]
async fn a_code_is_mailed_once_more() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let flow = flow(&register(&world, &front_end, typed(NEW)).await);
    let old = world.app.mailed_code(NEW).await;
    world.moment();
    let body = json!({ "flow": flow, "purpose": "register" });
    let page = front_end.post("/api/auth/send-otp", body).await;
    assert_eq!(next(&page), "verify-email", "{}", page.summary());
    let new = world.app.mailed_code(NEW).await;
    let page = confirm(&front_end, json!({ "flow": flow, "code": old })).await;
    assert_refused(&page, 401, "INVALID_CODE");
    assert_eq!(next(&confirm(&front_end, json!({ "flow": flow, "code": new })).await), "done");
}

/// The API makes no passkey for an account that is not there yet: a page does.
#[tokio::test]
async fn a_registration_with_a_passkey_goes_on_with_its_page() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let flow = flow_of(&front_end).await;
    let open = async |path: &str| {
        let path = format!("{path}?flow={}", flow.as_str().unwrap());
        front_end.agent.get(&world.app.at(&path)).await
    };
    let form = open("/register").await.form("#register-form").fill("name", "Ada");
    let page = form.fill("email", NEW).set("passkey", "on").submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let code = world.app.mailed_code(NEW).await;
    let page = confirm(&front_end, json!({ "flow": flow, "code": code })).await;
    assert_eq!(next(&page), "make-passkey", "{}", page.summary());
    assert_eq!(page.json()["data"]["flow"], flow);
    assert!(page.json()["data"].get("ways").is_none(), "no call makes it");
    assert!(world.app.node().identity().find_user(NEW).await.unwrap().is_none());
    let page = open("/register/passkey").await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.body.contains(NEW));
}

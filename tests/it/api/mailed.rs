//! Codes that are mailed, through the API.

use serde_json::{Value, json};

use super::{ALICE, FrontEnd, World, assert_refused, flow, next};
use crate::support::agent::Page;
use crate::support::mailbox::another;
use crate::support::people::PASSWORD;

async fn ask(world: &World, front_end: &FrontEnd<'_>, body: Value) -> Page {
    world.moment();
    front_end.post("/api/auth/send-otp", body).await
}

async fn enter(front_end: &FrontEnd<'_>, flow: &str, code: &str) -> Page {
    front_end.post("/api/auth/verify-otp", json!({ "flow": flow, "code": code })).await
}

#[tokio::test]
async fn a_mailed_code_signs_in_and_works_once() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let page = ask(&world, &front_end, json!({ "email": ALICE })).await;
    assert_eq!(next(&page), "mailed-code", "{}", page.summary());
    let ways = page.json()["data"]["ways"].clone();
    assert_eq!(ways, json!(["password", "passkey", "mailed-code", "register"]));
    let flow = flow(&page);
    let code = world.app.mailed_code(ALICE).await;
    let page = enter(&front_end, &flow, &another(&code)).await;
    assert_refused(&page, 401, "INVALID_CODE");
    let page = enter(&front_end, &flow, &code).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert!(front_end.is_signed_in().await);
    assert_eq!(enter(&front_end, &flow, &code).await.status, 409, "it is over");
}

#[tokio::test]
async fn case_209_a_code_is_good_for_what_it_was_mailed_for() {
    let world = World::start().await;
    let (one, two) = (world.opened().await, world.opened().await);
    let first = flow(&ask(&world, &one, json!({ "email": ALICE })).await);
    let code = world.app.mailed_code(ALICE).await;
    let second = flow(&ask(&world, &two, json!({ "email": "absent@example.com" })).await);
    // Another flow, another browser.
    assert_refused(&enter(&two, &second, &code).await, 401, "INVALID_CODE");
    assert_refused(&enter(&two, &first, &code).await, 400, "OTHER_BROWSER");
    // Another purpose.
    let body = json!({ "flow": first, "code": code, "purpose": "second-factor" });
    let page = one.post("/api/auth/verify-otp", body).await;
    assert_eq!(next(&page), "password", "none is asked for: {}", page.summary());
    let body = json!({ "flow": first, "code": code });
    assert_refused(&one.post("/api/auth/verify-email", body).await, 401, "INVALID_CODE");
    let body = json!({ "flow": first, "code": code, "purpose": "register" });
    assert_refused(&one.post("/api/auth/verify-otp", body).await, 400, "VALIDATION_FAILED");
    assert!(!one.is_signed_in().await && !two.is_signed_in().await);
    assert_eq!(next(&enter(&one, &first, &code).await), "done");
}

#[tokio::test]
async fn case_212_a_new_code_ends_the_one_before() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let flow = flow(&ask(&world, &front_end, json!({ "email": ALICE })).await);
    let old = world.app.mailed_code(ALICE).await;
    let page = ask(&world, &front_end, json!({ "flow": flow })).await;
    assert_eq!(next(&page), "mailed-code", "{}", page.summary());
    let new = world.app.mailed_code(ALICE).await;
    assert_refused(&enter(&front_end, &flow, &old).await, 401, "INVALID_CODE");
    assert_eq!(next(&enter(&front_end, &flow, &new).await), "done");
}

#[tokio::test]
async fn case_215_a_mailed_code_is_one_factor() {
    let world = World::start().await;
    let phone = world.app.add_app(ALICE).await;
    let front_end = world.opened().await;
    let flow = flow(&ask(&world, &front_end, json!({ "email": ALICE })).await);
    let code = world.app.mailed_code(ALICE).await;
    let page = enter(&front_end, &flow, &code).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
    assert!(page.set_cookies().is_empty() && !front_end.is_signed_in().await);
    let page = ask(&world, &front_end, json!({ "flow": flow, "purpose": "second-factor" })).await;
    assert_eq!(next(&page), "totp", "mail never counts twice: {}", page.summary());
    let body = json!({ "flow": flow, "code": phone.next_code(&world.app) });
    assert_eq!(next(&front_end.post("/api/auth/totp", body).await), "done");
    // Whoever has gone on by the password meanwhile is told what is asked for now.
    let page = ask(&world, &front_end, json!({ "email": ALICE })).await;
    let flow = super::flow(&page);
    let body = json!({ "flow": flow, "identifier": ALICE, "password": PASSWORD });
    assert_eq!(next(&front_end.post("/api/auth/login", body).await), "totp");
    let page = ask(&world, &front_end, json!({ "flow": flow })).await;
    assert_eq!(next(&page), "totp", "{}", page.summary());
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let world = World::start().await;
    let front_end = world.opened().await;
    for body in [
        json!({}),
        json!({ "purpose": "second-factor" }),
        json!({ "purpose": "register", "email": ALICE, "flow": "x" }),
        json!({ "email": "" }),
        json!({ "email": "nobody" }),
        json!({ "email": "a@b@c" }),
        json!({ "email": "v@x\r\nBcc: e@y" }),
        json!({ "email": "v@x,e@y" }),
    ] {
        let page = front_end.post("/api/auth/send-otp", body.clone()).await;
        assert_refused(&page, 400, "VALIDATION_FAILED");
    }
    for body in [json!({ "email": [ALICE] }), json!({ "purpose": "x" }), json!({ "email": 1 })] {
        let page = front_end.post("/api/auth/send-otp", body).await;
        assert_refused(&page, 400, "INVALID_REQUEST");
    }
    // Nothing was mailed in this one, so there is nothing to mail again.
    let page = front_end.post("/api/auth/passkey/options", json!({})).await;
    let flow = page.json()["data"]["flow"].clone();
    let page = front_end.post("/api/auth/send-otp", json!({ "flow": flow })).await;
    assert_eq!(next(&page), "password", "{}", page.summary());
    let again = json!({ "flow": flow, "purpose": "register" });
    let page = front_end.post("/api/auth/send-otp", again).await;
    assert_refused(&page, 409, "NO_CODE_SENT");
    // Without mail there is none of it.
    let silent = World::silent().await;
    let front_end = silent.opened().await;
    let page = front_end.post("/api/auth/send-otp", json!({ "email": ALICE })).await;
    assert_refused(&page, 403, "MAIL_NOT_CONFIGURED");
    let body = json!({ "email": "new@example.com", "password": PASSWORD });
    let page = front_end.post("/api/auth/register", body).await;
    assert_refused(&page, 403, "REGISTRATION_CLOSED");
    let page = front_end.post("/api/auth/forgot-password", json!({ "email": ALICE })).await;
    assert_refused(&page, 403, "MAIL_NOT_CONFIGURED");
}

//! Passkeys on the pages of the front end.

use serde_json::{Value, json};

use super::{ALICE, FrontEnd, ORIGIN, World, assert_refused, next};
use crate::support::agent::{Agent, Page};
use crate::support::authenticator::{Authenticator, Bent};
use crate::support::people::PASSWORD;

fn parsed(credential: &str) -> Value {
    serde_json::from_str(credential).unwrap()
}

/// Adds one in a browser in which somebody has just signed in.
async fn add(front_end: &FrontEnd<'_>, key: &mut Authenticator, origin: &str) -> Page {
    let page = front_end.send("POST", "/api/account/factors/passkeys/options", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let asked = page.json()["data"].clone();
    let credential = key.create(&asked["publicKey"], origin, &Bent::default());
    let body = json!({ "ceremony": asked["ceremony"], "credential": parsed(&credential) });
    front_end.post("/api/account/factors/passkeys/verify", body).await
}

async fn ask(front_end: &FrontEnd<'_>, body: Value) -> Value {
    let page = front_end.post("/api/auth/passkey/options", body).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()["data"].clone()
}

async fn answer(
    front_end: &FrontEnd<'_>,
    key: &mut Authenticator,
    asked: &Value,
    bent: &Bent,
) -> Page {
    let credential = key.get(&asked["publicKey"], ORIGIN, bent);
    let body = json!({ "flow": asked["flow"], "ceremony": asked["ceremony"],
                       "credential": parsed(&credential) });
    front_end.post("/api/auth/passkey/verify", body).await
}

async fn with_key(world: &World) -> Authenticator {
    let (front_end, _) = world.signed_in(ALICE).await;
    let mut key = Authenticator::new();
    let page = add(&front_end, &mut key, ORIGIN).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    key
}

#[tokio::test]
async fn a_passkey_signs_in_alone_and_after_a_password() {
    let world = World::start().await;
    let mut key = with_key(&world).await;
    let front_end = world.opened().await;
    let asked = ask(&front_end, json!({})).await;
    assert_eq!(asked["publicKey"]["rpId"], "localhost");
    let page = answer(&front_end, &mut key, &asked, &Bent::default()).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert!(page.json()["data"]["session"]["accessToken"].is_string());
    assert!(front_end.is_signed_in().await);

    let second = world.opened().await;
    let page = second.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "passkey", "{}", page.summary());
    let asked = ask(&second, json!({ "flow": super::flow(&page) })).await;
    assert_eq!(asked["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    assert!(!second.is_signed_in().await);
    let page = answer(&second, &mut key, &asked, &Bent::default()).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
}

#[tokio::test]
async fn case_228_other_origins_are_refused() {
    let world = World::start().await;
    let mut key = with_key(&world).await;
    let front_end = world.opened().await;
    for origin in [
        "https://localhost:39999",
        "http://localhost:39998",
        "http://localhost",
        "http://app.localhost:39999",
        "http://localhost:39999/",
        "https://evil.test",
        "",
    ] {
        let asked = ask(&front_end, json!({})).await;
        let bent = Bent { origin: Some(origin.to_owned()), ..Bent::default() };
        let page = answer(&front_end, &mut key, &asked, &bent).await;
        assert_refused(&page, 401, "PASSKEY_REFUSED");
        assert!(page.set_cookies().is_empty() && !front_end.is_signed_in().await, "{origin}");
    }
    let asked = ask(&front_end, json!({})).await;
    let bent = Bent { cross_origin: Some(true), ..Bent::default() };
    let page = answer(&front_end, &mut key, &asked, &bent).await;
    assert_refused(&page, 401, "PASSKEY_REFUSED");
    // Without a front end nobody is asked but on our own pages.
    let alone = crate::support::app::TestApp::start();
    let page = Agent::new().get(&alone.at("/.well-known/webauthn")).await;
    assert_eq!(page.status, 404, "{}", page.summary());
}

#[tokio::test]
async fn case_229_a_question_is_answered_once_and_where_it_was_asked() {
    let world = World::start().await;
    let mut key = with_key(&world).await;
    let (front_end, other) = (world.opened().await, world.opened().await);
    let asked = ask(&front_end, json!({})).await;
    let mut theirs = ask(&other, json!({})).await;
    theirs["ceremony"] = asked["ceremony"].clone();
    theirs["publicKey"] = asked["publicKey"].clone();
    let page = answer(&other, &mut key, &theirs, &Bent::default()).await;
    assert_refused(&page, 401, "PASSKEY_REFUSED");
    let page = answer(&front_end, &mut key, &asked, &Bent::default()).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    let mut again = ask(&front_end, json!({})).await;
    again["ceremony"] = asked["ceremony"].clone();
    again["publicKey"] = asked["publicKey"].clone();
    let page = answer(&front_end, &mut key, &again, &Bent::default()).await;
    assert_refused(&page, 401, "PASSKEY_REFUSED");
    for (member, bad) in [("ceremony", json!("x")), ("credential", json!({}))] {
        let mut body =
            json!({ "flow": again["flow"], "ceremony": asked["ceremony"], "credential": {} });
        body[member] = bad;
        let page = front_end.post("/api/auth/passkey/verify", body).await;
        assert_refused(&page, 401, "PASSKEY_REFUSED");
    }
}

/// Whoever signs in with a stolen password, and leaves a passkey behind.
#[tokio::test]
async fn case_231_a_passkey_of_a_disowned_sign_in_lets_nobody_in_by_itself() {
    let world = World::start().await;
    world.signed_in(ALICE).await;
    world.moment();
    let thief = world.opened().await;
    assert_eq!(next(&thief.login_remembered().await), "done");
    let letters = world.app.letters(ALICE).await;
    let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    let link = words.find(|word| word.contains("/not-me?token=")).expect("a link");
    let mut key = Authenticator::new();
    assert_eq!(add(&thief, &mut key, ORIGIN).await.status, 200);
    world.moment();
    let page = Agent::new().get(link).await.follow_all().await;
    assert_eq!(page.form("#not-me-form").submit().await.status, 303);

    assert!(!thief.is_signed_in().await);
    assert_eq!(thief.send("POST", "/api/auth/refresh", None).await.status, 401);
    let front_end = world.opened().await;
    let asked = ask(&front_end, json!({})).await;
    let page = answer(&front_end, &mut key, &asked, &Bent::default()).await;
    assert_refused(&page, 401, "PASSKEY_REFUSED");
    assert!(page.set_cookies().is_empty() && !front_end.is_signed_in().await);
    // Behind a password it is a second factor, and is told of.
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "passkey", "{}", page.summary());
    let asked = ask(&front_end, json!({ "flow": super::flow(&page) })).await;
    assert_eq!(next(&answer(&front_end, &mut key, &asked, &Bent::default()).await), "done");
    let listed = front_end.get("/api/account/factors").await.json()["data"].clone();
    assert_eq!(listed["passkeys"][0]["inDoubt"], true, "{listed}");
    // The session at hand is stale by then, and the passkey alone does not make it fresh.
    world.app.clock.advance(chrono::TimeDelta::minutes(16));
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    let asked = ask(&front_end, json!({ "flow": super::flow(&page) })).await;
    let page = answer(&front_end, &mut key, &asked, &Bent::default()).await;
    assert_refused(&page, 401, "PASSKEY_REFUSED");
}

#[tokio::test]
async fn browsers_are_told_where_the_passkeys_of_this_host_are_used() {
    let world = World::start().await;
    let page = Agent::new().get(&world.app.at("/.well-known/webauthn")).await;
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.json(), json!({ "origins": [world.app.issuer(), ORIGIN] }));
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let mut key = Authenticator::new();
    assert_refused(&add(&front_end, &mut key, "https://evil.test").await, 401, "PASSKEY_REFUSED");
    assert_eq!(add(&front_end, &mut key, ORIGIN).await.status, 200);
    // Two factors are to be fresh now, and a passkey is both.
    let asked = ask(&front_end, json!({})).await;
    assert_eq!(next(&answer(&front_end, &mut key, &asked, &Bent::default()).await), "done");
    let listed = front_end.get("/api/account/factors").await.json()["data"].clone();
    assert_eq!(listed["protection"], "no-codes", "{listed}");
    let id = listed["passkeys"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/account/factors/passkeys/{id}");
    for name in ["", " ", &"x".repeat(200)] {
        let page = front_end.send("PATCH", &path, Some(json!({ "name": name }))).await;
        assert_refused(&page, 400, "VALIDATION_FAILED");
    }
    let page = front_end.send("PATCH", &path, Some(json!({ "name": "Key of mine" }))).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let listed = front_end.get("/api/account/factors").await.json()["data"].clone();
    assert_eq!(listed["passkeys"][0]["name"], "Key of mine");
    assert_eq!(front_end.send("DELETE", &path, None).await.status, 200);
    assert_refused(&front_end.send("DELETE", &path, None).await, 404, "NOT_FOUND");
    let listed = front_end.get("/api/account/factors").await.json()["data"].clone();
    assert_eq!(listed["passkeys"], json!([]));
}

//! From nobody to somebody and back.

use serde_json::json;

use super::{ALICE, CLIENT, ORIGIN, World, assert_refused};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims};
use crate::support::people::PASSWORD;

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let page = front_end.get("/api/auth/session").await;
    assert_eq!(page.json()["data"]["signedIn"], false);
    assert_refused(&front_end.get("/api/account/me").await, 401, "NOT_SIGNED_IN");

    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let body = page.json();
    assert_eq!(body["success"], true);
    assert_eq!(body["metadata"]["apiVersion"], "1");
    assert_eq!(body["metadata"]["requestId"].as_str(), page.header("x-request-id"));
    assert!(body["metadata"]["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
    assert_eq!(body["metadata"]["rateLimit"]["remaining"], 5, "{body}");
    assert!(body["metadata"]["rateLimit"]["resetTime"].is_string(), "{body}");
    assert_eq!(page.header("ratelimit-remaining"), Some("5"));
    let data = &body["data"];
    assert_eq!(data["next"], "done");
    assert_eq!(data["user"]["email"], ALICE);
    assert_eq!(data["session"]["tokenType"], "Bearer");
    assert!(data["session"]["expiresIn"].as_i64().unwrap() > 60, "{data}");
    assert!(data.get("flow").is_none());
    let token = data["session"]["accessToken"].as_str().unwrap();
    assert_eq!(claims(token)["client_id"], CLIENT);
    assert_eq!(claims(token)["aud"], world.app.issuer());
    assert_eq!(data["user"]["sub"], claims(token)["sub"]);

    let cookies = page.set_cookies();
    let session = cookies.iter().find(|it| it.name().ends_with("-session")).unwrap();
    assert_eq!(session.http_only(), Some(true));
    assert_eq!(front_end.cookie("refresh"), None, "only for who is remembered");
    assert_eq!(front_end.get("/api/account/me").await.json()["data"]["email"], ALICE);
    assert_eq!(world.app.userinfo(token).await.json()["email"], ALICE);
    assert_eq!(front_end.agent.get(&world.app.at("/account")).await.status, 200, "the pages too");
    let page = front_end.get("/api/auth/session").await;
    assert_eq!(page.json()["data"]["user"]["email"], ALICE);

    let page = front_end.send("POST", "/api/auth/logout", None).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_refused(&front_end.get("/api/account/me").await, 401, "NOT_SIGNED_IN");
    assert_eq!(world.app.userinfo(token).await.status, 401, "it died with the session");
    assert_eq!(world.app.sessions(ALICE).await, 0);
    let page = front_end.send("POST", "/api/auth/logout", None).await;
    assert_eq!(page.status, 200, "whoever is out may go out again");
}

#[tokio::test]
async fn a_name_has_three_names() {
    let world = World::start().await;
    let front_end = world.opened().await;
    let login = async |body: serde_json::Value| {
        front_end.send("POST", "/api/auth/login", Some(body)).await.status.as_u16()
    };
    assert_eq!(login(json!({ "email": ALICE, "password": PASSWORD })).await, 200);
    assert_eq!(login(json!({ "username": ALICE, "password": PASSWORD })).await, 200);
    let both = json!({ "email": ALICE, "identifier": ALICE, "password": PASSWORD });
    assert_eq!(login(both).await, 400, "which one is meant?");
}

#[tokio::test]
async fn case_257_every_sign_in_has_a_session_of_its_own() {
    let world = World::start().await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let before = front_end.cookie("session").unwrap();
    front_end.login(ALICE, PASSWORD).await;
    let after = front_end.cookie("session").unwrap();
    assert_ne!(before, after);
    let old = Agent::new();
    old.set_cookie("localhost", &format!("{}={before}", world.app.cookie_name("session")));
    let old = world.opened_in(old).await;
    assert_refused(&old.get("/api/account/me").await, 401, "NOT_SIGNED_IN");
}

#[tokio::test]
async fn a_second_factor_cannot_be_skipped() {
    let world = World::with(|it| it.with(|client| client.needs_second_factor = true)).await;
    let front_end = world.opened().await;
    let page = front_end.login_remembered().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let data = &page.json()["data"];
    assert_eq!(data["next"], "set-up", "{data}");
    assert!(
        data["flow"].is_string() && data.get("session").is_none() && data.get("user").is_none()
    );
    assert!(page.set_cookies().is_empty(), "no session, no refresh token, no known browser");
    assert_refused(&front_end.get("/api/account/me").await, 401, "NOT_SIGNED_IN");
    assert_refused(
        &front_end.send("POST", "/api/auth/refresh", None).await,
        401,
        "REFRESH_REFUSED",
    );
    // Another step does not lead around it.
    let consent = json!({ "flow": data["flow"], "allow": true });
    let page = front_end.send("POST", "/api/auth/consent", Some(consent)).await;
    assert_eq!(page.json()["data"]["next"], "set-up", "{}", page.summary());
}

#[tokio::test]
async fn who_could_be_anybody_asks_for_consent() {
    // Any program on the machine can pose as one that gets its codes there.
    let world = World::with(|it| it.redirect_uri("http://localhost:39999/callback")).await;
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    let data = page.json()["data"].clone();
    assert_eq!(data["next"], "consent", "{}", page.summary());
    assert!(data["scopes"].as_array().unwrap().contains(&json!("email")), "{data}");
    assert!(data.get("session").is_none());
    let decide = async |allow: bool, flow: &serde_json::Value| {
        let body = json!({ "flow": flow, "allow": allow });
        front_end.send("POST", "/api/auth/consent", Some(body)).await
    };
    let page = decide(true, &data["flow"]).await;
    assert_eq!(page.json()["data"]["next"], "done", "{}", page.summary());
    assert!(page.json()["data"]["session"]["accessToken"].is_string());
    assert_refused(&decide(true, &data["flow"]).await, 409, "FLOW_ENDED");

    let flow = front_end.login(ALICE, PASSWORD).await.json()["data"]["flow"].clone();
    let page = decide(false, &flow).await;
    assert_eq!(page.json()["data"]["next"], "denied", "{}", page.summary());
    assert_refused(&decide(true, &flow).await, 409, "FLOW_ENDED");
}

#[tokio::test]
async fn sign_ins_of_other_apps_and_browsers_are_none_of_its_business() {
    let world = World::start().await;
    let other = world.app.confidential_client("notes").await;
    let front_end = world.opened().await;
    let page = world.app.authorize(&front_end.agent, &authorization_request(&other)).await;
    let theirs = page.location_param("flow").unwrap();
    let account =
        front_end.agent.get(&world.app.at("/login")).await.location_param("flow").unwrap();
    for flow in [theirs.as_str(), &account, "x", "", "00000000-0000-7000-8000-000000000000"] {
        let body = json!({ "identifier": ALICE, "password": PASSWORD, "flow": flow });
        let page = front_end.send("POST", "/api/auth/login", Some(body)).await;
        assert_refused(&page, 404, "FLOW_NOT_FOUND");
    }
    assert_eq!(world.app.sessions(ALICE).await, 0);

    let strict = World::with(|it| it.with(|client| client.needs_second_factor = true)).await;
    let (one, two) = (strict.opened().await, strict.opened().await);
    let flow = one.login(ALICE, PASSWORD).await.json()["data"]["flow"].clone();
    let body = json!({ "flow": flow, "allow": true });
    let page = two.send("POST", "/api/auth/consent", Some(body)).await;
    assert_refused(&page, 400, "OTHER_BROWSER");
}

#[tokio::test]
async fn the_pages_cannot_finish_what_the_front_end_began() {
    let world = World::with(|it| it.redirect_uri("http://localhost:39999/callback")).await;
    let front_end = world.opened().await;
    let flow = front_end.login(ALICE, PASSWORD).await.json()["data"]["flow"].clone();
    let url = world.app.at(&format!("/consent?flow={}", flow.as_str().unwrap()));
    let page = front_end.agent.get(&url).await;
    let page = world.app.to_relying_party(page).await;
    let code = page.location_param("code").unwrap();
    // Whoever gets the code has no verifier.
    let request = crate::support::flow::code_request(&world.client, &code);
    let page = world.app.token(&world.client, &request).await;
    assert_eq!(page.json()["error"], "invalid_grant", "{}", page.summary());
}

#[tokio::test]
async fn without_a_front_end_there_is_no_api() {
    let world = World::on(TestApp::start(), |it| it).await;
    for path in ["/api/auth/session", "/api/account/me", "/api/openapi.json"] {
        let page = Agent::new().call("GET", Some(ORIGIN), &world.app.at(path), &[], None).await;
        assert_refused(&page, 404, "NOT_FOUND");
        assert!(page.header("access-control-allow-origin").is_none());
        assert!(page.set_cookies().is_empty());
    }
    let page = Agent::new().call("GET", None, &world.app.at("/api/docs"), &[], None).await;
    assert_eq!(page.status, 404);
    let body = json!({ "identifier": ALICE, "password": PASSWORD }).to_string();
    let url = world.app.at("/api/auth/login");
    let page = Agent::new().call("POST", Some(ORIGIN), &url, &[], Some(&body)).await;
    assert_refused(&page, 404, "NOT_FOUND");
    let page = Agent::new().get(&world.app.at("/api/health")).await;
    assert_eq!(page.json()["status"], "ok", "that one is for whoever watches");
}

#[tokio::test]
async fn a_client_that_is_no_front_end_gets_nothing() {
    for (change, reason) in [
        (
            (|it| it.with(|it| it.first_party = false))
                as fn(crate::support::registrations::Registration) -> _,
            "theirs",
        ),
        (
            |it| {
                it.with(|it| {
                    it.auth_method = latchkey::domain::client::AuthMethod::ClientSecretBasic;
                })
            },
            "secret",
        ),
        (|it| it.with(|it| it.disabled_at = Some(it.created_at)), "disabled"),
    ] {
        let world = World::with(change).await;
        let page = world.opened().await.login(ALICE, PASSWORD).await;
        assert_refused(&page, 500, "INTERNAL_ERROR");
        assert_eq!(world.app.sessions(ALICE).await, 0, "{reason}");
    }
}

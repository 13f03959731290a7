//! One flow engine, two faces: the pages and the API decide alike.

use serde_json::json;

use super::uniform::{STRANGERS, populate};
use super::{ALICE, World};
use crate::support::agent::Agent;
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;
use crate::support::registrations::Registration;

/// What became of a sign-in.
#[derive(Debug, PartialEq, Eq)]
struct Decision {
    status: u16,
    next: Option<String>,
    /// Whether the browser is signed in after it.
    signed_in: bool,
    /// What is left of the budgets.
    left: Option<String>,
    wait: Option<String>,
}

/// Tries in the order given, each in a fresh browser, through the API.
async fn by_api(world: &World, tries: &[(&str, &str)]) -> Vec<Decision> {
    let mut decisions = vec![];
    for (who, password) in tries {
        let front_end = world.opened().await;
        let page = front_end.login(who, password).await;
        let next = page.json()["data"]["next"].as_str().map(str::to_owned);
        decisions.push(Decision {
            status: page.status.as_u16(),
            next,
            signed_in: front_end.get("/api/account/me").await.status == 200,
            left: page.header("ratelimit").map(str::to_owned),
            wait: page.header("retry-after").map(str::to_owned),
        });
    }
    decisions
}

/// The same through the pages, as the same client.
async fn by_pages(world: &World, tries: &[(&str, &str)]) -> Vec<Decision> {
    let mut decisions = vec![];
    for (who, password) in tries {
        let agent = Agent::new();
        let request = authorization_request(&world.client)
            .with("prompt", "login")
            .with("scope", "openid profile email roles");
        let page = world.app.authorize(&agent, &request).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", who).fill("password", password);
        let page = form.submit().await;
        let next = if page.status == 303 { Some(next_of(&page).await) } else { None };
        decisions.push(Decision {
            status: if page.status == 303 { 200 } else { page.status.as_u16() },
            next,
            signed_in: agent.cookie("localhost", &world.app.cookie_name("session")).is_some(),
            left: page.header("ratelimit").map(str::to_owned),
            wait: page.header("retry-after").map(str::to_owned),
        });
    }
    decisions
}

/// Where the dispatcher leads.
async fn next_of(page: &crate::support::agent::Page) -> String {
    let on = page.follow().await;
    let location = on.location();
    match location.path() {
        "/login" => "password",
        "/register" => "register",
        "/consent" => "consent",
        "/select-account" => "select-account",
        "/second-factor/set-up" => "set-up",
        "/second-factor/app" => "totp",
        _ if on.location_param("code").is_some() => "done",
        _ => panic!("where is this? {location}"),
    }
    .to_owned()
}

async fn same(change: fn(Registration) -> Registration, tries: &[(&str, &str)]) {
    let mut seen = vec![];
    for face in ["api", "pages"] {
        let world = World::with(change).await;
        populate(&world.app).await;
        seen.push(match face {
            "api" => by_api(&world, tries).await,
            _ => by_pages(&world, tries).await,
        });
    }
    let (pages, api) = (seen.pop().unwrap(), seen.pop().unwrap());
    for ((input, api), pages) in tries.iter().zip(api).zip(pages) {
        assert_eq!(api, pages, "{input:?}");
    }
}

#[tokio::test]
async fn passwords_are_judged_alike() {
    let mut tries =
        vec![(ALICE, PASSWORD), ("ALICE@EXAMPLE.COM", PASSWORD), (ALICE, "wrong horse")];
    tries.extend(STRANGERS.iter().map(|who| (*who, PASSWORD)));
    let long = "x".repeat(2_000);
    tries.extend([("", PASSWORD), (ALICE, ""), (" ", " ")]);
    tries.extend([(" alice@example.com ", PASSWORD), (ALICE, &long), (ALICE, PASSWORD)]);
    same(|it| it, &tries).await;
}

#[tokio::test]
async fn locks_are_kept_alike() {
    let mut tries = vec![];
    for who in [ALICE, "absent@example.com"] {
        tries.extend([(who, "wrong horse"); 6]);
        tries.extend([(who, PASSWORD); 2]);
    }
    same(|it| it, &tries).await;
}

#[tokio::test]
async fn what_is_missing_is_told_alike() {
    let tries = [(ALICE, PASSWORD), (ALICE, "wrong horse")];
    same(|it| it.with(|client| client.needs_second_factor = true), &tries).await;
    same(|it| it.redirect_uri("http://localhost:39999/callback"), &tries).await;
}

#[tokio::test]
async fn a_consent_counts_on_both_faces() {
    let world = World::with(|it| it.redirect_uri("http://localhost:39999/callback")).await;
    let front_end = world.opened().await;
    let flow = front_end.login(ALICE, PASSWORD).await.json()["data"]["flow"].clone();
    front_end.send("POST", "/api/auth/consent", Some(json!({ "flow": flow, "allow": true }))).await;
    let page = front_end.agent.get(&world.app.at("/account/apps")).await;
    assert!(page.body.contains(super::CLIENT), "{}", page.summary());
    let consents = front_end.get("/api/account/consents").await;
    assert_eq!(consents.json()["data"]["consents"][0]["clientId"], super::CLIENT);
}

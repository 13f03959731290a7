//! Other providers in a sign-in through the API.

use latchkey::config::Profile;
use latchkey::domain::provider::ProviderPolicy;
use serde_json::{Value, json};

use super::{ALICE, FrontEnd, World, assert_refused, flow, next};
use crate::support::agent::Page;
use crate::support::people::PASSWORD;
use crate::support::providers::Trip;
use crate::support::upstream::Upstream;

const CORP: &str = "ada@corp.example";

async fn world(policy: impl FnOnce(&mut ProviderPolicy)) -> (World, Upstream) {
    let world = World::configured(|config| config.profile = Profile::Dev { port: None }).await;
    let up = Upstream::start();
    let mut provider = world.app.provider("up", &up);
    policy(&mut provider.policy);
    world.app.add_provider(provider).await;
    (world, up)
}

/// The address that the answer names for the provider.
fn url(page: &Page) -> String {
    let provider = &page.json()["data"]["providers"][0];
    assert_eq!((&provider["id"], &provider["name"]), (&json!("up"), &json!("UP")));
    provider["url"].as_str().expect("an address").to_owned()
}

/// Goes there, is somebody, and comes back.
async fn comes_back(
    world: &World,
    up: &Upstream,
    at: &FrontEnd<'_>,
    url: &str,
    who: Value,
) -> Page {
    let gone = at.agent.get(url).await;
    assert_eq!(gone.status, 303, "{}", gone.summary());
    let trip = Trip { to: gone.location(), agent: at.agent.clone() };
    up.knows(&world.app, &trip, who);
    let back = format!("/auth/up/callback?code=c&state={}", trip.param("state"));
    at.agent.get(&world.app.at(&back)).await
}

#[tokio::test]
async fn providers_are_among_the_ways_with_where_to_go() {
    let (world, up) = world(|_| {}).await;
    let front_end = world.opened().await;
    let page = front_end.post("/api/auth/send-otp", json!({ "email": ALICE })).await;
    let ways = page.json()["data"]["ways"].clone();
    assert!(ways.as_array().unwrap().contains(&json!("provider")), "{ways}");
    let url = url(&page);
    assert_eq!(url, world.app.at(&format!("/api/auth/up?flow={}", flow(&page))));
    let who = json!({ "sub": "ada", "email": "ada@example.com" });
    let page = comes_back(&world, &up, &front_end, &url, who).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(front_end.is_signed_in().await);
}

#[tokio::test]
async fn an_address_of_the_domain_leads_to_its_provider_whoever_has_it() {
    let (world, up) = world(|it| it.login_domains = vec!["corp.example".to_owned()]).await;
    let known = "known@corp.example";
    world.app.person(known).await;
    let typed = |who: &str| {
        [
            ("login", json!({ "identifier": who, "password": PASSWORD })),
            ("login", json!({ "email": who, "password": "" })),
            ("send-otp", json!({ "email": who })),
            ("register", json!({ "email": who, "password": "a good long one" })),
        ]
    };
    for who in [CORP, known] {
        for (call, body) in typed(who) {
            let front_end = world.opened().await;
            let page = front_end.post(&format!("/api/auth/{call}"), body).await;
            assert_eq!(next(&page), "provider", "{call}");
            assert_eq!(page.json()["data"]["ways"], json!(["provider"]));
            let gone = front_end.agent.get(&url(&page)).await;
            assert!(gone.location().as_str().starts_with(&up.issuer()), "{}", gone.summary());
            assert_eq!(gone.location_param("login_hint").as_deref(), Some(who));
        }
        let body = json!({ "identifier": who });
        let page = world.opened().await.post("/api/auth/forgot-password", body).await;
        assert_eq!(page.json()["data"]["provider"], json!({ "id": "up", "name": "UP" }));
    }
    let letters = world.app.letters(known).await;
    assert_eq!(letters.len(), 1, "whoever has a password here can have another one");
    let page = world.opened().await.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "done");
    let without = world.opened().await.login(ALICE, "").await;
    assert_refused(&without, 400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn who_arrived_says_whether_the_account_is_connected() {
    let (world, up) = world(|it| it.registration = false).await;
    for (connect, sub) in [(false, "a"), (true, "b")] {
        let front_end = world.opened().await;
        let begun = front_end.post("/api/auth/send-otp", json!({ "email": ALICE })).await;
        let (url, flow) = (url(&begun), flow(&begun));
        let who = json!({ "sub": sub, "email": ALICE, "email_verified": true });
        comes_back(&world, &up, &front_end, &url, who.clone()).await;
        let answer = json!({ "flow": flow, "connect": connect });
        let early = front_end.post("/api/auth/connect", answer.clone()).await;
        assert_eq!(next(&early), "password", "not before somebody signed in");
        let body = json!({ "identifier": ALICE, "password": PASSWORD, "flow": flow });
        let page = front_end.post("/api/auth/login", body).await;
        assert_eq!(next(&page), "connect", "{}", page.summary());
        assert_eq!(page.json()["data"]["providers"], json!([{ "id": "up", "name": "UP" }]));
        let page = front_end.post("/api/auth/connect", answer).await;
        assert_eq!(next(&page), "done", "{}", page.summary());
        assert!(page.json()["data"]["session"]["accessToken"].is_string());
        // Whoever is connected is in at once the next time.
        let front_end = world.opened().await;
        let begun = front_end.post("/api/auth/send-otp", json!({ "email": CORP })).await;
        let url = self::url(&begun);
        comes_back(&world, &up, &front_end, &url, who).await;
        assert_eq!(front_end.is_signed_in().await, connect);
    }
}

#[tokio::test]
async fn who_proves_it_anew_is_told_of_the_providers_that_can() {
    let (world, up) = world(|it| it.trusts_email = true).await;
    let (front_end, _) = world.signed_in(ALICE).await;
    let later = || world.app.clock.advance(chrono::TimeDelta::minutes(16));
    later();
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    let data = page.json()["data"].clone();
    assert!(!data["ways"].as_array().unwrap().contains(&json!("provider")), "{data}");
    assert_eq!(data["providers"], Value::Null, "none is connected");
    // Connected by the operator's trust.
    let stranger = world.opened().await;
    let begun = stranger.post("/api/auth/send-otp", json!({ "email": CORP })).await;
    let who = json!({ "sub": "alice", "email": ALICE, "email_verified": true });
    comes_back(&world, &up, &stranger, &url(&begun), who).await;
    let page = front_end.send("POST", "/api/auth/confirm", None).await;
    let data = page.json()["data"].clone();
    assert!(data["ways"].as_array().unwrap().contains(&json!("provider")), "{data}");
    let now = world.app.now().timestamp();
    let who = json!({ "sub": "alice", "auth_time": now });
    let page = comes_back(&world, &up, &front_end, &url(&page), who).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert_eq!(next(&front_end.send("POST", "/api/auth/confirm", None).await), "done");
}

#[tokio::test]
async fn who_arrived_takes_another_account_there_and_is_not_asked_about_a_disabled_one() {
    let (world, up) = world(|it| it.registration = false).await;
    let front_end = world.opened().await;
    let begun = front_end.post("/api/auth/send-otp", json!({ "email": ALICE })).await;
    let flow = flow(&begun);
    let who = json!({ "sub": "a", "email": ALICE, "email_verified": true });
    comes_back(&world, &up, &front_end, &url(&begun), who).await;
    let answer = json!({ "flow": flow, "connect": true });
    let page = front_end.post("/api/auth/connect", answer.clone()).await;
    assert!(url(&page).ends_with("&prompt=select_account"), "{}", url(&page));
    let statement = "UPDATE providers SET disabled_at = now()";
    diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut world.app.raw()).unwrap();
    world.app.refresh().await;
    let body = json!({ "identifier": ALICE, "password": PASSWORD, "flow": flow });
    let page = front_end.post("/api/auth/login", body).await;
    assert_eq!(next(&page), "done", "{}", page.summary());
    assert!(page.json()["data"]["session"]["accessToken"].is_string());
}

#[tokio::test]
async fn a_provider_is_a_way_to_prove_a_second_factor() {
    let (world, up) = world(|it| (it.is_second_factor, it.trusts_email) = (true, true)).await;
    let who = json!({ "sub": "alice", "email": ALICE, "email_verified": true });
    let front_end = world.opened().await;
    let begun = front_end.post("/api/auth/send-otp", json!({ "email": CORP })).await;
    comes_back(&world, &up, &front_end, &url(&begun), who).await;
    assert!(front_end.is_signed_in().await);
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let front_end = world.opened().await;
    let page = front_end.login(ALICE, PASSWORD).await;
    assert_eq!(next(&page), "provider", "{}", page.summary());
    assert_eq!(page.json()["data"]["ways"], json!(["provider"]));
    let path = format!("/second-factor/provider/up?flow={}", flow(&page));
    assert_eq!(url(&page), world.app.at(&path));
    assert!(!front_end.is_signed_in().await);
    let now = world.app.now().timestamp();
    let who = json!({ "sub": "alice", "auth_time": now });
    comes_back(&world, &up, &front_end, &url(&page), who).await;
    assert!(front_end.is_signed_in().await);
}

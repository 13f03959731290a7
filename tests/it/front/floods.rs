//! Floods: what is beyond a limit is refused before it costs anything, and others are served.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use latchkey::config::Config;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{assert_page, authorization_request};
use crate::support::people::PASSWORD;
use crate::support::routes::routes;
use crate::support::strict::assert_strict;

const ALICE: &str = "alice@example.com";
const QUOTA: u32 = 30;

/// Every kind of request has the same small budget.
fn small(config: &mut Config) {
    let quota = NonZeroU32::new(QUOTA);
    config.limits.pages = quota;
    config.limits.authorize = quota;
    config.limits.programs = quota;
    config.limits.pictures = quota;
    config.limits.public = quota;
}

/// Uses a budget up.
async fn flood(app: &TestApp, method: &str, path: &str) -> Page {
    for _ in 0..QUOTA {
        let page = Agent::new().request(method, &app.at(path)).await;
        assert_ne!(page.status, 429, "{}", page.summary());
    }
    Agent::new().request(method, &app.at(path)).await
}

#[track_caller]
fn assert_refused(page: &Page) {
    assert_eq!(page.status, 429, "{}", page.summary());
    let number = |name: &str| page.header(name).unwrap().parse::<u32>().unwrap();
    assert_eq!((number("retry-after"), number("ratelimit-reset")), (2, 2));
    assert_eq!((number("ratelimit-limit"), number("ratelimit-remaining")), (QUOTA, 0));
    assert!(page.header("set-cookie").is_none());
    assert_strict(page, false, "a flood");
}

#[tokio::test]
async fn case_324_each_face_tells_it_in_its_own_words() {
    let app = TestApp::start_configured(small);
    let page = flood(&app, "GET", "/login").await;
    assert_refused(&page);
    assert_page(&page, 429);
    assert_eq!(page.text("h1"), "Too many tries");
    let page = flood(&app, "POST", "/oauth2/token").await;
    assert_refused(&page);
    assert_eq!(page.json()["error"], "temporarily_unavailable");
    let page = flood(&app, "GET", "/health/live").await;
    assert_refused(&page);
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    // Each limit for itself: this one is still untouched.
    assert_ne!(Agent::new().get(&app.at("/oauth2/authorize")).await.status, 429);
}

#[tokio::test]
async fn case_324_a_flood_costs_neither_statement_nor_hash_and_ends_by_itself() {
    let app = TestApp::start_configured(small);
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    flood(&app, "GET", "/signed-out").await;
    let request = format!("/oauth2/authorize?{}", authorization_request(&client).encoded());
    let begun = |app: &TestApp| {
        app.dump_without(&[]).iter().filter(|row| row.starts_with("flows ")).count()
    };
    flood(&app, "GET", &request).await;
    assert_eq!(begun(&app), QUOTA as usize, "each that was admitted began a sign-in");

    flood(&app, "POST", "/oauth2/token").await;
    let (rows, statements) = (app.dump_without(&[]), app.statements());
    for _ in 0..20 {
        let agent = Agent::new();
        assert_refused(&agent.get(&app.at(&request)).await);
        let form = [("identifier", ALICE), ("password", PASSWORD)];
        assert_refused(&agent.post(&app.at("/login?flow=x"), &form).await);
        assert_refused(&agent.post(&app.at("/oauth2/token"), &[("grant_type", "x")]).await);
        assert_refused(&agent.get(&app.at("/nowhere")).await);
    }
    // The node itself looks for new settings now and then.
    let own = app.statements() - statements;
    assert!(own < 60, "{own} statements for 80 requests that were refused");
    assert_eq!(app.dump_without(&[]), rows);

    app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(Agent::new().get(&app.at("/signed-out")).await.status, 200);
    app.clock.advance(TimeDelta::seconds(60));
    assert_refused(&flood(&app, "GET", "/signed-out").await);
}

#[tokio::test]
async fn case_324_other_spellings_and_methods_have_no_budget_of_their_own() {
    let app = TestApp::start_configured(small);
    for n in 0..QUOTA {
        let path = ["/oauth2/authorize", "/oauth2/%61uthorize", "/oauth2/authorize?x"];
        let method = ["GET", "POST", "PUT", "OPTIONS"][n as usize % 4];
        let page = Agent::new().request(method, &app.at(path[n as usize % 3])).await;
        assert_ne!(page.status, 429, "{}", page.summary());
    }
    for path in ["/oauth2/authorize", "/oauth2/%61uthorize"] {
        assert_refused(&Agent::new().get(&app.at(path)).await);
    }
}

/// Whatever others send: whoever comes from elsewhere signs in.
#[tokio::test]
async fn case_324_others_are_served_while_one_floods() {
    let app = TestApp::start_configured(|config| {
        small(config);
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    });
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let mallory = Agent::new().with_header("x-forwarded-for", "203.0.113.66");
    for path in ["/login", "/oauth2/authorize", "/oauth2/userinfo"] {
        for _ in 0..2 * QUOTA {
            mallory.get(&app.at(path)).await;
        }
        assert_refused(&mallory.get(&app.at(path)).await);
    }
    let alice = Agent::new().with_header("x-forwarded-for", "198.51.100.1");
    app.code_for(&alice, &authorization_request(&client), ALICE).await;
    let jwks = Agent::new().with_header("x-forwarded-for", "203.0.113.66");
    assert_eq!(jwks.get(&app.at("/oauth2/jwks")).await.status, 200);
    assert_eq!(jwks.get(&app.at("/health/ready")).await.status, 200);
}

/// The defaults, for people behind one address: a hundred of them sign in in the same minute.
#[tokio::test]
async fn case_324_a_crowd_behind_one_address_meets_no_limit() {
    let app = TestApp::start_configured(|config| config.limits = defaults());
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    for _ in 0..100 {
        app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    }
}

/// What a configuration without a word about limits says.
fn defaults() -> latchkey::config::LimitsConfig {
    let scratch = crate::support::cluster::scratch();
    let limits = Config::for_dev(8080, &scratch).unwrap().limits;
    let of = |limit: Option<NonZeroU32>| limit.unwrap().get();
    assert_eq!((of(limits.pages), of(limits.authorize)), (1200, 600));
    assert_eq!((of(limits.programs), of(limits.public)), (60_000, 60_000));
    assert_eq!(of(limits.pictures), 12_000);
    limits
}

/// No route is outside of the limits.
#[tokio::test]
async fn case_324_every_route_is_limited() {
    let app = TestApp::start_configured(small);
    for path in ["/nowhere", "/oauth2/authorize", "/oauth2/token", "/pictures/x", "/oauth2/jwks"] {
        flood(&app, "GET", path).await;
    }
    for route in routes() {
        let page = Agent::new().get(&app.at(&route.path("x"))).await;
        assert_refused(&page);
    }
}

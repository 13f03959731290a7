//! Providers that are away, slow or out of their minds.

use std::time::Duration;

use chrono::TimeDelta;
use latchkey::domain::provider::ProviderKind;
use latchkey::federation::{FederationError, Hints, PATIENCE, TokenProblem, UpstreamAnswer};
use latchkey::outbound::OutboundError;
use serde_json::json;

use super::{World, provider};
use crate::support::upstream::Page;

const DISCOVERY: &str = "/.well-known/openid-configuration";

impl World {
    /// When the failure of a moment ago stands no more.
    fn later(&self) {
        self.advance(TimeDelta::seconds(10));
        self.tells(json!({}));
    }
}

#[tokio::test]
async fn case_256_what_is_said_is_bounded_and_repeated_nowhere() {
    let world = World::new();
    let script = "<script>alert(1)</script>";
    let answer = UpstreamAnswer { error: Some(script.to_owned()), ..Default::default() };
    let error = world.complete_with(&answer).await.unwrap_err();
    assert_eq!(error, FederationError::Refused("another error"));
    world.says(|it| {
        it.token = Page::Json(400, json!({ "error": script, "error_description": script }));
    });
    let error = world.complete().await.unwrap_err();
    assert_eq!(error, FederationError::Exchange("another error"));

    world.says(|it| it.token = Page::Right);
    // Ten megabytes do not come through, and what does is looked at no further than it has to be.
    for (length, expected) in [
        (10_000_000, FederationError::Outbound(OutboundError::TooLong)),
        (100_000, FederationError::Token(TokenProblem::TooLong)),
    ] {
        world.tells(json!({ "padding": "x".repeat(length) }));
        assert_eq!(world.complete().await.unwrap_err(), expected, "{length}");
    }
    world.tells(json!({}));
    for page in [Page::Html, Page::Json(200, json!([])), Page::Json(200, json!({}))] {
        world.says(|it| it.token = page.clone());
        let error = world.complete().await.unwrap_err();
        assert!(matches!(error, FederationError::Unreadable(_)), "{page:?}: {error}");
        assert!(!error.to_string().contains("script"));
    }
    world.says(|it| it.token = Page::Loops);
    let redirect = FederationError::Outbound(OutboundError::Redirect);
    assert_eq!(world.complete().await.unwrap_err(), redirect);
    assert_eq!(world.upstream.heard().iter().filter(|it| it.path == "/token").count(), 7);
}

#[tokio::test]
async fn case_256_metadata_and_keys_are_bounded() {
    let too_long = FederationError::Outbound(OutboundError::TooLong);
    let redirect = FederationError::Outbound(OutboundError::Redirect);
    for (page, error) in [(Page::Huge(100_000_000), too_long), (Page::Loops, redirect)] {
        let world = World::new();
        world.says(|it| it.jwks = page.clone());
        assert_eq!(world.complete().await.unwrap_err(), error, "{page:?}");
        world.says(|it| (it.jwks, it.discovery) = (Page::Right, page.clone()));
        world.later();
        assert_eq!(world.complete().await.unwrap_err(), error, "{page:?}");
        assert_eq!(world.upstream.count("/token"), 0);
        world.says(|it| it.discovery = Page::Right);
        world.later();
        world.complete().await.unwrap();
    }
    let world = World::new();
    world.says(|it| it.discovery = Page::Json(404, json!({})));
    assert!(matches!(world.complete().await, Err(FederationError::Metadata(_))));
    world.says(|it| it.discovery = Page::Html);
    world.later();
    assert!(matches!(world.complete().await, Err(FederationError::Metadata(_))));
    world.says(|it| (it.discovery, it.jwks) = (Page::Right, Page::Html));
    world.later();
    assert!(matches!(world.complete().await, Err(FederationError::Unreadable(_))));
}

#[tokio::test]
async fn case_f12_a_dead_provider_is_left_alone_and_asked_again() {
    let world = World::new();
    world.says(|it| it.token = Page::Json(503, json!({})));
    for _ in 0..3 {
        assert_eq!(world.complete().await.unwrap_err(), FederationError::Status(503));
    }
    // Nothing more goes there; where the browser is to go is known.
    assert_eq!(world.complete().await.unwrap_err(), FederationError::Resting);
    assert_eq!(world.upstream.count("/token"), 3);
    world.begin(&Hints::default()).await.unwrap();
    // Another provider has nothing to do with it.
    World::new().complete().await.unwrap();

    world.says(|it| it.token = Page::Right);
    world.advance(TimeDelta::seconds(14));
    assert_eq!(world.complete().await.unwrap_err(), FederationError::Resting);
    world.advance(TimeDelta::seconds(1));
    world.tells(json!({}));
    world.complete().await.unwrap();
    world.complete().await.unwrap();
}

#[tokio::test]
async fn case_f12_what_a_provider_said_holds_while_it_is_away() {
    let world = World::new();
    world.complete().await.unwrap();
    world.says(|it| it.discovery = Page::Json(500, json!({})));
    world.advance(TimeDelta::hours(2));
    world.tells(json!({}));
    world.begin(&Hints::default()).await.unwrap();
    world.complete().await.unwrap();
    assert!(world.upstream.count(DISCOVERY) > 1, "it was asked again");
    world.advance(TimeDelta::hours(23));
    assert!(world.begin(&Hints::default()).await.unwrap_err().is_away());
}

#[tokio::test]
async fn case_f12_a_provider_that_hangs_is_given_up_for_all_who_wait() {
    let world = World::new();
    world.says(|it| it.discovery = Page::Hangs);
    let begin = || async { world.begin(&Hints::default()).await };
    let outcomes = tokio::join!(begin(), begin(), begin(), begin());
    let timed_out = Err(FederationError::Outbound(OutboundError::TimedOut));
    let (first, second, third, fourth) = outcomes;
    for outcome in [first, second, third, fourth] {
        assert_eq!(outcome, timed_out);
    }
    // They waited for one and the same answer, and whoever comes next is told at once.
    assert_eq!(world.upstream.count(DISCOVERY), 1);
    assert_eq!(world.begin(&Hints::default()).await, timed_out);
    assert_eq!(world.upstream.count(DISCOVERY), 1);
    world.says(|it| it.discovery = Page::Right);
    world.later();
    world.begin(&Hints::default()).await.unwrap();
    // Nothing listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = provider(&world.env, ProviderKind::Oidc, &format!("http://{nobody}"));
    let error = world.federation.begin(&gone, &world.trip, &Hints::default()).await.unwrap_err();
    assert_eq!(error, FederationError::Outbound(OutboundError::Refused));
}

#[tokio::test]
async fn case_f12_a_provider_whose_discovery_fails_is_not_asked_at_every_click() {
    for page in [Page::Json(404, json!({})), Page::Json(500, json!({})), Page::Html] {
        let world = World::new();
        world.says(|it| it.discovery = page.clone());
        let first = world.begin(&Hints::default()).await.unwrap_err();
        for _ in 0..20 {
            assert_eq!(world.begin(&Hints::default()).await.unwrap_err(), first, "{page:?}");
            assert_eq!(world.complete().await.unwrap_err(), first, "{page:?}");
        }
        assert_eq!(world.upstream.count(DISCOVERY), 1, "{page:?}");
        // It is found again by whoever comes ten seconds later.
        world.says(|it| it.discovery = Page::Right);
        world.advance(TimeDelta::seconds(9));
        assert_eq!(world.begin(&Hints::default()).await.unwrap_err(), first, "{page:?}");
        world.advance(TimeDelta::seconds(1));
        world.begin(&Hints::default()).await.unwrap();
        assert_eq!(world.upstream.count(DISCOVERY), 2, "{page:?}");
    }
}

#[tokio::test]
async fn case_f12_who_answers_and_fails_is_not_left_alone() {
    for (status, rests) in [
        (400, false),
        (404, false),
        (429, false),
        (500, false),
        (501, false),
        (502, true),
        (503, true),
        (504, true),
        (505, false),
    ] {
        let world = World::new();
        world.says(|it| it.token = Page::Json(status, json!({})));
        for _ in 0..3 {
            let error = world.complete().await.unwrap_err();
            assert_ne!(error, FederationError::Resting, "{status}");
        }
        let error = world.complete().await.unwrap_err();
        assert_eq!(error == FederationError::Resting, rests, "{status}: {error}");
        assert_eq!(world.upstream.count("/token"), if rests { 3 } else { 4 }, "{status}");
    }
}

/// What is given up because all of it took too long, is no failure of a single question: it is neither
/// remembered nor counted by the breaker, which tells the one bound from the other.
#[tokio::test]
async fn case_f12_all_that_is_asked_in_a_sign_in_has_one_bound() {
    assert_eq!(PATIENCE, Duration::from_secs(9));
    let timed_out = FederationError::Outbound(OutboundError::TimedOut);
    let mut world = World::new();
    let patient = world.federation.clone();
    let impatient = patient.with_patience(Duration::ZERO);
    world.says(|it| it.discovery = Page::Hangs);
    world.federation = impatient.clone();
    assert_eq!(world.begin(&Hints::default()).await.unwrap_err(), timed_out);
    world.says(|it| it.discovery = Page::Right);
    world.federation = patient.clone();
    world.begin(&Hints::default()).await.unwrap();

    world.says(|it| it.token = Page::Hangs);
    world.federation = impatient;
    for _ in 0..5 {
        assert_eq!(world.complete().await.unwrap_err(), timed_out);
    }
    world.says(|it| it.token = Page::Right);
    world.federation = patient;
    world.complete().await.unwrap();

    let mut world = World::of(ProviderKind::Github);
    world.federation = world.federation.with_patience(Duration::ZERO);
    world.says(|it| drop(it.pages.insert("/login/oauth/access_token", Page::Hangs)));
    for _ in 0..5 {
        assert_eq!(world.complete().await.unwrap_err(), timed_out);
    }
}

#[tokio::test]
async fn case_f14_new_keys_are_fetched_once_and_forged_ones_fetch_nothing() {
    let world = World::new();
    world.complete().await.unwrap();
    assert_eq!(world.upstream.count("/jwks"), 1);
    world.says(|it| it.generation = 2);
    world.complete().await.unwrap();
    world.complete().await.unwrap();
    assert_eq!(world.upstream.count("/jwks"), 2);
    let forge = |world: &World, number: u32| {
        let kid = json!(format!("forged-{number}"));
        world.says(|it| drop(it.header.insert("kid".to_owned(), kid)));
    };
    for number in 0..50 {
        forge(&world, number);
        assert_eq!(world.problem().await, TokenProblem::UnknownKey);
    }
    assert_eq!(world.upstream.count("/jwks"), 2, "the cooldown began with the rotation");
    world.advance(TimeDelta::seconds(61));
    world.tells(json!({}));
    for number in 0..50 {
        forge(&world, number);
        assert_eq!(world.problem().await, TokenProblem::UnknownKey);
    }
    assert_eq!(world.upstream.count("/jwks"), 3);
    assert_eq!(world.upstream.count(DISCOVERY), 1);
}

#[tokio::test]
async fn those_who_come_at_once_ask_once() {
    let world = World::new();
    let begin = || async { world.begin(&Hints::default()).await.unwrap() };
    tokio::join!(begin(), begin(), begin(), begin(), begin());
    assert_eq!(world.upstream.count(DISCOVERY), 1);
    assert_eq!(world.upstream.count("/jwks"), 1);
}

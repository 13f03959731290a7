//! Answers that let nobody in.

use serde_json::json;

use super::{Home, ada};
use crate::support::agent::Agent;
use crate::support::flow::assert_page;
use crate::support::upstream::{Page, Sign, Upstream};

#[tokio::test]
async fn case_241_an_answer_counts_once_in_the_browser_that_was_sent() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    home.knows(&trip, ada());
    // The state of another browser, a wrong one, none.
    let stranger = Agent::new();
    stranger.get(&home.at("/login")).await.follow_all().await;
    assert_page(&stranger.get(&home.way_back(&trip)).await, 400);
    for query in ["?code=c", "?code=c&state=", "?code=c&state=wrong", "?code=c&state=%00", "?"] {
        let page = agent.get(&home.at(&format!("/auth/up/callback{query}"))).await;
        assert_page(&page, 400);
        assert!(!home.is_signed_in(&agent).await, "{query}");
    }
    assert!(!home.is_signed_in(&stranger).await);
    assert_eq!(home.up.count("/token"), 0, "nobody was asked");
    assert_eq!(home.returns(&trip).await.status, 303);
    assert!(home.is_signed_in(&agent).await);
    // Twice.
    assert_page(&home.returns(&trip).await, 400);
    assert_eq!(home.up.count("/token"), 1);
}

#[tokio::test]
async fn case_241_an_answer_that_comes_too_late_is_none() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    home.app.clock.advance(chrono::TimeDelta::minutes(15));
    home.knows(&trip, ada());
    assert_page(&home.returns(&trip).await, 400);
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_242_a_token_that_is_not_in_order_makes_nobody_anybody() {
    let home = Home::new().await;
    for claims in [
        json!({ "aud": "another" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "nonce": "another" }),
        json!({ "exp": 1 }),
    ] {
        let agent = Agent::new();
        let trip = home.leaves(&agent).await;
        let mut who = ada();
        who.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        home.knows(&trip, who);
        let page = home.returns(&trip).await;
        assert_eq!(page.status, 400, "{}", page.summary());
        // With the other ways in.
        assert!(page.has("#login-form") && page.has("#provider-up") && page.has(".summary"));
        assert!(!home.is_signed_in(&agent).await, "{claims}");
    }
    for sign in [Sign::Nothing, Sign::PublicKeyAsSecret, Sign::Forged, Sign::Broken] {
        home.up.says(|script| script.sign = sign);
        let agent = Agent::new();
        home.signs_in(&agent, ada()).await;
        assert!(!home.is_signed_in(&agent).await, "{sign:?}");
    }
    assert_eq!((home.count("users"), home.count("federation_links")), (0, 0));
}

#[tokio::test]
async fn case_252_an_answer_to_one_provider_is_none_of_another() {
    let home = Home::new().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    other.knows(&home.app, &trip, ada());
    let path = format!("/auth/other/callback?code=c&state={}", trip.param("state"));
    assert_page(&agent.get(&home.at(&path)).await, 400);
    assert!(!home.is_signed_in(&agent).await);
    assert!(other.heard().is_empty());
    // And one that names another issuer (RFC 9207).
    let path = format!("{}&iss={}", home.way_back(&trip), "https%3A%2F%2Fevil.example");
    assert_eq!(agent.get(&path).await.status, 400);
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_256_what_a_stranger_wrote_is_nowhere() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    let path = format!(
        "/auth/up/callback?error=%3Cscript%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E\
         &state={}",
        trip.param("state")
    );
    let page = agent.get(&home.at(&path)).await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(!page.body.contains("<script>") && !page.body.contains("alert(1)"));
    for (page, path) in [(Page::Html, "/token"), (Page::Huge(10 << 20), "/token")] {
        let agent = Agent::new();
        let trip = home.leaves(&agent).await;
        home.knows(&trip, ada());
        home.up.says(|script| script.token = page);
        let page = home.returns(&trip).await;
        let is_told = page.status == 400 || page.status == 503;
        assert!(is_told && page.has("#login-form"), "{path}: {}", page.summary());
        assert!(!home.is_signed_in(&agent).await);
    }
    assert_eq!(home.count("users"), 0);
}

#[tokio::test]
async fn who_cancels_there_finds_the_other_ways_in() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    let path = format!("/auth/up/callback?error=access_denied&state={}", trip.param("state"));
    let page = agent.get(&home.at(&path)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.has("#login-form") && page.has("#provider-up"));
    assert_eq!(home.app.trail_of("session.sign_in_refused"), 1);
}

#[tokio::test]
async fn f12_a_provider_that_is_away_keeps_nobody_from_signing_in_here() {
    let home = Home::new().await;
    home.app.person(super::ALICE).await;
    home.up.says(|script| script.discovery = Page::Json(503, json!({})));
    let agent = Agent::new();
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    let away = page.click("#provider-up").await;
    assert_eq!(away.status, 503, "{}", away.summary());
    assert_eq!(away.header("retry-after"), Some("60"));
    let page = home.app.sign_in(away, super::ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
}

#[tokio::test]
async fn a_provider_that_nobody_knows_or_uses_is_not_there() {
    let home = Home::new().await;
    let agent = Agent::new();
    for path in ["/api/auth/nobody", "/api/auth/UP", "/api/auth/%3Cscript%3E"] {
        assert_eq!(agent.get(&home.at(path)).await.status, 404, "{path}");
    }
    agent.get(&home.at("/login")).await.follow_all().await;
    assert_page(&agent.get(&home.at("/auth/nobody/callback?code=c&state=s")).await, 404);
    diesel::RunQueryDsl::execute(
        diesel::sql_query("UPDATE providers SET disabled_at = created_at"),
        &mut home.app.raw(),
    )
    .unwrap();
    home.app.refresh().await;
    assert_eq!(agent.get(&home.at("/api/auth/up")).await.status, 404);
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    assert!(!page.has("#provider-up"));
}

#[tokio::test]
async fn an_answer_by_post_comes_again_by_get() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    home.knows(&trip, ada());
    let fields = [("code", "c"), ("state", &trip.param("state")), ("extra", "x")];
    let page = agent.post_from("https://up.example/", &home.at("/auth/up/callback"), &fields).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(page.set_cookies().is_empty() && home.up.count("/token") == 0);
    assert!(!page.location().as_str().contains("extra"));
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
}

#[tokio::test]
async fn an_account_that_is_closed_stays_closed() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let user = home.app.person(super::ALICE).await;
    let who = json!({ "sub": "a", "email": super::ALICE, "email_verified": true });
    home.signs_in(&Agent::new(), who.clone()).await;
    home.app.disable(user).await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, who).await;
    assert_eq!(page.status, 403, "{}", page.summary());
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_311_what_has_no_place_in_a_row_or_a_header_is_no_fault_of_ours() {
    let home = Home::new().await;
    home.app.person(super::ALICE).await;
    let agent = Agent::new();
    let who = json!({ "sub": "a", "email": super::ALICE, "email_verified": true,
        "odd": { "deep": ["\u{0}"] }, "od\u{0}d": 1 });
    let page = home.signs_in(&agent, who).await;
    assert!(page.has("#arrival"), "{}", page.summary());
    let page = agent.post_from("https://up.example/", &home.at("/auth/%0A/callback"), &[]).await;
    assert_page(&page, 404);
    // What nobody was sent for leaves nothing behind.
    let before = home.app.dump_without(&["refusals"]);
    assert_page(&agent.get(&home.at("/auth/up/callback?code=c&state=made-up")).await, 400);
    assert_eq!(agent.get(&home.at("/api/auth/nobody")).await.status, 404);
    assert_eq!(home.app.dump_without(&["refusals"]), before);
}

//! Connecting an account with an identity at a provider, and disconnecting it.

use serde_json::json;

use super::{ALICE, Home, Trip};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;
use crate::support::upstream::Upstream;

impl Home {
    /// A browser in which Alice is signed in with her password.
    pub(super) async fn alice(&self) -> Agent {
        let agent = Agent::new();
        let page = agent.get(&self.at("/login")).await.follow_all().await;
        let page = self.app.sign_in(page, ALICE).await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    /// Sets out from the account pages.
    pub(super) async fn sets_out(&self, agent: &Agent) -> Trip {
        let page = agent.get(&self.at("/account/providers")).await;
        let gone = page.form("form[action$='/up/connect']").submit().await;
        assert_eq!(gone.status, 303, "{}", gone.summary());
        Trip { to: gone.location(), agent: agent.clone() }
    }

    pub(super) async fn connects(&self, agent: &Agent, who: serde_json::Value) -> Page {
        let trip = self.sets_out(agent).await;
        self.knows(&trip, who);
        self.returns(&trip).await
    }
}

fn alice() -> serde_json::Value {
    json!({ "sub": "alice-there", "email": ALICE, "email_verified": true })
}

#[tokio::test]
async fn who_arrives_signs_in_to_the_account_and_connects_it() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    for decision in ["not-now", "connect"] {
        let agent = Agent::new();
        let page = home.signs_in(&agent, alice()).await;
        assert!(page.has("#arrival"), "{}", page.summary());
        let page = home.app.sign_in(page, ALICE).await.follow_all().await;
        assert_eq!(page.url.path(), "/connect", "{}", page.summary());
        assert!(page.body.contains(ALICE));
        let page = page.form("#connect-form").set("decision", decision).submit().await;
        let page = page.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        assert_eq!(home.count("federation_links"), i64::from(decision == "connect"));
    }
    assert_eq!(home.app.mails_of("factor-added"), 1);
    let agent = Agent::new();
    let page = home.signs_in(&agent, alice()).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(home.count("users"), 1);
}

#[tokio::test]
async fn who_arrives_and_waits_too_long_connects_nothing() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, alice()).await;
    home.app.clock.advance(chrono::TimeDelta::minutes(16));
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(home.count("federation_links"), 0);
}

#[tokio::test]
async fn an_account_is_connected_from_its_pages() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let page = home.connects(&agent, alice()).await.follow_all().await;
    assert_eq!(page.url.path(), "/account/providers", "{}", page.summary());
    assert!(page.has("#providers") && page.body.contains("UP"));
    assert_eq!(home.app.trail_of("user.provider_connected"), 1);
    assert_eq!(home.app.mails_of("factor-added"), 1);
    // Twice is as good as once.
    assert!(!page.has("form[action$='/up/connect']"));
}

#[tokio::test]
async fn case_248_nobody_connects_without_a_recent_sign_in_or_by_a_form_of_another_site() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let page = agent.get(&home.at("/account/providers")).await;
    let form = page.form("form[action$='/up/connect']");
    assert_page(&form.clone().set("csrf", "wrong").submit().await, 403);
    let url = home.at("/account/providers/up/connect");
    assert_page(&agent.post_from("https://evil.example/", &url, &[]).await, 403);
    // Begun in time, and brought back too late.
    home.app.clock.advance(chrono::TimeDelta::minutes(10));
    let trip = home.sets_out(&agent).await;
    home.app.clock.advance(chrono::TimeDelta::minutes(10));
    home.knows(&trip, alice());
    let stale = home.returns(&trip).await;
    assert_page(&stale, 400);
    let later = form.submit().await;
    assert_eq!(later.status, 303, "{}", later.summary());
    assert_eq!(later.location().path(), "/login", "who they are is asked anew");
    assert_eq!(home.count("federation_links"), 0);
}

#[tokio::test]
async fn case_248_the_answer_of_another_session_connects_nothing() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let trip = home.sets_out(&agent).await;
    home.knows(&trip, alice());
    home.app.sign_out(&agent).await;
    home.app.person("mallory@example.com").await;
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    home.app.sign_in(page, "mallory@example.com").await.follow_all().await;
    assert_page(&home.returns(&trip).await, 400);
    assert_eq!(home.count("federation_links"), 0);
}

#[tokio::test]
async fn case_249_an_identity_belongs_to_one_account() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let other = Agent::new();
    home.signs_in(
        &other,
        json!({ "sub": "one", "email": "one@example.com",
        "email_verified": true }),
    )
    .await;
    let first = home.account_of(&other).await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let page = home.connects(&agent, json!({ "sub": "one" })).await;
    assert_page(&page, 409);
    assert_eq!(home.count("federation_links"), 1);
    let again = Agent::new();
    home.signs_in(&again, json!({ "sub": "one" })).await;
    assert_eq!(home.account_of(&again).await, first, "nothing was moved");
}

#[tokio::test]
async fn case_248_who_arrived_connects_with_a_recent_sign_in_only() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    home.app.change_setting("fresh_authentication", Some("60")).await.unwrap();
    home.app.refresh().await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, alice()).await;
    let asked = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(asked.url.path(), "/connect", "{}", asked.summary());
    home.app.clock.advance(chrono::TimeDelta::seconds(61));
    let page = asked.form("#connect-form").set("decision", "connect").submit().await;
    assert_eq!(home.count("federation_links"), 0);
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/connect", "{}", page.summary());
    page.form("#connect-form").set("decision", "connect").submit().await;
    assert_eq!(home.count("federation_links"), 1);
}

#[tokio::test]
async fn case_254_the_last_way_in_stays() {
    let home = Home::new().await;
    let agent = Agent::new();
    // Without an address that is theirs there is no other way.
    home.signs_in(&agent, json!({ "sub": "one" })).await;
    let page = agent.get(&home.at("/account/providers")).await.click("#providers a.button").await;
    let page = page.form("#disconnect-form").submit().await;
    assert_eq!(page.status, 409, "{}", page.summary());
    assert_eq!(home.count("federation_links"), 1);
}

#[tokio::test]
async fn case_254_an_identity_at_a_provider_that_is_out_of_use_is_no_way_in() {
    let home = Home::new().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let agent = Agent::new();
    home.signs_in(&agent, json!({ "sub": "one" })).await;
    // So that the first of them is known.
    home.app.clock.advance(chrono::TimeDelta::seconds(1));
    let page = agent.get(&home.at("/account/providers")).await;
    let gone = page.form("form[action$='/other/connect']").submit().await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    other.knows(&home.app, &trip, json!({ "sub": "two" }));
    agent
        .get(&home.at(&format!("/auth/other/callback?code=c&state={}", trip.param("state"))))
        .await;
    assert_eq!(home.count("federation_links"), 2);
    let first = agent.get(&home.at("/account/providers")).await.click("#providers a.button").await;
    home.run("UPDATE providers SET disabled_at = now() WHERE slug = 'other'");
    home.app.refresh().await;
    let page = first.form("#disconnect-form").submit().await;
    assert_eq!(page.status, 409, "{}", page.summary());
    home.run("UPDATE providers SET disabled_at = NULL");
    home.app.refresh().await;
    let page = first.form("#disconnect-form").submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert_eq!(home.count("federation_links"), 1);
}

#[tokio::test]
async fn case_245_whoever_is_signed_in_proves_it_anew_before_they_connect() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let gone = agent.get(&home.at("/api/auth/up")).await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    home.knows(&trip, alice());
    let page = home.returns(&trip).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(home.count("federation_links"), 0);
}

#[tokio::test]
async fn case_254_an_identity_is_disconnected_by_who_has_signed_in_a_short_while_ago() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    home.connects(&agent, alice()).await;
    let page = agent.get(&home.at("/account/providers")).await.click("#providers a.button").await;
    let form = page.form("#disconnect-form");
    home.app.clock.advance(chrono::TimeDelta::hours(1));
    let late = form.submit().await;
    assert_eq!(late.status, 303, "{}", late.summary());
    assert_eq!(home.count("federation_links"), 1);
    let agent = home.alice().await;
    let page = agent.get(&home.at("/account/providers")).await.click("#providers a.button").await;
    let page = page.form("#disconnect-form").submit().await.follow_all().await;
    assert_eq!(page.url.path(), "/account/providers", "{}", page.summary());
    assert_eq!(home.count("federation_links"), 0);
    assert_eq!(home.app.mails_of("factor-removed"), 1);
}

#[tokio::test]
async fn case_295_somebody_elses_connection_is_not_there() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    home.connects(&agent, alice()).await;
    let page = agent.get(&home.at("/account/providers")).await;
    let path = page.attribute("#providers a.button", "href").unwrap();
    let other = Agent::new();
    home.signs_in(&other, json!({ "sub": "other" })).await;
    assert_page(&other.get(&home.at(&path)).await, 404);
    let own = other.get(&home.at("/account/providers")).await.click("#providers a.button").await;
    assert_page(&own.form("#disconnect-form").to(&home.at(&path)).submit().await, 404);
    assert_eq!(home.count("federation_links"), 2);
}

/// It is made on the way in, a moment before the session.
#[tokio::test]
async fn case_245_a_connection_by_trust_goes_with_the_sign_in_that_made_it() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    home.app.person(ALICE).await;
    home.alice().await;
    home.app.clock.advance(chrono::TimeDelta::hours(1));
    let stranger = Agent::new();
    let who = json!({ "sub": "stranger", "email": ALICE, "email_verified": true });
    home.signs_in(&stranger, who).await;
    assert!(home.is_signed_in(&stranger).await);
    assert_eq!(home.count("federation_links"), 1);
    let page = Agent::new().get(&home.app.mailed_link(ALICE).await).await.follow_all().await;
    page.form("#not-me-form").submit().await;
    assert_eq!(home.count("federation_links"), 0);
    assert!(!home.is_signed_in(&stranger).await);
}

//! A provider as the second factor.

use serde_json::{Value, json};

use super::{ALICE, Home, Trip};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::second_factor::give_code;
use crate::support::upstream::Upstream;

/// Alice, as she is known there.
const THERE: &str = "alice-there";

/// A provider that proves a second factor, and Alice, who is connected with it.
async fn connected() -> Home {
    let home = Home::with(|policy| policy.is_second_factor = true).await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    home.connects(&agent, json!({ "sub": THERE, "email": ALICE })).await;
    assert_eq!(home.count("federation_links"), 1);
    home
}

async fn insisting() -> Home {
    let home = connected().await;
    home.app.change_setting("second_factor", Some("required")).await.unwrap();
    home.app.refresh().await;
    home
}

impl Home {
    /// From the page of the second step to the provider.
    async fn asks_there(&self, agent: &Agent, page: &Page) -> Trip {
        assert_eq!(page.url.path(), "/second-factor/provider", "{}", page.summary());
        let gone = page.click("#provider-up").await;
        assert_eq!(gone.status, 303, "{}", gone.summary());
        Trip { to: gone.location(), agent: agent.clone() }
    }

    /// Somebody signs in there just now.
    async fn proves(&self, trip: &Trip, sub: &str) -> Page {
        self.says(trip, json!({ "sub": sub, "auth_time": self.app.now().timestamp() })).await
    }

    async fn says(&self, trip: &Trip, who: Value) -> Page {
        self.knows(trip, who);
        self.returns(trip).await
    }
}

#[tokio::test]
async fn after_the_password_a_sign_in_there_is_the_second_factor() {
    let home = insisting().await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let page = home.app.authorize(&agent, &authorization_request(&client)).await;
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    let trip = home.asks_there(&agent, &page).await;
    assert_eq!(trip.param("prompt"), "login");
    assert_eq!(trip.param("login_hint"), ALICE);
    assert!(trip.param("max_age").parse::<u32>().unwrap() <= 900);
    assert!(!home.is_signed_in(&agent).await);
    let now = home.app.now().timestamp();
    let who = json!({ "sub": THERE, "auth_time": now, "amr": ["hwk", "made-up"] });
    let page = home.says(&trip, who).await.follow_all().await;
    let answer = home.app.to_relying_party(page).await;
    let code = answer.location_param("code").expect("a code");
    let tokens = home.app.token(&client, &code_request(&client, &code)).await.json();
    let told = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["acr"], "urn:latchkey:acr:2fa");
    assert_eq!(told["amr"], json!(["pwd", "hwk", "mfa"]));
    assert_eq!((home.count("users"), home.count("federation_links")), (1, 1));
}

#[tokio::test]
async fn it_stands_beside_the_other_second_factors_and_asks_nobody_by_itself() {
    let home = connected().await;
    let agent = Agent::new();
    let page = home.app.first_step(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    let phone = home.app.add_app(ALICE).await;
    let agent = Agent::new();
    let page = home.app.first_step(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    let page = page.click("#way-provider_second_factor").await;
    assert!(page.has("#way-totp"));
    let trip = home.asks_there(&agent, &page).await;
    let page = home.proves(&trip, THERE).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    // And the app goes on to work.
    let page = home.app.first_step(&Agent::new(), ALICE).await;
    assert_eq!(give_code(&page, &phone.next_code(&home.app)).await.status, 303);
}

#[tokio::test]
async fn only_the_accounts_own_connection_counts_and_nothing_is_connected() {
    let home = insisting().await;
    let other = "other@example.com";
    home.app.person(other).await;
    home.statement(
        "INSERT INTO federation_links (id, user_id, provider_id, issuer, subject, email_verified, \
         profile, created_at, synced_at) SELECT gen_random_uuid(), addresses.user_id, provider_id, issuer, \
         'other-there', false, profile, federation_links.created_at, synced_at FROM federation_links, \
         addresses WHERE addresses.canonical = 'other@example.com'",
    );
    for stranger in ["nobody-here", "other-there"] {
        let agent = Agent::new();
        let page = home.app.first_step(&agent, ALICE).await;
        let trip = home.asks_there(&agent, &page).await;
        let page = home.proves(&trip, stranger).await;
        assert_eq!(page.status, 403, "{}", page.summary());
        assert!(page.has(".summary") && page.has("#provider-up"), "{}", page.summary());
        assert!(!home.is_signed_in(&agent).await);
        assert_eq!((home.count("users"), home.count("federation_links")), (2, 2), "{stranger}");
        // The right one still may.
        let trip = home.asks_there(&agent, &page_of_second(&home, &agent, &page).await).await;
        let page = home.proves(&trip, THERE).await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
    }
}

/// The page itself, from the callback's answer, which shows it at another address.
async fn page_of_second(home: &Home, agent: &Agent, page: &Page) -> Page {
    let href = page.attribute("#provider-up", "href").unwrap();
    let flow = href.rsplit_once('=').unwrap().1;
    agent.get(&home.at(&format!("/second-factor/provider?flow={flow}"))).await
}

#[tokio::test]
async fn a_provider_that_did_not_ask_anew_proves_nothing() {
    let home = insisting().await;
    let now = home.app.now().timestamp();
    for who in [
        json!({ "sub": THERE }),
        json!({ "sub": THERE, "auth_time": now - 3600 }),
        json!({ "sub": THERE, "auth_time": now - 120 }),
    ] {
        let agent = Agent::new();
        let page = home.app.first_step(&agent, ALICE).await;
        let trip = home.asks_there(&agent, &page).await;
        let page = home.says(&trip, who.clone()).await;
        assert_eq!(page.status, 400, "{who}: {}", page.summary());
        let told = page.text("#error-summary");
        assert!(told.contains("did not ask you again"), "{who}: {told}");
        assert!(!home.is_signed_in(&agent).await, "{who}");
    }
}

#[tokio::test]
async fn who_came_in_through_a_provider_is_asked_for_something_else() {
    let home = insisting().await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, json!({ "sub": THERE })).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let flow = page.url.query().unwrap().to_owned();
    for path in ["/second-factor/provider", "/second-factor/provider/up"] {
        let page = agent.get(&home.at(&format!("{path}?{flow}"))).await.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    }
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn without_a_first_factor_or_the_operators_word_there_is_no_second_one() {
    let home = insisting().await;
    let agent = Agent::new();
    let login = agent.get(&home.at("/login")).await.follow_all().await;
    let flow = login.url.query().unwrap().to_owned();
    let page = agent.get(&home.at(&format!("/second-factor/provider/up?{flow}"))).await;
    assert_eq!(page.follow_all().await.url.path(), "/login");
    // One that the account is connected with, and that counts no more when somebody comes back.
    let other = Upstream::start();
    home.add(home.provider("other", &other), |policy| policy.is_second_factor = true).await;
    home.statement(&format!(
        "INSERT INTO federation_links (id, user_id, provider_id, issuer, subject, email_verified, \
         profile, created_at, synced_at) SELECT gen_random_uuid(), user_id, providers.id, '{}', subject, \
         false, profile, federation_links.created_at, synced_at FROM federation_links, providers \
         WHERE providers.slug = 'other'",
        other.issuer()
    ));
    let page = home.app.first_step(&agent, ALICE).await;
    assert!(page.has("#provider-up"), "{}", page.summary());
    let gone = page.click("#provider-other").await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    home.statement(
        "UPDATE providers SET policy = policy - 'is_second_factor' WHERE slug = 'other'",
    );
    home.app.refresh().await;
    let who = json!({ "sub": THERE, "auth_time": home.app.now().timestamp() });
    other.knows(&home.app, &trip, who);
    let back = format!("/auth/other/callback?code=c&state={}", trip.param("state"));
    let page = agent.get(&home.at(&back)).await.follow_all().await;
    assert!(!home.is_signed_in(&agent).await, "{}", page.summary());
    assert!(page.has("#provider-up") && !page.has("#provider-other"), "{}", page.summary());
    let flow = page.url.query().unwrap().to_owned();
    let gone = agent.get(&home.at(&format!("/second-factor/provider/other?{flow}"))).await;
    assert_eq!(gone.status, 404, "{}", gone.summary());
}

#[tokio::test]
async fn an_answer_for_the_second_factor_is_no_sign_in_of_somebody_else() {
    let home = insisting().await;
    let agent = Agent::new();
    let page = home.app.first_step(&agent, ALICE).await;
    let trip = home.asks_there(&agent, &page).await;
    // Meanwhile the flow goes on with somebody else's password, who is connected with nobody.
    home.app.person("other@example.com").await;
    let flow = page.url.query().unwrap().to_owned();
    let login = agent.get(&home.at(&format!("/login?{flow}"))).await;
    let page = home.app.sign_in(login, "other@example.com").await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let page = home.proves(&trip, THERE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    assert!(!home.is_signed_in(&agent).await);
}

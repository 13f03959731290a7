//! How much a sign-in elsewhere is worth.

use latchkey::domain::provider::SecondFactorTrust;
use serde_json::json;

use super::{ALICE, Home, ada};
use crate::support::agent::Agent;
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::providers::Trip;

#[tokio::test]
async fn a_provider_is_one_factor_unless_the_operator_says_otherwise() {
    for (trust, amr, path) in [
        (SecondFactorTrust::Never, json!(["mfa"]), "/second-factor/set-up"),
        (SecondFactorTrust::WhenSaid, json!(["pwd"]), "/second-factor/set-up"),
        (SecondFactorTrust::WhenSaid, json!(["mfa"]), "/account"),
        (SecondFactorTrust::Always, json!([]), "/account"),
    ] {
        let home = Home::with(|policy| policy.second_factor = trust).await;
        home.app.change_setting("second_factor", Some("required")).await.unwrap();
        home.app.refresh().await;
        let agent = Agent::new();
        let page = home.signs_in(&agent, json!({ "sub": "ada", "amr": amr })).await;
        assert_eq!(page.url.path(), path, "{trust:?}: {}", page.summary());
        assert_eq!(home.is_signed_in(&agent).await, path == "/account");
    }
}

#[tokio::test]
async fn two_factors_elsewhere_are_told_to_apps() {
    let home = Home::with(|policy| policy.second_factor = SecondFactorTrust::WhenSaid).await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let request = authorization_request(&client).with("acr_values", "urn:latchkey:acr:2fa");
    let page = home.app.authorize(&agent, &request).await.follow_all().await;
    let trip = home.leaves_from(&agent, &page).await;
    home.knows(&trip, json!({ "sub": "ada", "amr": ["pwd", "hwk", "mfa"] }));
    let page = home.returns(&trip).await.follow_all().await;
    let code = home.app.to_relying_party(page).await.location_param("code").expect("a code");
    let tokens = home.app.token(&client, &code_request(&client, &code)).await.json();
    let told = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["acr"], "urn:latchkey:acr:2fa");
    assert_eq!(told["amr"], json!(["hwk", "pwd", "mfa"]));
}

#[tokio::test]
async fn a_provider_that_does_not_ask_anew_is_no_new_proof() {
    let home = Home::new().await;
    let client = home.app.confidential_client("shop").await;
    let (agent, before) = (Agent::new(), home.app.now().timestamp() - 3600);
    let request = authorization_request(&client).with("prompt", "login");
    let page = home.app.authorize(&agent, &request).await.follow_all().await;
    let trip = home.leaves_from(&agent, &page).await;
    assert_eq!(trip.param("prompt"), "login");
    home.knows(&trip, json!({ "sub": "ada", "auth_time": before }));
    let page = home.returns(&trip).await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.has("#login-form"));
    let trip = home.leaves_from(&agent, &page).await;
    home.knows(&trip, json!({ "sub": "ada", "auth_time": home.app.now().timestamp() }));
    assert_eq!(home.returns(&trip).await.status, 303);
}

#[tokio::test]
async fn an_app_that_asks_for_a_young_sign_in_asks_the_provider_too() {
    let home = Home::new().await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let request = authorization_request(&client).with("max_age", "60");
    let page = home.app.authorize(&agent, &request).await.follow_all().await;
    let trip = home.leaves_from(&agent, &page).await;
    assert_eq!(trip.param("max_age"), "60");
    home.knows(&trip, ada());
    let page = home.returns(&trip).await;
    assert_eq!(page.status, 400, "it does not say when: {}", page.summary());
    assert!(page.text("#error-summary").contains("did not ask you again"), "{}", page.summary());
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_235_a_provider_that_does_not_say_when_confirms_only_who_has_nothing_else() {
    let home = Home::new().await;
    let agent = Agent::new();
    home.signs_in(&agent, json!({ "sub": "ada" })).await;
    home.app.person(ALICE).await;
    let alice = json!({ "sub": "alice", "email": ALICE, "email_verified": true });
    let other = Agent::new();
    let page = home.signs_in(&other, alice.clone()).await;
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    page.form("#connect-form").set("decision", "connect").submit().await;
    home.app.clock.advance(chrono::TimeDelta::hours(1));

    // Nothing but the provider: nobody could confirm it otherwise.
    let page = agent.get(&home.at("/account/security")).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let asked = agent.get(&home.at("/account/data/delete")).await.follow_all().await;
    assert_eq!(asked.url.path(), "/login", "{}", asked.summary());
    let trip = home.leaves_from(&agent, &asked).await;
    assert_eq!(trip.param("prompt"), "login");
    home.knows(&trip, json!({ "sub": "ada" }));
    let page = home.returns(&trip).await.follow_all().await;
    assert!(page.has("#delete-form"), "{}", page.summary());

    // A password and a mailbox beside it.
    let asked = other.get(&home.at("/account/data/delete")).await.follow_all().await;
    for (auth_time, status) in [(None, 400), (Some(home.app.now().timestamp()), 303)] {
        let trip = home.leaves_from(&other, &asked).await;
        let mut who = alice.clone();
        who["auth_time"] = json!(auth_time);
        home.knows(&trip, who);
        let page = home.returns(&trip).await;
        assert_eq!(page.status, status, "{}", page.summary());
        assert_eq!(page.has("#login-form"), status == 400);
    }
}

#[tokio::test]
async fn case_235_a_silent_trip_makes_no_session_fresh_and_meets_no_age() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let client = home.app.confidential_client("shop").await;
    let alice = json!({ "sub": "alice", "email": ALICE, "email_verified": true });
    let agent = Agent::new();
    let page = home.signs_in(&agent, alice.clone()).await;
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    page.form("#connect-form").set("decision", "connect").submit().await;
    home.app.clock.advance(chrono::TimeDelta::hours(1));

    // A browser that was left open: nobody is asked anything on the way.
    let silent = Agent::new();
    let gone = silent.get(&home.at("/api/auth/up")).await;
    let trip = Trip { to: gone.location(), agent: silent.clone() };
    home.knows(&trip, alice.clone());
    let page = home.returns(&trip).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    let page = silent.get(&home.at("/account/data/delete")).await.follow_all().await;
    assert!(page.has("#login-form") && !page.has("#delete-form"), "{}", page.summary());
    let aged = authorization_request(&client).with("max_age", "300");
    let page = home.app.authorize(&silent, &aged).await.follow_all().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
}

//! An app asks for two factors: what is missing is asked for, and the ID token tells what was proved.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::ALICE;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, authorization_request, claims, code_request};
use crate::support::second_factor::{Phone, give_code};

const TWO: &str = "urn:latchkey:acr:2fa";

/// She is signed in with the password alone, because she trusts the browser.
async fn trusting() -> (TestApp, Client, Phone, Agent) {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    let form = page.form("#second-factor-form").fill("code", &phone.next_code(&app));
    form.fill("trust", "on").submit().await.follow_all().await;
    app.sign_out(&agent).await;
    assert_eq!(app.first_step(&agent, ALICE).await.url.path(), "/account");
    (app, client, phone, agent)
}

async fn id_token(app: &TestApp, client: &Client, page: Page) -> Value {
    let page = app.to_relying_party(page).await;
    let code = page.location_param("code").unwrap_or_else(|| panic!("{}", page.location()));
    let tokens = app.token(client, &code_request(client, &code)).await.json();
    claims(tokens["id_token"].as_str().unwrap())
}

fn two_factors(client: &Client) -> Params {
    authorization_request(client).with("acr_values", TWO)
}

#[tokio::test]
async fn a_step_up_asks_for_the_second_factor_alone_and_tells_the_truth() {
    let (app, client, phone, agent) = trusting().await;
    let signed_in_at = app.now().timestamp();
    let token =
        id_token(&app, &client, app.authorize(&agent, &authorization_request(&client)).await).await;
    assert_eq!((&token["acr"], &token["amr"]), (&json!("urn:latchkey:acr:1fa"), &json!(["pwd"])));
    let before = app.session_cookie(&agent);
    app.clock.advance(TimeDelta::minutes(5));
    let page = app.authorize(&agent, &two_factors(&client)).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    assert!(!page.has("#trust"), "a trusted browser is not enough here");
    let page = give_code(&page, &phone.next_code(&app)).await;
    let token = id_token(&app, &client, page).await;
    assert_eq!(token["acr"], TWO);
    assert_eq!(token["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(token["auth_time"], signed_in_at, "all of it is true since the password");
    // Case 257: the same session under a new cookie.
    assert_ne!(app.session_cookie(&agent), before);
    // It stays so: the next request finds both.
    let page = app.authorize(&agent, &two_factors(&client)).await;
    assert_eq!(id_token(&app, &client, page).await["acr"], TWO);
}

#[tokio::test]
async fn an_old_sign_in_is_proved_anew_with_both() {
    let (app, client, phone, agent) = trusting().await;
    app.clock.advance(TimeDelta::minutes(10));
    let params = two_factors(&client).with("max_age", "300");
    let page = app.authorize(&agent, &params).await.follow_all().await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    let page = give_code(&page, &phone.next_code(&app)).await;
    let proved_at = app.now().timestamp();
    let token = id_token(&app, &client, page).await;
    assert_eq!((&token["acr"], &token["amr"]), (&json!(TWO), &json!(["pwd", "otp", "mfa"])));
    assert_eq!(token["auth_time"], proved_at);
}

#[tokio::test]
async fn an_essential_acr_lets_nobody_by_without() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    app.first_step(&agent, ALICE).await;
    let essential = json!({ "id_token": { "acr": { "essential": true, "value": TWO } } });
    let params = authorization_request(&client).with("claims", &essential.to_string());
    let page = app.authorize(&agent, &params).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    // A voluntary one is met where it can be.
    let page = app.authorize(&agent, &two_factors(&client)).await;
    assert_eq!(id_token(&app, &client, page).await["acr"], "urn:latchkey:acr:1fa");
}

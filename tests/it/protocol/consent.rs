//! The consent page: when it is shown, and what it says.

use latchkey::domain::client::GrantType;
use serde_json::json;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_error, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

fn asking(client: &Client, claims: &[&str]) -> Params {
    let wanted: serde_json::Map<_, _> =
        claims.iter().map(|claim| ((*claim).to_owned(), json!(null))).collect();
    let claims = json!({ "userinfo": wanted }).to_string();
    authorization_request(client).with("scope", "openid").with("claims", &claims)
}

async fn signed_in_at(app: &TestApp, agent: &Agent, params: &Params) -> Page {
    let page = app.authorize(agent, params).await;
    if page.status.is_redirection() && page.location().path() == "/login" {
        return app.sign_in(page, ALICE).await.follow_all().await;
    }
    page
}

#[tokio::test]
async fn case_289_each_claim_is_asked_for_once() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();

    let first = asking(&client, &["name"]);
    let page = signed_in_at(&app, &agent, &first).await;
    let asked = page.text(".scopes");
    assert!(asked.contains("See your full name"), "{asked}");
    assert!(!asked.contains("See your name and username"), "the whole profile: {asked}");
    app.to_relying_party(page).await;
    let page = app.authorize(&agent, &first).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());

    // Another claim of the same scope, then the scope itself, are new.
    let page = app.authorize(&agent, &asking(&client, &["name", "birthdate"])).await;
    let page = page.follow_all().await;
    assert_eq!(page.text("li:has(.mark) strong"), "See your date of birth");
    app.to_relying_party(page).await;
    let whole = authorization_request(&client).with("scope", "openid profile");
    let silent = whole.clone().with("prompt", "none");
    let page = app.authorize(&agent, &silent).await;
    assert_eq!(page.location_param("error").as_deref(), Some("consent_required"));
    app.code_for(&agent, &whole, ALICE).await;
    // Whoever allowed the scope allowed each claim in it.
    let page = app.authorize(&agent, &asking(&client, &["nickname"])).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());
}

#[tokio::test]
async fn case_289_a_claimable_return_address_asks_for_claims_every_time() {
    let app = TestApp::start();
    let registration = app.registration("tool").native().redirect_uri("http://127.0.0.1/cb");
    let client = app.client(registration).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let params = asking(&client, &["name"]);
    app.code_for(&agent, &params, ALICE).await;
    let page = app.authorize(&agent, &params).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
}

#[tokio::test]
async fn case_290_an_app_that_lost_its_addresses_can_still_be_removed() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
    app.change_client("notes", |client| client.redirect_uris.clear()).await;
    let page = agent.get(&app.at("/account/apps/notes/remove")).await;
    let page = page.form("#remove-app-form").submit().await.follow_all().await;
    assert!(page.has("#no-apps"), "{}", page.summary());
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_error(&app.userinfo(access_token).await, 401, "invalid_token");
}

#[tokio::test]
async fn case_290_removing_the_app_ends_what_its_claims_gave() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let user = app.person(ALICE).await;
    let agent = Agent::new();
    let params = asking(&client, &["name", "email"]);
    let code = app.code_for(&agent, &params, ALICE).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let page = agent.get(&app.at("/account/apps")).await;
    assert!(page.text("#apps").contains("See your full name"), "{}", page.summary());

    app.remove_app(user, &client).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_error(&app.userinfo(access_token).await, 401, "invalid_token");
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_error(&app.token(&client, &refresh).await, 400, "invalid_grant");
    let page = app.authorize(&agent, &params).await;
    assert_eq!(page.location().path(), "/consent");
}

#[tokio::test]
async fn case_293_the_page_says_who_what_where_and_for_how_long() {
    let app = TestApp::start();
    let registration = app.registration("notes").name("ACME Notes");
    app.client(registration.redirect_uri("https://notes.example:8443/cb")).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let client = Client {
        id: "notes".to_owned(),
        secret: None,
        redirect_uri: "https://notes.example:8443/cb".to_owned(),
    };
    let with = |scope: &str| authorization_request(&client).with("scope", scope);
    let page = signed_in_at(&app, &agent, &with("openid email")).await;
    assert_eq!(page.text("h1"), "ACME Notes wants to");
    assert!(page.text("#consent-origin").contains("notes.example:8443"));
    assert!(page.text(".scopes").contains("See your email address"));
    assert!(page.text("#consent-person").contains(ALICE));
    let lasts = page.text("#consent-duration");
    assert!(lasts.contains("when you sign out") && lasts.contains("30 days"), "{lasts}");

    let page = app.authorize(&agent, &with("openid offline_access")).await.follow_all().await;
    let lasts = page.text("#consent-duration");
    assert!(lasts.contains("while you are signed out"), "{lasts}");

    app.change_client("notes", |client| {
        client.lifetimes.refresh_absolute = Some(86_400);
        client.lifetimes.access_token = Some(61);
    })
    .await;
    let page = app.authorize(&agent, &with("openid offline_access")).await.follow_all().await;
    assert!(page.text("#consent-duration").contains("up to 1 day,"), "{}", page.summary());
    app.change_client("notes", |client| client.grant_types = vec![GrantType::AuthorizationCode])
        .await;
    let page = app.authorize(&agent, &with("openid email")).await.follow_all().await;
    assert!(page.text("#consent-duration").contains("after 2 minutes"), "{}", page.summary());
}

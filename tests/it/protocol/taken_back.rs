//! What is taken back while something is under way (sections A, D and U of the security cases).

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::client::ApplicationType;
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::scope::Scopes;

use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, assert_page, authorization_request, claims, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

/// The consent page of a client, with somebody in front of it.
async fn consent_page(app: &TestApp, client: &Client) -> Page {
    let page = app.authorize(&Agent::new(), &authorization_request(client)).await;
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
    page
}

#[tokio::test]
async fn case_290_a_flow_under_way_asks_again_after_the_app_was_removed() {
    let app = TestApp::start();
    let alice = app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let allowed = consent_page(&app, &client).await.form("#allow").submit().await;
    app.remove_app(alice, &client).await;
    let page = allowed.follow().await;
    assert_eq!(page.location().path(), "/consent");
    let page = app.to_relying_party(page).await;
    assert!(page.location_param("code").is_some(), "a new yes counts: {}", page.location());
}

#[tokio::test]
async fn case_290_removing_an_app_and_a_new_code_wait_for_each_other() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    // Somebody takes the consent back, and has not committed yet.
    let mut other = app.raw();
    sql_query("BEGIN").execute(&mut other).unwrap();
    sql_query("DELETE FROM consents").execute(&mut other).unwrap();
    let request = authorization_request(&client);
    let removing = async {
        until("the request waits", || app.waiting() > 0).await;
        sql_query("COMMIT").execute(&mut other).unwrap();
    };
    let (page, ()) = tokio::join!(app.authorize(&agent, &request), removing);
    assert_page(&page, 503);
    let page = app.authorize(&agent, &request).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
}

#[tokio::test]
async fn case_001_a_return_address_that_was_taken_away_gets_no_answer() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let (first, second) = (consent_page(&app, &client).await, consent_page(&app, &client).await);
    app.change_client("notes", |client| {
        let other = RedirectUri::register("https://app.example/new", ApplicationType::Web);
        client.redirect_uris = vec![other.unwrap()];
    })
    .await;
    assert_page(&first.form("#allow").submit().await.follow().await, 400);
    assert_page(&second.form("#deny").submit().await, 400);
}

#[tokio::test]
async fn case_008_a_removed_client_gets_no_answer_of_a_flow_under_way() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let (first, second) = (consent_page(&app, &client).await, consent_page(&app, &client).await);
    app.remove_client("notes").await;
    for page in [first.form("#allow").submit().await, second.form("#deny").submit().await] {
        assert!(page.status.is_client_error(), "{}", page.summary());
        assert!(page.header("location").is_none());
    }
}

#[tokio::test]
async fn case_061_scopes_taken_from_a_client_leave_its_tokens() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid email roles").await;
    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    app.change_client("notes", |client| client.scopes = Scopes::parse("openid").unwrap()).await;

    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    for request in [refresh, code_request(&client, &code)] {
        let tokens = app.token(&client, &request).await.json();
        assert_eq!(tokens["scope"], "openid");
        let access_token = claims(tokens["access_token"].as_str().unwrap());
        assert_eq!(access_token["scope"], "openid");
        assert!(access_token.get("roles").is_none());
    }
}

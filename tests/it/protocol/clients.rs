//! Section C of the security cases: the token endpoint and how clients prove themselves.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use latchkey::domain::client::AuthMethod;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_error, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

/// A confidential client with a code.
pub(super) async fn with_code() -> (TestApp, Client, String) {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    (app, client, code)
}

pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn case_041_who_does_not_prove_itself_learns_nothing() {
    let (app, client, code) = with_code().await;
    let (secret, request) = (client.secret.as_deref().unwrap(), code_request(&client, &code));
    let url = app.at("/oauth2/token");
    let mut bodies = std::collections::HashSet::new();
    for header in [
        basic("notes", "lk_cs_wrong"),
        basic("notes", ""),
        basic("notes", &secret.to_uppercase()),
        basic("nobody", secret),
        basic("NOTES", secret),
        "Basic %%%".to_owned(),
        "Bearer x".to_owned(),
        format!("Basic {}", STANDARD.encode([0xff, 0, b':'])),
    ] {
        let agent = Agent::new().with_header("authorization", &header);
        let page = agent.post(&url, &request.pairs()).await;
        assert_error(&page, 401, "invalid_client");
        assert!(page.header("www-authenticate").unwrap().starts_with("Basic "));
        bodies.insert(page.body.clone());
    }
    // No secret, an empty one, a wrong one in the body, and no client at all.
    let post = request.clone().with("client_id", "notes");
    let [empty, wrong] = ["", "lk_cs_wrong"].map(|text| post.clone().with("client_secret", text));
    for params in [post, empty, wrong, request.clone()] {
        let page = Agent::new().post(&url, &params.pairs()).await;
        assert_error(&page, 401, "invalid_client");
        assert_eq!(page.header("www-authenticate"), None, "the header was not used");
        bodies.insert(page.body.clone());
    }
    assert_eq!(app.token(&client, &request).await.status, 200, "nothing was spent");
    // The same of a client that sends its secret in the body.
    let other = app.confidential_client("in-body").await;
    let by_post = AuthMethod::ClientSecretPost;
    app.change_client("in-body", |client| client.auth_method = by_post).await;
    let post = code_request(&other, "x").with("client_id", "in-body");
    for params in [
        post.clone().with("client_secret", "lk_cs_wrong"),
        post.clone().with("client_secret", secret),
        post.clone().with("client_id", "nobody").with("client_secret", secret),
        post.clone(),
    ] {
        let page = Agent::new().post(&url, &params.pairs()).await;
        assert_error(&page, 401, "invalid_client");
        bodies.insert(page.body.clone());
    }
    let right = post.with("client_secret", other.secret.as_deref().unwrap());
    let page = Agent::new().post(&url, &right.pairs()).await;
    assert_error(&page, 400, "invalid_grant");
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

/// OIDC Core §9: what a library does by itself differs, and the secret is the same.
#[tokio::test]
async fn a_secret_is_good_in_the_header_and_in_the_body() {
    let (app, client, code) = with_code().await;
    let secret = client.secret.as_deref().unwrap();
    let request = code_request(&client, &code);
    let body = request.clone().with("client_id", "notes").with("client_secret", secret);
    let page = Agent::new().post(&app.at("/oauth2/token"), &body.pairs()).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let refresh = refresh_request(page.json()["refresh_token"].as_str().unwrap());
    assert_eq!(app.token(&client, &refresh).await.status, 200);
}

/// A client without a secret is not one that knows a secret.
#[tokio::test]
async fn a_public_client_with_a_secret_is_refused() {
    let app = TestApp::start();
    let client = app.public_client("cli").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let request = code_request(&client, &code).with("client_id", "cli");
    let url = app.at("/oauth2/token");
    let with_secret = request.clone().with("client_secret", "lk_cs_some");
    assert_error(&Agent::new().post(&url, &with_secret.pairs()).await, 401, "invalid_client");
    assert_eq!(Agent::new().post(&url, &request.pairs()).await.status, 200, "nothing was spent");
}

#[tokio::test]
async fn case_042_one_method_at_a_time() {
    let (app, client, code) = with_code().await;
    let secret = client.secret.clone().unwrap();
    let request = code_request(&client, &code);
    let both = request.clone().with("client_id", "notes").with("client_secret", &secret);
    assert_error(&app.token(&client, &both).await, 400, "invalid_request");
    let another = request.clone().with("client_id", "other");
    assert_error(&app.token(&client, &another).await, 400, "invalid_request");
    for name in ["client_assertion", "client_assertion_type"] {
        let assertion = request.clone().with(name, "x");
        assert_error(&app.token(&client, &assertion).await, 400, "invalid_request");
    }
    assert_eq!(app.token(&client, &request).await.status, 200);
}

#[tokio::test]
async fn case_048_only_grants_that_are_there_and_allowed() {
    let (app, client, code) = with_code().await;
    let request = code_request(&client, &code);
    for grant_type in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:uma-ticket",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:openid:params:grant-type:ciba",
        "Authorization_Code",
        "authorization_code refresh_token",
    ] {
        let page = app.token(&client, &request.clone().with("grant_type", grant_type)).await;
        assert_error(&page, 400, "unsupported_grant_type");
    }
    for none in [request.clone().without("grant_type"), request.clone().with("grant_type", "")] {
        assert_error(&app.token(&client, &none).await, 400, "invalid_request");
    }
    app.change_client("notes", |client| client.grant_types.clear()).await;
    assert_error(&app.token(&client, &request).await, 400, "unauthorized_client");
}

#[tokio::test]
async fn case_049_tokens_are_asked_for_by_a_posted_form() {
    let (app, client, code) = with_code().await;
    let request = code_request(&client, &code);
    let url = app.at("/oauth2/token");
    let agent = || {
        Agent::new().with_header("authorization", &basic("notes", client.secret.as_ref().unwrap()))
    };
    let in_the_address = format!("{url}?{}", request.encoded());
    let page = agent().get(&in_the_address).await;
    assert_eq!(page.status, 405, "{}", page.summary());
    assert_eq!(page.header("allow"), Some("POST"));
    let json = serde_json::to_string(&request.pairs().into_iter().collect::<HashMap<_, _>>());
    for (kind, body) in [
        ("application/json", json.unwrap()),
        ("multipart/form-data; boundary=x", multipart(&request)),
        ("text/plain", request.encoded()),
        ("application/x-www-form-urlencoded; charset=utf-16", request.encoded()),
    ] {
        let page = agent().post_body(&url, kind, &body).await;
        assert_error(&page, 415, "invalid_request");
    }
    assert_error(&agent().post(&in_the_address, &[]).await, 400, "invalid_request");
    let twice = [request.pairs(), vec![("code", "other")]].concat();
    assert_error(&agent().post(&url, &twice).await, 400, "invalid_request");
    assert_eq!(app.token(&client, &request).await.status, 200, "nothing was spent");
}

/// The same fields as a browser sends them with files.
fn multipart(request: &Params) -> String {
    let part = |(name, value): (&str, &str)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    request.pairs().into_iter().map(part).collect::<String>() + "--x--\r\n"
}

#[tokio::test]
async fn case_051_every_token_answer_is_json_for_once_and_sets_no_cookie() {
    let (app, client, code) = with_code().await;
    let redeemed = app.token(&client, &code_request(&client, &code)).await;
    let tokens = redeemed.json();
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let refreshed = app.token(&client, &refresh).await;
    let nobody = Client { secret: None, ..client.clone() };
    let answers = [
        (200, redeemed),
        (200, refreshed),
        (400, app.token(&client, &code_request(&client, "x")).await),
        (400, app.token(&client, &code_request(&client, "a\0")).await),
        (401, app.token(&nobody, &refresh).await),
        (405, app.machine().get(&app.at("/oauth2/token")).await),
        (415, app.machine().post_body(&app.at("/oauth2/token"), "application/json", "{}").await),
    ];
    for (status, page) in answers {
        assert_eq!(page.status, status, "{}", page.summary());
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.summary());
        assert_eq!(page.header("content-type"), Some("application/json"), "{}", page.summary());
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(page.header("set-cookie").is_none());
    }
}

//! The `claims` parameter (OIDC Core §5.5): what is asked for one by one, and who gets it.

use latchkey::domain::details::Detail;
use serde_json::{Value, json};

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_redirect_error, authorization_request, claims, code_request,
    refresh_request,
};

const ALICE: &str = "alice@example.com";
/// Every scope that is about a person.
const ALL: &str = "openid profile email phone address offline_access roles";

fn asking(client: &Client, claims: &Value) -> Params {
    authorization_request(client).with("scope", "openid").with("claims", &claims.to_string())
}

async fn alice(app: &TestApp) {
    let user = app.person(ALICE).await;
    let known = [
        (Detail::Name, "Alice Example"),
        (Detail::GivenName, "Alice"),
        (Detail::Birthdate, "1990-05-31"),
        (Detail::PhoneNumber, "+442079460000"),
        (Detail::StreetAddress, "1 Sample Street\nFlat 2"),
        (Detail::PostalCode, "AB1 2CD"),
        (Detail::Locality, "Sampleton"),
        (Detail::Country, "United Kingdom"),
    ];
    app.tell(user, &known).await;
}

async fn redeem(app: &TestApp, client: &Client, params: &Params) -> Value {
    redeem_in(app, &Agent::new(), client, params).await
}

async fn redeem_in(app: &TestApp, agent: &Agent, client: &Client, params: &Params) -> Value {
    let code = app.code_for(agent, params, ALICE).await;
    let page = app.token(client, &code_request(client, &code)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()
}

async fn userinfo(app: &TestApp, tokens: &Value) -> Value {
    app.userinfo(tokens["access_token"].as_str().unwrap()).await.json()
}

fn names(claims: &Value) -> Vec<&str> {
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn each_claim_goes_where_it_was_asked_for() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes(ALL)).await;
    alice(&app).await;
    let params = asking(
        &client,
        &json!({
            "userinfo": { "name": { "essential": true }, "phone_number": null, "nickname": null },
            "id_token": { "email": null, "address": { "essential": false }, "auth_time": null },
            "shoes": 5,
        }),
    );
    let tokens = redeem(&app, &client, &params).await;
    assert_eq!(tokens["scope"], "openid", "the scope is not widened");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["scope"], "openid");

    let told = userinfo(&app, &tokens).await;
    assert_eq!(names(&told), ["name", "phone_number", "sub"], "a nickname is not known");
    assert_eq!(
        (&told["name"], &told["phone_number"]),
        (&json!("Alice Example"), &json!("+442079460000"))
    );

    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["email"], ALICE);
    assert_eq!(id_token["address"]["locality"], "Sampleton");
    for absent in ["name", "phone_number", "email_verified"] {
        assert!(id_token.get(absent).is_none(), "{absent}");
    }
    // A refreshed ID token tells the same.
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let refreshed = app.token(&client, &refresh).await.json();
    let id_token = claims(refreshed["id_token"].as_str().unwrap());
    assert_eq!((&id_token["email"], &id_token["name"]), (&json!(ALICE), &Value::Null));
    assert_eq!(names(&userinfo(&app, &refreshed).await), ["name", "phone_number", "sub"]);
}

#[tokio::test]
async fn case_016_a_claim_comes_only_with_a_scope_that_the_client_may_ask_for() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes("openid email")).await;
    alice(&app).await;
    let agent = Agent::new();
    let wanted = json!({ "name": { "essential": true }, "email": null, "roles": null });
    let params = asking(&client, &json!({ "userinfo": wanted, "id_token": wanted }));
    let page = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    let asked = page.text(".scopes");
    assert!(asked.contains("email address") && !asked.contains("full name"), "{asked}");
    let page = app.to_relying_party(page).await;
    let code = page.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    assert_eq!(names(&userinfo(&app, &tokens).await), ["email", "sub"]);
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((id_token.get("name"), id_token.get("roles")), (None, None));

    // What an operator takes from a client is gone at the next question.
    app.change_client("notes", |client| client.scopes = "openid".split(' ').collect()).await;
    assert_eq!(names(&userinfo(&app, &tokens).await), ["sub"]);
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let refreshed = app.token(&client, &refresh).await.json();
    assert!(claims(refreshed["id_token"].as_str().unwrap()).get("email").is_none());
}

#[tokio::test]
async fn a_claim_asked_for_by_value_is_given_where_that_is_true() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes(ALL)).await;
    alice(&app).await;
    let params = asking(
        &client,
        &json!({
            "userinfo": {
                "name": { "value": "Bob" },
                "given_name": { "values": ["Bob", "Alice"] },
                "email_verified": { "essential": true, "value": true },
                "birthdate": { "values": ["1990-05-30"] },
            },
        }),
    );
    let tokens = redeem(&app, &client, &params).await;
    assert_eq!(names(&userinfo(&app, &tokens).await), ["email_verified", "given_name", "sub"]);
}

#[tokio::test]
async fn the_claims_of_phone_and_address() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes(ALL)).await;
    alice(&app).await;
    let params = authorization_request(&client).with("scope", "openid phone address");
    let told = userinfo(&app, &redeem(&app, &client, &params).await).await;
    assert_eq!(names(&told), ["address", "phone_number", "phone_number_verified", "sub"]);
    assert_eq!(told["phone_number_verified"], true);
    assert_eq!(
        told["address"],
        json!({
            "formatted": "1 Sample Street\nFlat 2\nAB1 2CD Sampleton\nUnited Kingdom",
            "street_address": "1 Sample Street\nFlat 2",
            "locality": "Sampleton",
            "postal_code": "AB1 2CD",
            "country": "United Kingdom",
        })
    );
}

#[tokio::test]
async fn a_claims_parameter_that_breaks_its_syntax_is_refused() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let deep =
        format!("{{\"userinfo\":{{\"name\":{{\"value\":{}1{}}}}}}}", "[".repeat(9), "]".repeat(9));
    for bad in [
        "x",
        "[]",
        "null",
        "{",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":{"name":"x"}}"#,
        r#"{"userinfo":{"name":{"essential":1}}}"#,
        r#"{"userinfo":{"name":{"values":"x"}}}"#,
        r#"{"userinfo":{"name":null,"name":null}}"#,
        r#"{"userinfo":{},"userinfo":{}}"#,
        r#"{"id_token":{"sub":{"value":5}}}"#,
        r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#,
        &format!("{{\"x\":\"{}\"}}", "y".repeat(8192)),
        &deep,
    ] {
        let params = authorization_request(&client).with("claims", bad);
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
        assert_eq!(page.location_param("state").as_deref(), Some("the-state"));
    }
    // Without `openid` it is no parameter of the request at all.
    let params = authorization_request(&client).with("scope", "email").with("claims", "x");
    assert_eq!(app.authorize(&Agent::new(), &params).await.location().path(), "/login");
}

#[tokio::test]
async fn a_sub_by_value_is_that_person_or_nobody() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    alice(&app).await;
    app.person("bob@example.com").await;
    let (alice, bob) = (app.subject(ALICE).await, app.subject("bob@example.com").await);
    let agent = Agent::new();
    let of =
        |subject: &str| asking(&client, &json!({ "id_token": { "sub": { "value": subject } } }));
    let tokens = redeem_in(&app, &agent, &client, &of(&alice)).await;
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], *alice);

    let page = app.authorize(&agent, &of(&bob).with("prompt", "none")).await;
    assert_redirect_error(&page, &app, &client, "login_required");
    let page = app.authorize(&agent, &of(&alice).with("prompt", "none")).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());

    // Alice's own proof does not do; Bob's does.
    let page = app.sign_in(app.authorize(&agent, &of(&bob)).await, ALICE).await;
    let page = page.follow_all().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let page = app.to_relying_party(app.sign_in(page, "bob@example.com").await).await;
    let code = page.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], *bob);

    let hinted = of(&alice).with("id_token_hint", tokens["id_token"].as_str().unwrap());
    let page = app.authorize(&agent, &hinted).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_104_an_essential_acr_is_true_or_refused() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    alice(&app).await;
    let acr = |essential: bool, values: &[&str]| {
        let acr = json!({ "essential": essential, "values": values });
        asking(&client, &json!({ "id_token": { "acr": acr } }))
    };
    let reached = "urn:latchkey:acr:1fa";
    // Nobody is asked to sign in for what cannot be.
    for prompt in ["login", "none"] {
        let params = acr(true, &["urn:example:gold"]).with("prompt", prompt);
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, "unmet_authentication_requirements");
        assert_eq!(page.location_param("state").as_deref(), Some("the-state"));
    }
    let agent = Agent::new();
    for params in [
        acr(true, &["urn:example:gold", reached]),
        acr(false, &["urn:example:gold"]),
        authorization_request(&client).with("acr_values", "urn:example:gold"),
    ] {
        let tokens = redeem_in(&app, &agent, &client, &params).await;
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["acr"], reached);
    }

    // A session from before there was this acr is stepped up, and its tokens say so.
    let update = "UPDATE sessions SET acr = 'urn:latchkey:acr:0fa'";
    diesel::RunQueryDsl::execute(diesel::sql_query(update), &mut app.raw()).unwrap();
    let tokens = redeem_in(&app, &agent, &client, &acr(false, &[reached])).await;
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["acr"], "urn:latchkey:acr:0fa", "never a false one");
    let page = app.authorize(&agent, &acr(true, &[reached]).with("prompt", "none")).await;
    assert_redirect_error(&page, &app, &client, "login_required");
    let page = app.authorize(&agent, &acr(true, &[reached])).await;
    assert_eq!(page.location().path(), "/login");
    let page = app.to_relying_party(app.sign_in(page, ALICE).await).await;
    let code = page.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["acr"], reached);
}

//! The authorization endpoint: what is checked, and where errors go.

use chrono::TimeDelta;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    assert_page, assert_redirect_error, authorization_request, claims, code_request,
};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_001_002_an_unregistered_return_address_gets_a_page() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    assert_eq!(client.redirect_uri, "https://app.example/cb");
    for sent in [
        "https://app.example/cb/",
        "https://app.example/cb/x",
        "https://app.example/cb?a=b",
        "https://app.example/CB",
        "https://app.example:443/cb",
        "https://app.example/cb#f",
        "http://app.example/cb",
        "https://app.example/%63b",
        "https://APP.example/cb",
        "https://app.example@evil.test/cb",
        "https://a@b@app.example/cb",
        "https://app.example%40evil.test/cb",
        "https://evil.test\\@app.example/cb",
        "https:evil.test",
        "https://app.example.evil.test/cb",
        "//app.example/cb",
        " https://app.example/cb",
        "javascript:alert(1)",
    ] {
        let params = authorization_request(&client).with("redirect_uri", sent);
        let page = app.authorize(&Agent::new(), &params).await;
        assert_page(&page, 400);
        assert!(!page.has("a[href*='evil.test']"), "{sent} is no link");
    }
}

#[tokio::test]
async fn case_007_a_missing_return_address_gets_a_page() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let params = authorization_request(&client).without("redirect_uri");
    assert_page(&app.authorize(&Agent::new(), &params).await, 400);
}

#[tokio::test]
async fn case_008_an_unknown_client_gets_a_page() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let usual = authorization_request(&client);
    app.remove_client("notes").await;
    for params in [
        usual.clone().without("client_id"),
        usual.clone().with("client_id", "nobody"),
        usual.clone().with("client_id", "<script>"),
        usual.clone().with("client_id", "no%5Fbody' OR 1=1--"),
        usual,
    ] {
        let page = app.authorize(&Agent::new(), &params).await;
        assert_page(&page, 400);
        assert!(!page.body.contains("app.example/cb"), "the sent address is not shown");
        assert!(!page.body.contains("<script>"));
    }
}

#[tokio::test]
async fn case_010_only_code_is_answered() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for sent in ["token", "id_token", "id_token token", "code token", "code code", "none", "x"] {
        let params = authorization_request(&client).with("response_type", sent);
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, "unsupported_response_type");
        assert!(page.location().fragment().is_none());
    }
    let params = authorization_request(&client).without("response_type");
    let page = app.authorize(&Agent::new(), &params).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_012_013_state_and_issuer_come_back_unchanged() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    for state in ["\"><script>", "\r\nSet-Cookie:x=1", "🔑 &=+%23", "a b", &"s".repeat(4096)] {
        let params = authorization_request(&client).with("state", state);
        let refused = app.authorize(&Agent::new(), &params.clone().with("prompt", "none")).await;
        assert_redirect_error(&refused, &app, &client, "login_required");
        assert_eq!(refused.location_param("state").as_deref(), Some(state));

        let page = app.authorize(&agent, &params).await;
        let page =
            if page.location().path() == "/login" { app.sign_in(page, ALICE).await } else { page };
        let page = app.to_relying_party(page).await;
        assert_eq!(page.location_param("state").as_deref(), Some(state));
        assert_eq!(page.location_param("iss").as_deref(), Some(app.issuer()));
        assert!(page.header("set-cookie").is_none_or(|cookie| !cookie.starts_with("x=")));
    }
    let long = authorization_request(&client).with("state", &"s".repeat(4097));
    let page = app.authorize(&agent, &long).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_015_a_registered_query_is_kept_and_compared() {
    let app = TestApp::start();
    let registration = app.registration("tenant").redirect_uri("https://app.example/cb?tenant=a");
    let client = app.client(registration).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = app.authorize(&agent, &authorization_request(&client)).await;
    let page = app.to_relying_party(app.sign_in(page, ALICE).await).await;
    assert!(page.location().as_str().starts_with("https://app.example/cb?tenant=a&code="));
    for sent in ["https://app.example/cb?tenant=b", "https://app.example/cb?tenant=a&x=1"] {
        let params = authorization_request(&client).with("redirect_uri", sent);
        assert_page(&app.authorize(&agent, &params).await, 400);
    }
}

#[tokio::test]
async fn case_016_scopes_are_never_widened() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes("openid email")).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let asked = authorization_request(&client).with("scope", "openid email roles admin");
    let code = app.code_for(&agent, &asked, ALICE).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    assert_eq!(tokens["scope"], "email openid");
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["scope"], "email openid");

    let many = "x ".repeat(10_000);
    for scope in
        ["admin", "openid\temail", "openid\nemail", " openid", "openid  email", many.trim()]
    {
        let page =
            app.authorize(&agent, &authorization_request(&client).with("scope", scope)).await;
        assert_redirect_error(&page, &app, &client, "invalid_scope");
    }
}

#[tokio::test]
async fn case_018_two_requests_in_one_browser_do_not_mix() {
    let app = TestApp::start();
    let a = app.confidential_client("app-a").await;
    let b = app.client(app.registration("app-b").redirect_uri("https://b.example/cb")).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let params_a = authorization_request(&a).with("nonce", "nonce-a").with("scope", "openid");
    let params_b = authorization_request(&b).with("nonce", "nonce-b").with("scope", "openid email");
    let login_a = app.authorize(&agent, &params_a).await.follow_all().await;
    let login_b = app.authorize(&agent, &params_b).await.follow_all().await;

    let done_b = app.to_relying_party(app.sign_in(login_b, ALICE).await).await;
    let done_a = app.to_relying_party(app.sign_in(login_a, ALICE).await).await;

    assert!(done_a.location().as_str().starts_with(&a.redirect_uri));
    assert!(done_b.location().as_str().starts_with(&b.redirect_uri));
    for (client, page, nonce, scope) in
        [(&a, done_a, "nonce-a", "openid"), (&b, done_b, "nonce-b", "email openid")]
    {
        let code = page.location_param("code").unwrap();
        let tokens = app.token(client, &code_request(client, &code)).await.json();
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], nonce);
        assert_eq!(tokens["scope"], scope);
    }
}

#[tokio::test]
async fn case_019_post_is_like_get_and_other_methods_are_not() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let params = authorization_request(&client);
    let url = app.at("/oauth2/authorize");
    // A form on the relying party's page: cross-site, so no cookie comes with it.
    let page = agent.post_from("https://app.example/", &url, &params.pairs()).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let page = app.to_relying_party(app.sign_in(page, ALICE).await).await;
    assert!(page.location_param("code").is_some());

    for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
        let page = agent.request(method, &url).await;
        assert_eq!(page.status, 405, "{method}");
        assert!(page.header("allow").is_some(), "{method}");
    }
}

#[tokio::test]
async fn repeated_parameters_are_refused_where_they_belong() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let usual = authorization_request(&client).encoded();
    let agent = Agent::new();
    for name in ["client_id", "redirect_uri"] {
        let url = app.at(&format!("/oauth2/authorize?{usual}&{name}=x"));
        assert_page(&agent.get(&url).await, 400);
    }
    for name in ["state", "scope", "nonce", "unknown"] {
        let url = app.at(&format!("/oauth2/authorize?{usual}&{name}=x&{name}=y"));
        assert_redirect_error(&agent.get(&url).await, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn case_080_request_objects_are_refused_with_their_own_errors() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        let params = authorization_request(&client).with(name, "http://169.254.169.254/");
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, error);
    }
}

#[tokio::test]
async fn case_161_162_prompt_none_never_shows_a_page() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let silent = authorization_request(&client).with("prompt", "none");
    let page = app.authorize(&agent, &silent).await;
    assert_redirect_error(&page, &app, &client, "login_required");

    app.code_for(&agent, &authorization_request(&client).with("scope", "openid"), ALICE).await;
    let page = app.authorize(&agent, &silent).await;
    assert_redirect_error(&page, &app, &client, "consent_required");

    let page = app.authorize(&agent, &silent.clone().with("scope", "openid")).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());

    for mixed in ["none login", "none consent", "login none"] {
        let page = app.authorize(&agent, &silent.clone().with("prompt", mixed)).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn case_163_prompt_login_asks_anew() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let usual = authorization_request(&client);
    app.code_for(&agent, &usual, ALICE).await;
    app.clock.advance(TimeDelta::minutes(1));

    let page = app.authorize(&agent, &usual.clone().with("prompt", "login")).await;
    assert_eq!(page.location().path(), "/login");
    let flow = page.location_param("flow").unwrap();
    // Going straight to the next step does not skip this one.
    let skipped = agent.get(&app.at(&format!("/oauth2/authorize/continue?flow={flow}"))).await;
    assert_eq!(skipped.location().path(), "/login");
    // Nor does a sign-in in another tab.
    let other_tab = app.authorize(&agent, &usual.with("max_age", "0")).await;
    let _ = app.to_relying_party(app.sign_in(other_tab, ALICE).await).await;
    let skipped = agent.get(&app.at(&format!("/oauth2/authorize/continue?flow={flow}"))).await;
    assert_eq!(skipped.location().path(), "/login");

    let page = app.to_relying_party(app.sign_in(page, ALICE).await).await;
    let code = page.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["auth_time"], app.now().timestamp());
}

#[tokio::test]
async fn case_164_max_age() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let usual = authorization_request(&client);
    app.code_for(&agent, &usual, ALICE).await;
    app.clock.advance(TimeDelta::seconds(61));

    let page = app.authorize(&agent, &usual.clone().with("max_age", "62")).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());
    let silent = usual.clone().with("max_age", "60").with("prompt", "none");
    let page = app.authorize(&agent, &silent).await;
    assert_redirect_error(&page, &app, &client, "login_required");
    let page = app.authorize(&agent, &usual.clone().with("max_age", "0")).await;
    assert_eq!(page.location().path(), "/login");

    for bad in ["-1", "abc", "1e99", "1.5", "+5", "99999999999"] {
        let page = app.authorize(&agent, &usual.clone().with("max_age", bad)).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn case_167_login_hint_only_fills_the_field() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let hint = |hint: &str| authorization_request(&client).with("login_hint", hint);
    let page = app.authorize(&Agent::new(), &hint(ALICE)).await.follow_all().await;
    assert_eq!(page.attribute("#identifier", "value").as_deref(), Some(ALICE));
    let page = app.authorize(&Agent::new(), &hint("\"><script>alert(1)</script>")).await;
    let page = page.follow_all().await;
    assert!(!page.body.contains("<script>alert"));
    let page = app.authorize(&Agent::new(), &hint(&"x".repeat(10_000))).await.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

#[tokio::test]
async fn case_171_unknown_parameters_are_ignored() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let params = authorization_request(&client).with("display", "hologram").with("foo", "bar");
    let page = app.authorize(&Agent::new(), &params).await;
    assert_eq!(page.location().path(), "/login");
    let page = app.authorize(&Agent::new(), &params.with("nonce", &"n".repeat(10_000))).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_289_a_claimable_return_address_asks_every_time() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let native = app
        .client(
            app.registration("cli-tool").native().first_party().redirect_uri("http://127.0.0.1/cb"),
        )
        .await;
    let params = authorization_request(&native).with("redirect_uri", "http://127.0.0.1:49152/cb");
    let page = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
    let page = app.to_relying_party(page).await;
    assert!(page.location().as_str().starts_with("http://127.0.0.1:49152/cb?code="));
    let page = app.authorize(&agent, &params).await.follow_all().await;
    assert!(page.has("#consent-form"), "asked again: {}", page.summary());

    let own = app.client(app.registration("own-app").first_party()).await;
    let page = app.authorize(&agent, &authorization_request(&own)).await;
    assert!(page.location_param("code").is_some(), "not asked: {}", page.location());
}

#[tokio::test]
async fn a_new_scope_is_asked_for_and_denying_tells_the_app() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client).with("scope", "openid"), ALICE).await;
    let wider = authorization_request(&client).with("scope", "openid email");
    let page = app.authorize(&agent, &wider).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
    let page = page.form("#deny").submit().await;
    let page =
        if page.location().as_str().starts_with(app.issuer()) { page.follow().await } else { page };
    assert_redirect_error(&page, &app, &client, "access_denied");
    assert!(app.dump().contains("consent.refused"), "the trail has it");
    assert_eq!(page.location_param("state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn id_token_hint_of_somebody_else_asks_to_sign_in() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    app.person("bob@example.com").await;
    let tokens = app.tokens_for(&client, "bob@example.com").await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let hinted =
        authorization_request(&client).with("id_token_hint", tokens["id_token"].as_str().unwrap());
    let page = app.authorize(&agent, &hinted.clone().with("prompt", "none")).await;
    assert_redirect_error(&page, &app, &client, "login_required");
    let page = app.authorize(&agent, &hinted.clone().with("id_token_hint", "no.such.token")).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
    let other = app.confidential_client("other").await;
    let of_other = app.tokens_in(&agent, &other, ALICE, "openid").await;
    let hinted = hinted.with("id_token_hint", of_other["id_token"].as_str().unwrap());
    let page = app.authorize(&agent, &hinted).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_018_a_request_is_not_answered_in_another_browser() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let (agent, begun_elsewhere) = (Agent::new(), Agent::new());
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let page = app.authorize(&begun_elsewhere, &authorization_request(&client)).await;
    let flow = page.location().query().unwrap().to_owned();
    for path in ["/oauth2/authorize/continue", "/login", "/consent"] {
        let page = agent.get(&app.at(&format!("{path}?{flow}"))).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.summary());
        assert!(page.header("location").is_none());
    }
}

#[tokio::test]
async fn case_163_a_step_cannot_be_skipped_by_its_address() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    for (name, value) in [("prompt", "login"), ("prompt", "consent"), ("max_age", "0")] {
        let params = authorization_request(&client).with(name, value);
        let page = app.authorize(&agent, &params).await;
        let flow = page.location().query().unwrap().to_owned();
        for path in ["/oauth2/authorize/continue", "/consent", "/select-account", "/login"] {
            let address = app.at(&format!("{path}?{flow}&prompt=none&{name}="));
            let page = agent.get(&address).await;
            if page.status.is_redirection() {
                assert!(page.location().as_str().starts_with(app.issuer()), "{path} {name}");
            }
        }
        // What another tab proves or allows is no answer to this request.
        let elsewhere = authorization_request(&client).with("prompt", "login");
        app.code_for(&agent, &elsewhere, ALICE).await;
        let page = agent.get(&app.at(&format!("/oauth2/authorize/continue?{flow}"))).await;
        assert!(page.location().as_str().starts_with(app.issuer()), "{name}={value}");
        let mut page = page.follow_all().await;
        if page.has("#login-form") {
            page = app.sign_in(page, ALICE).await;
        }
        let page = app.to_relying_party(page).await;
        assert!(page.location_param("code").is_some(), "{}", page.location());
        let again = agent.get(&app.at(&format!("/oauth2/authorize/continue?{flow}"))).await;
        assert_page(&again, 409);
    }
}

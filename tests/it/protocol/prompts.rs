//! How a request wants the person asked, and what comes back with the answer.

use chrono::TimeDelta;
use scraper::{Html, Selector};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_page, assert_redirect_error, authorization_request, claims, code_request,
};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_164_who_reads_the_consent_page_too_long_proves_it_again() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let params = authorization_request(&client).with("max_age", "60");
    let page = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
    app.clock.advance(TimeDelta::seconds(61));
    let page = page.form("#allow").submit().await.follow_all().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    // The consent page is there once more, and this time it is read at once.
    let page = app.to_relying_party(page).await;
    let code = page.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["auth_time"], app.now().timestamp());
}

#[tokio::test]
async fn case_164_no_max_age_is_a_circle() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    for max_age in ["0", "1"] {
        let params = authorization_request(&client).with("max_age", max_age);
        let page = app.authorize(&Agent::new(), &params).await;
        let mut page = app.sign_in(page, ALICE).await;
        // Every step on the way back takes a while.
        for _ in 0..6 {
            app.clock.advance(TimeDelta::seconds(4));
            if page.status.is_redirection() {
                if page.location().as_str().starts_with(&client.redirect_uri) {
                    break;
                }
                page = page.follow().await;
            } else {
                page = page.form("#allow").submit().await;
            }
        }
        assert!(page.location_param("code").is_some(), "max_age={max_age}");
    }
}

#[tokio::test]
async fn prompts_can_be_combined() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let usual = authorization_request(&client);
    app.code_for(&agent, &usual, ALICE).await;
    for (prompt, pages) in [
        ("login consent", &["/login", "/consent"][..]),
        ("consent login", &["/login", "/consent"]),
        ("select_account", &["/select-account"]),
        ("select_account consent", &["/select-account", "/consent"]),
        ("select_account login", &["/login"]),
        ("create", &["/register"]),
    ] {
        let page = app.authorize(&agent, &usual.clone().with("prompt", prompt)).await;
        let mut page = page;
        let mut seen = Vec::new();
        while page.location().as_str().starts_with(app.issuer()) {
            let path = page.location().path().to_owned();
            page = page.follow().await;
            page = match path.as_str() {
                "/login" => app.sign_in(page, ALICE).await,
                "/consent" => page.form("#allow").submit().await,
                "/select-account" => page.form("#continue").submit().await,
                "/register" => app.sign_in(page.click("#sign-in-link").await, ALICE).await,
                _ => {
                    // The dispatcher.
                    continue;
                }
            };
            seen.push(path);
        }
        assert_eq!(seen, pages, "{prompt}");
        assert!(page.location_param("code").is_some(), "{prompt}");
    }
}

#[tokio::test]
async fn a_prompt_that_is_not_listed_is_refused() {
    let app = TestApp::start_configured(|config| config.registration.open = false);
    let client = app.confidential_client("notes").await;
    let listed = Agent::new().get(&app.at("/.well-known/openid-configuration")).await.json();
    let listed = listed["prompt_values_supported"].to_string();
    assert!(!listed.contains("create"), "{listed}");
    for prompt in ["create", "login create", "dance", "LOGIN"] {
        let params = authorization_request(&client).with("prompt", prompt);
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn hints_about_display_and_language_never_fail() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for (name, value) in [
        ("display", "page"),
        ("display", "popup"),
        ("display", "touch"),
        ("display", "wap"),
        ("display", "hologram"),
        ("ui_locales", "de en"),
        ("ui_locales", "zh-CN en"),
        ("ui_locales", "tlh !!"),
        ("claims_locales", "de-CH fr"),
    ] {
        let params = authorization_request(&client).with(name, value);
        let page = app.authorize(&Agent::new(), &params).await;
        let page = page.follow_all().await;
        assert!(page.has("#login-form"), "{name}={value}: {}", page.summary());
        let language = match value {
            "de en" => "de",
            "zh-CN en" => "zh-Hans",
            _ => "en",
        };
        assert_eq!(page.attribute("html", "lang").as_deref(), Some(language), "{value}");
    }
}

#[tokio::test]
async fn an_expired_id_token_is_still_a_hint() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
    app.clock.advance(TimeDelta::hours(2));
    let hinted = authorization_request(&client)
        .with("scope", "openid")
        .with("prompt", "none")
        .with("id_token_hint", tokens["id_token"].as_str().unwrap());
    let page = app.authorize(&agent, &hinted).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());
}

#[tokio::test]
async fn case_022_only_a_registered_client_is_redirected_to() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let usual = authorization_request(&client);
    let ways = [("prompt", "none"), ("scope", "\""), ("response_type", "token"), ("claims", "x")];
    for (name, value) in ways {
        let page = app.authorize(&Agent::new(), &usual.clone().with(name, value)).await;
        assert!(page.location_param("error").is_some(), "{name}");
    }
    app.remove_client("notes").await;
    for (name, value) in ways {
        assert_page(&app.authorize(&Agent::new(), &usual.clone().with(name, value)).await, 400);
    }
}

/// The hidden fields that the browser would post to the relying party.
fn posted(page: &Page) -> Vec<(String, String)> {
    let document = Html::parse_document(&page.body);
    let hidden = Selector::parse("form input[type=hidden]").unwrap();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    document
        .select(&hidden)
        .map(|input| (text(input.attr("name")), text(input.attr("value"))))
        .collect()
}

/// What came back in one of the three modes.
async fn answer(
    app: &TestApp,
    agent: &Agent,
    params: &Params,
    mode: &str,
) -> Vec<(String, String)> {
    let params = params.clone().with("response_mode", mode);
    // Posted from the relying party's page, as a large request is.
    let url = app.at("/oauth2/authorize");
    let page = agent.post_from("https://app.example/", &url, &params.pairs()).await;
    let page = page.follow().await;
    match mode {
        "form_post" => {
            assert_eq!(page.status, 200, "{}", page.summary());
            posted(&page)
        }
        "fragment" => {
            let fragment = page.location().fragment().unwrap().to_owned();
            url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
        }
        _ => page.location().query_pairs().into_owned().collect(),
    }
}

#[tokio::test]
async fn case_013_state_and_nonce_survive_every_response_mode() {
    let app = TestApp::start();
    let client: Client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let printable: String = (' '..='~').collect();
    let long = "\u{e9}".repeat(2048);
    for text in
        [&printable, "\"><script>alert(1)</script>", "&amp;&#39;&lt;", "\u{202e}🔑 é", &long]
    {
        for mode in ["query", "fragment", "form_post"] {
            let params = authorization_request(&client).with("state", text).with("nonce", text);
            let answer = answer(&app, &agent, &params, mode).await;
            let get = |name| answer.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
            assert_eq!(get("state"), Some(text), "{mode}");
            assert_eq!(get("iss"), Some(app.issuer()));
            let code = get("code").unwrap_or_else(|| panic!("{answer:?}"));
            let tokens = app.token(&client, &code_request(&client, code)).await.json();
            assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], text, "{mode}");
        }
    }
}

//! Bytes that nobody means well with, everywhere that takes any (sections S and W).

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, code_request, refresh_request};

const ALICE: &str = "alice@example.com";

/// Percent-encoded, as they stand in an address or a form.
fn odd() -> Vec<String> {
    let mut odd: Vec<String> = [
        "a%00b",
        "%FF",
        "%ED%A0%80",
        "%E2%80%AE%F0%9F%94%91",
        "%",
        "%27%20OR%201%3D1--%5C%25_",
        "%0D%0ASet-Cookie%3A%20a%3Db",
        "99999999999999999999999",
    ]
    .map(str::to_owned)
    .to_vec();
    odd.push("x".repeat(5000));
    odd
}

#[tokio::test]
async fn case_311_odd_bytes_in_an_address_are_no_fault_of_ours() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let usual = authorization_request(&client);
    for odd in odd() {
        let mut addresses = vec![];
        for name in [
            "client_id",
            "redirect_uri",
            "response_type",
            "response_mode",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
            "id_token_hint",
            "login_hint",
            "ui_locales",
            "acr_values",
            "claims",
            "display",
            "request",
            "request_uri",
            "registration",
            "%00",
            "unknown",
        ] {
            let rest = usual.clone().without(name).encoded();
            addresses.push(format!("/oauth2/authorize?{rest}&{name}={odd}"));
        }
        for path in [
            "/login",
            "/register",
            "/consent",
            "/select-account",
            "/oauth2/authorize/continue",
            "/set-password",
            "/setup",
        ] {
            addresses.push(format!("{path}?flow={odd}"));
            addresses.push(format!("{path}?token={odd}"));
        }
        for name in ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"] {
            addresses.push(format!("/oauth2/logout?{name}={odd}"));
        }
        addresses.push(format!("/account/apps/{odd}"));
        addresses.push(format!("/static/{odd}"));
        addresses.push(format!("/language?to={odd}&return={odd}"));
        for address in addresses {
            let page = agent.get(&app.at(&address)).await;
            assert!(!page.status.is_server_error(), "{address}: {}", page.summary());
        }
    }
}

#[tokio::test]
async fn case_311_odd_bytes_in_forms_cookies_and_headers_are_no_fault_of_ours() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    for odd in odd() {
        let text: String = url::form_urlencoded::parse(format!("x={odd}").as_bytes())
            .map(|(_, value)| value.into_owned())
            .collect();
        for name in ["grant_type", "code", "redirect_uri", "code_verifier", "client_id"] {
            let request = code_request(&client, "x").with(name, &text);
            let page = app.token(&client, &request).await;
            assert!(page.status.is_client_error(), "{name}={odd}: {}", page.summary());
        }
        for name in ["refresh_token", "scope"] {
            let request = refresh_request(refresh_token).with(name, &text);
            let page = app.token(&client, &request).await;
            assert!(!page.status.is_server_error(), "{name}={odd}: {}", page.summary());
        }
        let page = app.authorize(&Agent::new(), &authorization_request(&client)).await;
        let page = page.follow_all().await;
        for (identifier, password) in [(text.as_str(), "x"), (ALICE, text.as_str())] {
            let form = page.form("#login-form");
            let form = form.fill("identifier", identifier).fill("password", password);
            let page = form.submit().await;
            assert!(!page.status.is_server_error(), "{odd}: {}", page.summary());
        }
        let agent = Agent::new();
        for kind in ["session", "browser"] {
            agent.set_cookie("localhost", &format!("{}={odd}; Path=/", app.cookie_name(kind)));
        }
        let page = app.authorize(&agent, &authorization_request(&client)).await;
        assert!(!page.status.is_server_error(), "{odd}: {}", page.summary());
        let page = agent.get(&app.at("/account")).await;
        assert!(!page.status.is_server_error(), "{odd}: {}", page.summary());
    }
}

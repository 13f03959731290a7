//! Clients that an operator has disabled, and what was changed of a client (sections A, D and K of
//! the security cases), over two nodes.

use chrono::TimeDelta;
use serde_json::Value;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_error, assert_page, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

impl TestApp {
    /// Disables or enables a client.
    async fn switch_client(&self, id: &str, enabled: bool) {
        let now = self.now();
        let disabled_at = (!enabled).then_some(now);
        self.change_client(id, |client| client.disabled_at = disabled_at).await;
    }
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn asked(app: &TestApp, url: &str, client: &Client, token: &str) -> Page {
    app.token_at(url, client, &Params::new(&[("token", token)])).await
}

#[tokio::test]
async fn case_008_a_disabled_client_gets_a_page_and_no_redirect() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    // One flow is under way, and one browser would get a code at once.
    let page = app.authorize(&Agent::new(), &authorization_request(&client)).await;
    let consent = app.sign_in(page, ALICE).await.follow_all().await;
    app.code_for(&agent, &authorization_request(&client), ALICE).await;

    app.switch_client("notes", false).await;
    let query = authorization_request(&client).encoded();
    for url in [app.at(""), other.at("")] {
        let browser = app.machine();
        let page = browser.get(&format!("{url}/oauth2/authorize?{query}")).await;
        assert_page(&page, 400);
        assert!(!page.body.contains(&client.redirect_uri), "{}", page.summary());
    }
    assert_page(&app.authorize(&agent, &authorization_request(&client)).await, 400);
    let answered = consent.form("#allow").submit().await;
    assert!(answered.status.is_client_error(), "{}", answered.summary());
    assert!(answered.header("location").is_none());

    app.switch_client("notes", true).await;
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
}

#[tokio::test]
async fn case_061_what_a_disabled_client_presents_is_not_honoured_until_it_is_enabled() {
    let app = TestApp::start();
    let other = app.second_node();
    for client in [app.confidential_client("notes").await, app.public_client("spa").await] {
        let is_confidential = client.secret.is_some();
        app.person(&format!("{}@example.com", client.id)).await;
        let person = format!("{}@example.com", client.id);
        let agent = Agent::new();
        let tokens = app.tokens_in(&agent, &client, &person, "openid offline_access").await;
        let code = app.code_for(&agent, &authorization_request(&client), &person).await;
        let requests =
            [code_request(&client, &code), refresh_request(text(&tokens, "refresh_token"))];
        app.switch_client(&client.id, false).await;
        for request in &requests {
            let page = app.token_at(&other.at("/oauth2/token"), &client, request).await;
            assert_error(&page, 401, "invalid_client");
        }
        let access_token = text(&tokens, "access_token");
        let page = app.userinfo_at(&other.at("/oauth2/userinfo"), access_token).await;
        assert_error(&page, 401, "invalid_token");
        for path in ["/oauth2/introspect", "/oauth2/revoke"] {
            let page = asked(&app, &other.at(path), &client, access_token).await;
            assert_error(&page, 401, "invalid_client");
        }

        app.switch_client(&client.id, true).await;
        assert_eq!(app.userinfo(access_token).await.status, 200, "nothing was taken back");
        if is_confidential {
            let page = asked(&app, &other.at("/oauth2/introspect"), &client, access_token).await;
            assert_eq!(page.json()["active"], true, "{}", page.summary());
        }
        for request in &requests {
            let page = app.token_at(&other.at("/oauth2/token"), &client, request).await;
            assert_eq!(page.status, 200, "nothing was spent: {}", page.summary());
        }
    }
}

#[tokio::test]
async fn case_277_scripts_of_a_disabled_client_read_nothing() {
    let app = TestApp::start();
    let client = app.public_client("spa").await;
    let origin = client.redirect_uri.strip_suffix("/cb").unwrap().to_owned();
    let shared = async || {
        app.refresh().await;
        let script = Agent::new().with_header("origin", &origin);
        let page = script.post(&app.at("/oauth2/token"), &[]).await;
        page.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(shared().await.as_ref(), Some(&origin));
    app.switch_client("spa", false).await;
    assert_eq!(shared().await, None);
}

#[tokio::test]
async fn a_change_of_a_client_holds_at_once_on_every_node() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    app.change_client("notes", |client| client.lifetimes.access_token = Some(120)).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let request = code_request(&client, &code);
    let page = app.token_at(&other.at("/oauth2/token"), &client, &request).await;
    assert_eq!(page.json()["expires_in"], 120, "{}", page.summary());
    app.clock.advance(TimeDelta::seconds(1));
    app.change_client("notes", |client| client.grant_types.clear()).await;
    let tokens = page.json();
    let refresh = refresh_request(text(&tokens, "refresh_token"));
    let page = app.token_at(&other.at("/oauth2/token"), &client, &refresh).await;
    assert_error(&page, 400, "unauthorized_client");
}

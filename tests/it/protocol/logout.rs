//! Section K of the security cases, as far as it is built: signing out at an app's request.

use chrono::TimeDelta;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, assert_error, authorization_request, refresh_request};

const ALICE: &str = "alice@example.com";
const AFTER: &str = "https://app.example/signed-out";

struct SignedIn {
    app: TestApp,
    client: Client,
    agent: Agent,
    tokens: serde_json::Value,
}

impl SignedIn {
    async fn start() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let agent = Agent::new();
        let tokens = app.tokens_in(&agent, &client, ALICE, "openid").await;
        Self { app, client, agent, tokens }
    }

    fn hint(&self) -> Params {
        Params::new(&[
            ("id_token_hint", self.tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", AFTER),
            ("state", "bye bye"),
        ])
    }

    async fn logout(&self, params: &Params) -> Page {
        self.agent.get(&self.app.at(&format!("/oauth2/logout?{}", params.encoded()))).await
    }

    async fn is_signed_in(&self) -> bool {
        let silent =
            authorization_request(&self.client).with("prompt", "none").with("scope", "openid");
        self.app.authorize(&self.agent, &silent).await.location_param("code").is_some()
    }
}

#[tokio::test]
async fn the_hint_of_the_very_session_signs_out_at_once() {
    let it = SignedIn::start().await;
    let page = it.logout(&it.hint()).await;
    assert_eq!(page.location().as_str(), "https://app.example/signed-out?state=bye+bye");
    assert!(!it.is_signed_in().await);
    let refresh = refresh_request(it.tokens["refresh_token"].as_str().unwrap());
    assert_error(&it.app.token(&it.client, &refresh).await, 400, "invalid_grant");
}

#[tokio::test]
async fn an_expired_hint_is_as_good() {
    let it = SignedIn::start().await;
    it.app.clock.advance(TimeDelta::hours(2));
    assert!(it.logout(&it.hint()).await.location().as_str().starts_with(AFTER));
    assert!(!it.is_signed_in().await);
}

#[tokio::test]
async fn case_150_only_a_registered_address_is_gone_to() {
    let it = SignedIn::start().await;
    for uri in [
        "https://app.example/signed-out/",
        "https://evil.test/",
        "https://app.example@evil.test/signed-out",
        "https://app.example/signed-outx",
    ] {
        let page = it.logout(&it.hint().with("post_logout_redirect_uri", uri)).await;
        let page = page.follow_all().await;
        assert_eq!(page.url.origin().ascii_serialization(), it.app.issuer());
    }
}

#[tokio::test]
async fn case_151_without_a_hint_a_person_confirms() {
    let it = SignedIn::start().await;
    let bare = Params::new(&[("client_id", "notes"), ("post_logout_redirect_uri", AFTER)]);
    let page = it.logout(&bare).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(it.is_signed_in().await);
    // A form of another site reads no cookie and confirms nothing.
    let url = it.app.at("/oauth2/logout");
    let cross = it.agent.post_from("https://evil.test/", &url, &bare.pairs()).await;
    assert!(it.is_signed_in().await, "{}", cross.summary());

    let done = page.form("#sign-out").submit().await;
    assert!(!it.is_signed_in().await, "{}", done.summary());
    assert!(done.location().as_str().starts_with(AFTER), "{}", done.location());
}

#[tokio::test]
async fn case_152_a_bad_hint_counts_as_none() {
    let it = SignedIn::start().await;
    let other = it.app.tokens_for(&it.client, ALICE).await;
    let good = it.tokens["id_token"].as_str().unwrap();
    let unsigned = {
        let payload = good.split('.').nth(1).unwrap();
        format!("eyJhbGciOiJub25lIn0.{payload}.")
    };
    for hint in [
        &good[..good.len() - 2],
        &unsigned,
        it.tokens["access_token"].as_str().unwrap(),
        other["id_token"].as_str().unwrap(),
        "x",
    ] {
        let page = it.logout(&it.hint().with("id_token_hint", hint)).await;
        assert_eq!(page.status, 200, "asks first: {}", page.summary());
        assert!(it.is_signed_in().await);
    }
    let page = it.logout(&it.hint().with("client_id", "somebody-else")).await;
    assert_eq!(page.status, 200, "asks first: {}", page.summary());
}

#[tokio::test]
async fn case_155_after_the_sign_out_the_old_cookie_is_dead_on_both_nodes() {
    let it = SignedIn::start().await;
    let other = it.app.second_node();
    let old = it.app.session_cookie(&it.agent);
    it.logout(&it.hint()).await;
    for url in [it.app.at("/account"), other.at("/account")] {
        let thief = it.app.machine();
        thief.set_cookie("localhost", &old);
        let page = thief.get(&url).await;
        assert_eq!(page.location().path(), "/login", "{}", page.summary());
        assert!(page.header("cache-control").unwrap().contains("no-store"));
    }
}

//! Section K of the security cases, as far as it is built: signing out at an app's request.

use chrono::TimeDelta;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_error, assert_page, authorization_request, refresh_request,
};

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
    let other = it.app.registration("other").post_logout_redirect_uri("https://other.example/bye");
    it.app.client(other).await;
    for uri in [
        "https://other.example/bye",
        "https://app.example/",
        "https://app.example/signed-ou",
        "http://app.example/signed-out",
        "https://app.example/signed-out?a=b",
        "https://app.example/cb",
        "//evil.test/",
        "javascript:alert(1)",
        "https://app.example/signed-out/",
        "https://evil.test/",
        "https://app.example@evil.test/signed-out",
        "https://app.example/signed-outx",
    ] {
        // Signed in anew each time, so that each time there is somebody to sign out.
        let tokens = it.app.tokens_in(&it.agent, &it.client, ALICE, "openid").await;
        let hint = it.hint().with("id_token_hint", tokens["id_token"].as_str().unwrap());
        let page = it.logout(&hint.with("post_logout_redirect_uri", uri)).await;
        let page = page.follow_all().await;
        assert_eq!(page.url.origin().ascii_serialization(), it.app.issuer(), "{uri}");
        assert!(!page.has(&format!("a[href='{uri}']")), "{uri} is no link either");
        assert!(!it.is_signed_in().await, "{uri}");
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

    // An image or a link on another site's page: the browser sends the cookie and gets a question.
    for (dest, site) in [("image", "cross-site"), ("document", "cross-site"), ("iframe", "none")] {
        let bent = it.agent.clone().with_header("sec-fetch-dest", dest);
        let bent = bent.with_header("sec-fetch-site", site);
        let page = bent.get(&it.app.at(&format!("/oauth2/logout?{}", bare.encoded()))).await;
        assert!(!page.status.is_redirection(), "{dest}: {}", page.summary());
        assert!(it.is_signed_in().await, "{dest}");
    }
    // The question is answered on our own page only.
    let answer = || page.form("#sign-out");
    assert_page(&answer().without("csrf").submit().await, 403);
    assert_page(&answer().set("csrf", "x").submit().await, 403);
    assert_page(&answer().submit_with_header("origin", "https://evil.test").await, 403);
    assert_page(&answer().submit_with_header("sec-fetch-site", "cross-site").await, 403);
    assert!(it.is_signed_in().await);

    let done = answer().submit().await;
    assert!(!it.is_signed_in().await, "{}", done.summary());
    assert!(done.location().as_str().starts_with(AFTER), "{}", done.location());
}

#[tokio::test]
async fn case_152_a_bad_hint_counts_as_none() {
    let it = SignedIn::start().await;
    let other = it.app.tokens_for(&it.client, ALICE).await;
    it.app.person("bob@example.com").await;
    let bobs = it.app.tokens_for(&it.client, "bob@example.com").await;
    let elsewhere = SignedIn::start().await;
    let good = it.tokens["id_token"].as_str().unwrap();
    let unsigned = {
        let payload = good.split('.').nth(1).unwrap();
        format!("eyJhbGciOiJub25lIn0.{payload}.")
    };
    for hint in [
        &good[..good.len() - 2],
        &unsigned,
        it.tokens["access_token"].as_str().unwrap(),
        it.tokens["refresh_token"].as_str().unwrap(),
        other["id_token"].as_str().unwrap(),
        bobs["id_token"].as_str().unwrap(),
        elsewhere.tokens["id_token"].as_str().unwrap(),
        "x",
    ] {
        let page = it.logout(&it.hint().with("id_token_hint", hint)).await;
        assert_eq!(page.status, 200, "asks first: {}", page.summary());
        assert!(it.is_signed_in().await);
    }
    // Whoever confirms on account of a token that is none stays here.
    let forged = it.hint().with("id_token_hint", &unsigned);
    let done = it.logout(&forged).await.form("#sign-out").submit().await.follow_all().await;
    assert_eq!(done.url.origin().ascii_serialization(), it.app.issuer());
    assert!(!it.is_signed_in().await);
    it.app.tokens_in(&it.agent, &it.client, ALICE, "openid").await;
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
    let refresh = refresh_request(it.tokens["refresh_token"].as_str().unwrap());
    for url in [it.app.at("/oauth2/token"), other.at("/oauth2/token")] {
        let page = it.app.token_at(&url, &it.client, &refresh).await;
        assert_error(&page, 400, "invalid_grant");
    }
}

/// What the browser's Back button could show again is never kept, on neither node.
#[tokio::test]
async fn case_155_going_back_finds_nothing_that_was_kept() {
    let it = SignedIn::start().await;
    let other = it.app.second_node();
    let browser = it.app.machine();
    browser.set_cookie("localhost", &it.app.session_cookie(&it.agent));
    let paths = ["/account", "/account/sessions", "/account/apps", "/sign-out"];
    let nodes = [it.app.at(""), other.at("")];
    let urls: Vec<_> =
        nodes.iter().flat_map(|node| paths.map(|path| format!("{node}{path}"))).collect();
    for url in &urls {
        let page = browser.get(url).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(page.header("cache-control").unwrap().contains("no-store"), "{url}");
    }
    let done = it.logout(&it.hint()).await;
    assert_eq!(done.header("clear-site-data"), Some("\"cache\""));
    for url in &urls {
        let page = browser.get(url).await;
        let gone = !page.status.is_success() || !page.body.contains(ALICE);
        assert!(gone, "{url}: {}", page.summary());
    }
}

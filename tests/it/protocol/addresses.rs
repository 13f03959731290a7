//! Section A of the security cases: return addresses, for a person who is signed in and would get a
//! code at once.

use latchkey::domain::client::ApplicationType;
use latchkey::domain::redirect_uri::RedirectUri;

use super::requests::World;
use crate::support::agent::Agent;
use crate::support::flow::{Client, assert_page, authorization_request};

#[tokio::test]
async fn case_001_no_code_is_made_for_an_address_that_is_not_registered() {
    let it = World::start().await;
    let before = it.grants();
    assert!(before > 0);
    for sent in [
        "https://app.example/cb/",
        "https://app.example/cb/x",
        "https://app.example/cb?",
        "https://app.example/cb?a=b",
        "https://app.example/CB",
        "https://app.example/cb:443",
        "https://app.example:443/cb",
        "https://app.example/cb#",
        "https://app.example/cb#f",
        "http://app.example/cb",
        "https://app.example/%63b",
        "https://app.example/c%62",
        "https://app.example/./cb",
        "https://app.example//cb",
        "https://app.example/cb%00",
        "HTTPS://app.example/cb",
    ] {
        assert_page(&it.ask(&it.request().with("redirect_uri", sent)).await, 400);
    }
    assert_eq!(it.grants(), before);
    assert!(it.ask(&it.request()).await.location_param("code").is_some());
    assert_eq!(it.grants(), before + 1, "what is counted is counted");
}

#[tokio::test]
async fn case_006_only_the_port_of_a_loopback_address_is_free() {
    let it = World::start().await;
    let native = it.app.registration("cli-tool").native().redirect_uri("http://127.0.0.1/cb");
    let native = it.app.client(native).await;
    let web = it.app.registration("web-tool").redirect_uri("http://127.0.0.1/cb");
    let web = it.app.client(web).await;
    let ask = async |client: &Client, uri: &str| {
        it.ask(&authorization_request(client).with("redirect_uri", uri)).await
    };
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"] {
        assert!(ask(&native, uri).await.status.is_redirection(), "{uri}");
    }
    for uri in [
        "http://127.0.0.1:49152/other",
        "http://127.0.0.1:49152/cb/",
        "http://localhost:49152/cb",
        "http://127.0.0.2:49152/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.1:49152@evil.test/cb",
        "http://127.0.0.1:evil.test/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://[::1]:49152/cb",
        "http://2130706433/cb",
        "https://127.0.0.1:49152/cb",
    ] {
        assert_page(&ask(&native, uri).await, 400);
    }
    assert_page(&ask(&web, "http://127.0.0.1:49152/cb").await, 400);
    let elsewhere = it.app.registration("app-tool").native().redirect_uri("https://app.example/cb");
    let elsewhere = it.app.client(elsewhere).await;
    assert_page(&ask(&elsewhere, "https://app.example:49152/cb").await, 400);
}

#[tokio::test]
async fn case_007_an_address_is_never_guessed() {
    let it = World::start().await;
    it.app
        .change_client("notes", |client| {
            let second = RedirectUri::register("https://app.example/2", ApplicationType::Web);
            client.redirect_uris.push(second.unwrap());
        })
        .await;
    let bare = it.request().without("redirect_uri");
    for params in [bare.clone(), bare.clone().with("scope", "email"), bare.with("redirect_uri", "")]
    {
        assert_page(&it.ask(&params).await, 400);
    }
}

#[tokio::test]
async fn case_008_an_unknown_client_of_a_signed_in_person_gets_a_page() {
    let it = World::start().await;
    it.app.remove_client("notes").await;
    for params in [it.request(), it.request().with("prompt", "none").with("client_id", "nobody")] {
        let page = it.ask(&params).await;
        assert_page(&page, 400);
        assert!(!page.has("a[href*='app.example']"), "{}", page.summary());
    }
}

#[tokio::test]
async fn case_015_a_registered_query_belongs_to_the_address() {
    let it = World::start().await;
    let tenant = it.app.registration("tenant").redirect_uri("https://app.example/cb?tenant=a");
    let tenant = it.app.client(tenant).await;
    for sent in ["https://app.example/cb", "https://app.example/cb?", "https://app.example/cb?x=1"]
    {
        let params = authorization_request(&tenant).with("redirect_uri", sent);
        assert_page(&it.ask(&params).await, 400);
    }
}

/// Clients are registered by operators only, so there is nobody to lend our name to an address: a
/// request that is wrong on purpose goes to an address that an operator approved, or nowhere.
#[tokio::test]
async fn case_022_nobody_can_make_a_redirector_of_this_site() {
    let it = World::start().await;
    let stranger = Agent::new();
    for bend in [("scope", "no-such-scope"), ("prompt", "none"), ("response_type", "x")] {
        let bent = it.request().with(bend.0, bend.1);
        for (name, value) in
            [("redirect_uri", "https://evil.test/"), ("client_id", "https://evil.test/client")]
        {
            let page = it.app.authorize(&stranger, &bent.clone().with(name, value)).await;
            assert_page(&page, 400);
        }
    }
    let metadata = stranger.get(&it.app.at("/.well-known/openid-configuration")).await.json();
    assert!(metadata.get("registration_endpoint").is_none());
}

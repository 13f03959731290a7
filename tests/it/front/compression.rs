//! What is compressed: what is public and the same for everybody, and nothing else, because the length
//! of anything else could tell a secret in it (BREACH).

use std::io::Read as _;

use flate2::read::GzDecoder;
use latchkey::http::assets;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::authorization_request;
use crate::support::routes::routes;

const ALICE: &str = "alice@example.com";

fn is_compressed(page: &Page) -> bool {
    page.header("content-encoding").is_some()
}

/// The bytes of an answer as they are sent.
async fn bytes(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
    let mut request = reqwest::Client::builder().no_proxy().build().unwrap().get(app.at(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn only_what_is_public_is_compressed() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new().with_header("accept-encoding", "gzip, deflate, br, zstd");
    app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let mut compressed = Vec::new();
    for route in routes() {
        for value in ["x", assets::script_path().strip_prefix(assets::PREFIX).unwrap()] {
            for method in ["GET", "POST", "HEAD", "OPTIONS"] {
                let path = route.path(value);
                let page = agent.request(method, &app.at(&path)).await;
                if is_compressed(&page) {
                    assert_eq!(page.header("content-encoding"), Some("gzip"), "{path}");
                    assert!(page.header("cache-control").unwrap().starts_with("public"), "{path}");
                    assert!(page.header("set-cookie").is_none(), "{path}");
                    compressed.push(path);
                }
            }
        }
    }
    compressed.sort();
    compressed.dedup();
    let expected = [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        assets::script_path(),
        "/favicon.ico",
        "/oauth2/jwks",
    ];
    assert_eq!(compressed, expected);
    // Tokens and claims, for a client that can prove itself, are sent as they are.
    let tokens = app.tokens_for(&client, ALICE).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let page = agent.with_header("authorization", &bearer).get(&app.at("/oauth2/userinfo")).await;
    assert!(page.status == 200 && !is_compressed(&page), "{}", page.summary());
}

#[tokio::test]
async fn both_forms_are_the_same_and_caches_keep_them_apart() {
    let app = TestApp::start();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth2/jwks",
        assets::stylesheet_path(),
        assets::script_path(),
        assets::icon_path(),
    ] {
        let (status, plain) = bytes(&app, path, &[]).await;
        let (_, short) = bytes(&app, path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(status, 200, "{path}");
        assert!(short.len() < plain.len(), "{path}: {} of {}", short.len(), plain.len());
        let mut back = Vec::new();
        GzDecoder::new(&short[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, plain, "{path}");
        for accepted in ["identity", "gzip;q=0", "br", ""] {
            let (_, other) = bytes(&app, path, &[("accept-encoding", accepted)]).await;
            assert_eq!(other, plain, "{path} {accepted}");
        }
        let page = Agent::new().get(&app.at(path)).await;
        assert_eq!(page.header("vary"), Some("accept-encoding"), "{path}");
    }
}

#[tokio::test]
async fn each_form_has_its_own_tag() {
    let app = TestApp::start();
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        let plain = Agent::new().get(&app.at(path)).await;
        let gzip = Agent::new().with_header("accept-encoding", "gzip");
        let short = gzip.get(&app.at(path)).await;
        let tag = |page: &Page| page.header("etag").unwrap().to_owned();
        assert_ne!(tag(&plain), tag(&short), "{path}");
        for (agent, tag, status) in [
            (Agent::new(), tag(&plain), 304),
            (gzip.clone(), tag(&short), 304),
            (Agent::new(), tag(&short), 200),
            (gzip.clone(), tag(&plain), 200),
            (gzip.clone(), format!("W/{}", tag(&short)), 304),
        ] {
            let page = agent.with_header("if-none-match", &tag).get(&app.at(path)).await;
            assert_eq!(page.status, status, "{path} {tag}");
            assert_eq!(page.header("vary"), Some("accept-encoding"), "{path}");
        }
    }
}

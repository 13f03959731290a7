//! Which methods the endpoints take, and what they say to all others; what browsers' scripts of other
//! sites may read; and that a server in trouble says when to come again.

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    Params, assert_error, assert_page, authorization_request, claims, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

/// The endpoints with what they take, as `Allow` says it.
const ENDPOINTS: [(&str, &str); 10] = [
    ("/.well-known/openid-configuration", "GET, HEAD"),
    ("/.well-known/oauth-authorization-server", "GET, HEAD"),
    ("/oauth2/jwks", "GET, HEAD"),
    ("/oauth2/authorize", "GET, HEAD, POST"),
    ("/oauth2/authorize/continue", "GET, HEAD"),
    ("/oauth2/token", "POST"),
    ("/oauth2/introspect", "POST"),
    ("/oauth2/revoke", "POST"),
    ("/oauth2/userinfo", "GET, HEAD, POST"),
    ("/oauth2/logout", "GET, HEAD, POST"),
];

fn sorted(methods: &str) -> Vec<&str> {
    let mut methods: Vec<_> = methods.split(',').map(str::trim).collect();
    methods.sort_unstable();
    methods
}

#[tokio::test]
async fn case_019_049_every_endpoint_says_what_it_takes() {
    let app = TestApp::start();
    let agent = Agent::new();
    for (path, allowed) in ENDPOINTS {
        let url = app.at(path);
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "X"] {
            let page = agent.request(method, &url).await;
            if sorted(allowed).contains(&method) {
                assert_ne!(page.status, 405, "{method} {path}");
            } else {
                assert_eq!(page.status, 405, "{method} {path}: {}", page.summary());
                assert_eq!(sorted(page.header("allow").unwrap()), sorted(allowed), "{path}");
                assert!(page.header("cache-control").unwrap().contains("no-store"), "{path}");
            }
            assert!(!page.status.is_server_error(), "{method} {path}: {}", page.summary());
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::start();
    let agent = Agent::new();
    for (path, _) in ENDPOINTS.into_iter().filter(|(_, allowed)| allowed.contains("HEAD")) {
        let url = app.at(path);
        let (get, head) = (agent.get(&url).await, agent.request("HEAD", &url).await);
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}: {}", head.summary());
        for name in ["content-type", "cache-control", "www-authenticate", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
    }
}

/// An app in a browser page: asks first as browsers do, then gets and uses tokens.
#[tokio::test]
async fn an_app_in_a_browser_may_read_what_it_asks_for() {
    let app = TestApp::start();
    let client = app.public_client("spa").await;
    app.person(ALICE).await;
    app.refresh().await;
    let script = || Agent::new().with_header("origin", "https://app.example");
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    for (method, path) in [
        ("POST", "/oauth2/token"),
        ("POST", "/oauth2/revoke"),
        ("GET", "/oauth2/userinfo"),
        ("POST", "/oauth2/userinfo"),
        ("GET", "/oauth2/jwks"),
        ("GET", "/.well-known/openid-configuration"),
    ] {
        let asking = script()
            .with_header("access-control-request-method", method)
            .with_header("access-control-request-headers", "authorization,content-type");
        let page = asking.request("OPTIONS", &app.at(path)).await;
        assert_eq!(page.status, 204, "{path}: {}", page.summary());
        let list = |name: &str| page.header(name).unwrap_or_default().to_lowercase();
        assert!(list("access-control-allow-methods").contains(&method.to_lowercase()), "{path}");
        assert!(list("access-control-allow-headers").contains("authorization"), "{path}");
        assert!(list("access-control-allow-headers").contains("content-type"), "{path}");
        assert!(page.header("access-control-max-age").is_some(), "{path}");
    }
    let with_id = |params: Params| params.with("client_id", "spa");
    let url = app.at("/oauth2/token");
    let page = script().post(&url, &with_id(code_request(&client, &code)).pairs()).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(page.header("access-control-allow-origin"), Some("https://app.example"));
    let tokens = page.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    let bearer = script().with_header("authorization", &format!("Bearer {access_token}"));
    let page = bearer.get(&app.at("/oauth2/userinfo")).await;
    assert_eq!(page.json()["sub"], claims(access_token)["sub"]);
    assert_eq!(page.header("access-control-allow-origin"), Some("https://app.example"));
    // It may read why something was refused, and how to prove itself.
    let refused = script().get(&app.at("/oauth2/userinfo")).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://app.example"));
    let exposed = refused.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("www-authenticate") && exposed.contains("retry-after"), "{exposed}");
    let given_back = with_id(Params::new(&[("token", access_token)]));
    let page = script().post(&app.at("/oauth2/revoke"), &given_back.pairs()).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(page.header("access-control-allow-origin"), Some("https://app.example"));
    let refresh = with_id(refresh_request(tokens["refresh_token"].as_str().unwrap()));
    assert_error(&script().post(&url, &refresh.pairs()).await, 400, "invalid_grant");
}

/// Introspection is for servers; and an app that was removed is forgotten with the next look.
#[tokio::test]
async fn case_277_origins_follow_the_clients() {
    let app = TestApp::start();
    app.client(app.registration("spa").public().redirect_uri("https://spa.example/cb")).await;
    let script = Agent::new().with_header("origin", "https://spa.example");
    let is_shared = async || {
        let page = script.get(&app.at("/oauth2/userinfo")).await;
        assert_eq!(page.status, 401);
        page.header("access-control-allow-origin").is_some()
    };
    assert!(!is_shared().await, "not known yet");
    app.refresh().await;
    assert!(is_shared().await);
    let page = script.post(&app.at("/oauth2/introspect"), &[]).await;
    assert!(page.header("access-control-allow-origin").is_none());
    app.remove_client("spa").await;
    app.refresh().await;
    assert!(!is_shared().await);
}

#[tokio::test]
async fn case_324_a_server_without_its_database_says_when_to_come_again() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;
    app.refuse_connections();
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let access_token = tokens["access_token"].as_str().unwrap();
    let agent = Agent::new();
    let request = authorization_request(&client);
    let (token, introspection, revocation, userinfo, authorize) = tokio::join!(
        app.token(&client, &refresh),
        app.introspect(&client, access_token),
        app.revoke(&client, access_token),
        app.userinfo(access_token),
        app.authorize(&agent, &request),
    );
    for page in [token, introspection, revocation, userinfo] {
        assert_error(&page, 503, "temporarily_unavailable");
        assert!(page.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    }
    assert_page(&authorize, 503);
    assert!(authorize.header("retry-after").is_some());
    // What needs no database goes on.
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/health/live"] {
        assert_eq!(Agent::new().get(&app.at(path)).await.status, 200, "{path}");
    }
    app.take_connections();
    assert_eq!(app.token(&client, &refresh).await.status, 200);
}

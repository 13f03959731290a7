//! Section T of the security cases for every route there is, and every method.

use latchkey::http::assets;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::routes::{Kind, Route, routes};
use crate::support::strict::assert_strict;

const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"];

/// What anybody may keep a copy of.
fn is_public(path: &str) -> bool {
    path.starts_with("/.well-known/")
        || path.starts_with(assets::PREFIX)
        || matches!(path, "/oauth2/jwks" | "/favicon.ico")
}

/// Its address: an asset's is one that is there.
fn path(route: &Route) -> String {
    let script = assets::script_path().strip_prefix(assets::PREFIX).unwrap();
    route.path(if route.pattern.starts_with(assets::PREFIX) { script } else { "x" })
}

#[test]
fn the_routes_are_read_from_where_they_are_mounted() {
    let routes = routes();
    let find = |pattern: &str| routes.iter().find(|route| route.pattern == pattern).unwrap();
    let login = find("/login");
    assert!(login.kind == Kind::Page && login.get && login.post);
    assert!(find("/account/sessions/{id}/end").post && !find("/account/sessions/{id}/end").get);
    assert_eq!(find("/oauth2/jwks").kind, Kind::Shared);
    assert_eq!(find("/account/apps/{id}/remove").path("notes"), "/account/apps/notes/remove");
    assert!(routes.len() >= 31, "{}", routes.len());
    assert!(routes.iter().all(|route| route.get || route.post), "{routes:?}");
}

#[tokio::test]
async fn case_275_case_276_case_278_every_answer_has_the_strict_headers() {
    let app = TestApp::start();
    let https = TestApp::start_with_issuer("https://id.example");
    for (app, agent) in [(&app, Agent::new()), (&https, https.machine())] {
        let paths = routes().iter().map(path).collect::<Vec<_>>();
        for path in paths.into_iter().chain(["/nowhere".to_owned()]) {
            for method in METHODS {
                let page = agent.request(method, &app.at(&path)).await;
                let seen = format!("{method} {path}: {}", page.status);
                assert!(!page.status.is_server_error(), "{seen}");
                assert_strict(&page, is_public(&path), &seen);
                if page.status == 405 {
                    let allowed = page.header("allow").expect(&seen);
                    assert!(!allowed.split(", ").any(|it| it == method), "{seen}: {allowed}");
                }
                if method == "HEAD" {
                    assert_eq!(page.body, "", "{seen}");
                }
            }
        }
    }
}

/// Nobody but scripts of registered apps reads across origins, and they nothing of a person's.
#[tokio::test]
async fn case_277_no_route_is_shared_by_oversight() {
    let app = TestApp::start();
    app.confidential_client("notes").await;
    app.refresh().await;
    for origin in
        ["null", "https://evil.test", "https://app.example", "https://app.example.evil.test"]
    {
        let agent = Agent::new().with_header("origin", origin);
        for route in routes() {
            let path = path(&route);
            for method in ["GET", "POST", "OPTIONS"] {
                let page = agent.request(method, &app.at(&path)).await;
                let seen = format!("{origin} {method} {path}: {}", page.status);
                assert!(page.header("access-control-allow-credentials").is_none(), "{seen}");
                let allowed = page.header("access-control-allow-origin");
                let expected = match route.kind {
                    Kind::Shared if is_public(&path) => Some("*"),
                    Kind::Shared if origin == "https://app.example" => Some(origin),
                    Kind::Shared | Kind::Page | Kind::Plain => None,
                };
                assert_eq!(allowed, expected, "{seen}");
            }
        }
    }
}

/// What a proxy or anybody else says of the address that was asked changes no answer.
#[tokio::test]
async fn case_315_what_is_forwarded_about_host_and_scheme_changes_nothing() {
    let app = TestApp::start_configured(|config| {
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    });
    let plain = Agent::new();
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "4443"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-server", "evil.test"),
        ("x-original-url", "/account"),
        ("x-rewrite-url", "/account"),
        ("x-http-method-override", "DELETE"),
        ("x-host", "evil.test"),
        ("forwarded", "for=198.51.100.7;host=evil.test;proto=https"),
    ] {
        let agent = plain.clone().with_header(name, value);
        for path in ["/.well-known/openid-configuration", "/signed-out", "/account", "/nowhere"] {
            let (with, without) = (agent.get(&app.at(path)).await, plain.get(&app.at(path)).await);
            let seen = format!("{name} {path}");
            assert_eq!(with.status, without.status, "{seen}");
            assert_eq!(with.header("location"), without.header("location"), "{seen}");
            assert!(!with.body.contains("evil") && !format!("{:?}", with.headers).contains("evil"));
            if path.starts_with("/.well-known/") {
                assert_eq!(with.body, without.body, "{seen}");
            }
        }
    }
}

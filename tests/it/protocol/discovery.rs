//! Discovery and the key set.

use crate::support::agent::Agent;
use crate::support::app::TestApp;

#[tokio::test]
async fn case_130_the_issuer_never_comes_from_the_request() {
    let app = TestApp::start();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let plain = Agent::new().get(&app.at(path)).await;
        assert_eq!(plain.status, 200, "{}", plain.summary());
        assert_eq!(plain.json()["issuer"], app.issuer());
        for (name, value) in [
            ("x-forwarded-host", "evil.test"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.test;proto=https"),
        ] {
            let bent = Agent::new().with_header(name, value).get(&app.at(path)).await;
            assert_eq!(bent.body, plain.body, "{name}");
        }
        let page = Agent::new().with_header("host", "evil.test").get(&app.at(path)).await;
        assert_eq!(page.status, 421, "{}", page.summary());
        assert!(!page.body.contains("evil.test"));
    }
}

#[tokio::test]
async fn every_advertised_endpoint_is_mounted() {
    let app = TestApp::start();
    let metadata = Agent::new().get(&app.at("/.well-known/openid-configuration")).await.json();
    let endpoints: Vec<_> = metadata
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .collect();
    assert_eq!(endpoints.len(), 7);
    for (name, url) in endpoints {
        let page = Agent::new().get(url.as_str().unwrap()).await;
        assert_ne!(page.status, 404, "{name}");
        assert!(!page.status.is_server_error(), "{name}: {}", page.summary());
    }
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(metadata["response_types_supported"], serde_json::json!(["code"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn case_129_the_key_set_is_public_and_cacheable() {
    let app = TestApp::start();
    let page = Agent::new().get(&app.at("/oauth2/jwks")).await;
    assert_eq!(page.status, 200);
    assert!(page.header("cache-control").unwrap().contains("max-age"));
    let etag = page.header("etag").unwrap().to_owned();
    let keys = page.json()["keys"].as_array().unwrap().clone();
    assert!(!keys.is_empty());
    for key in keys {
        let mut members: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    }
    let again = Agent::new().with_header("if-none-match", &etag).get(&app.at("/oauth2/jwks")).await;
    assert_eq!(again.status, 304);
    assert!(again.body.is_empty());
}

#[tokio::test]
async fn any_site_may_read_discovery_and_none_the_pages() {
    let app = TestApp::start();
    let agent = Agent::new().with_header("origin", "https://anywhere.example");
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        let page = agent.get(&app.at(path)).await;
        assert_eq!(page.header("access-control-allow-origin"), Some("*"), "{path}");
        assert!(page.header("access-control-allow-credentials").is_none());
    }
    for path in ["/login", "/account", "/oauth2/authorize"] {
        let page = agent.get(&app.at(path)).await;
        assert!(page.header("access-control-allow-origin").is_none(), "{path}");
    }
}

#[tokio::test]
async fn the_metadata_is_cacheable_and_asked_for_anew_by_its_tag() {
    let app = TestApp::start();
    let paths = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let mut tags = Vec::new();
    for path in paths {
        let page = Agent::new().get(&app.at(path)).await;
        assert_eq!(page.header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(page.header("content-type"), Some("application/json"));
        let etag = page.header("etag").unwrap().to_owned();
        for known in [&etag, &format!("W/{etag}"), &format!("\"other\", {etag}")] {
            let again = Agent::new().with_header("if-none-match", known).get(&app.at(path)).await;
            assert_eq!(again.status, 304, "{known}");
            assert!(again.body.is_empty());
            assert_eq!(again.header("etag"), Some(&*etag));
        }
        let other = Agent::new().with_header("if-none-match", "\"other\"").get(&app.at(path)).await;
        assert_eq!(other.body, page.body);
        tags.push(etag);
    }
    assert_eq!(tags[0], tags[1], "one document at two addresses");
}

//! Config OP: the discovery document and the key set.

use serde_json::Value;

use crate::support::agent::Agent;
use crate::support::app::TestApp;

/// Under an https issuer, as in production: the machine stands where a proxy would.
#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let issuer = "https://id.example.com";
    let app = TestApp::start_with_issuer(issuer);
    let page = app.machine().get(&app.at("/.well-known/openid-configuration")).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.header("content-type").unwrap().starts_with("application/json"));
    let metadata = page.json();
    let listed = |name: &str| -> Vec<String> {
        let values = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is no list"));
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let has = |name: &str, value: &str| listed(name).iter().any(|one| one == value);

    // The issuer: byte for byte that of the address, without query or fragment.
    assert_eq!(metadata["issuer"], issuer);
    let parsed = url::Url::parse(issuer).unwrap();
    assert!(parsed.query().is_none() && parsed.fragment().is_none());

    assert_eq!(listed("response_types_supported"), ["code"]);
    assert!(has("subject_types_supported", "public"));
    assert!(has("id_token_signing_alg_values_supported", "RS256"));
    assert!(has("scopes_supported", "openid"));
    assert!(has("grant_types_supported", "authorization_code"));
    assert!(has("code_challenge_methods_supported", "S256"));
    assert!(has("claims_supported", "sub") && has("claims_supported", "name"));
    for parameter in ["claims", "request", "request_uri"] {
        let name = format!("{parameter}_parameter_supported");
        assert!(metadata[&name].is_boolean(), "{name}");
    }
    for scope in listed("scopes_supported") {
        assert!(scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{scope}");
    }
    for tag in listed("ui_locales_supported") {
        assert!(tag.split('-').all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric())));
        assert_eq!(tag.split('-').next().unwrap().to_lowercase(), tag.split('-').next().unwrap());
    }
    for needed in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata[needed].is_string(), "{needed}");
    }
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with("https://"), "{name}: {value}");
        }
    }
    keys(&app, &metadata).await;
}

async fn keys(app: &TestApp, metadata: &Value) {
    let path = metadata["jwks_uri"].as_str().unwrap().strip_prefix(app.issuer()).unwrap();
    let page = app.machine().get(&app.at(path)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let keys = page.json()["keys"].as_array().unwrap().clone();
    assert!(keys.iter().any(|key| key["alg"] == "RS256" && key["use"] == "sig"));
    let mut ids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), keys.len());
    for key in &keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_ne!(key["kty"], "oct");
    }
}

/// The document is the same for whoever asks, and RFC 8414's address has it too.
#[tokio::test]
async fn both_addresses_have_the_same_document() {
    let app = TestApp::start();
    let one = Agent::new().get(&app.at("/.well-known/openid-configuration")).await;
    let other = Agent::new().get(&app.at("/.well-known/oauth-authorization-server")).await;
    assert_eq!(one.json(), other.json());
}

//! Where the browser is sent.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::crypto::master_ring::MasterRing;
use latchkey::federation::{Federation, FederationError, Hints};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{CLIENT_ID, REDIRECT_URI, World};

pub(super) fn parameters(url: &Url) -> BTreeMap<String, String> {
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "one is there twice: {url}");
    map
}

#[tokio::test]
async fn a_request_has_state_nonce_and_pkce() {
    let mut world = World::new();
    world.trip.max_age = Some(60);
    world.provider.policy.scopes.push("groups".to_owned());
    let hints = Hints {
        login_hint: Some("ada@example.com".to_owned()),
        prompt: Some("login".to_owned()),
        ui_locales: Some("de en".to_owned()),
        acr_values: Some("urn:a".to_owned()),
    };
    let url = world.begin(&hints).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{}/authorize?", world.upstream.issuer())));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(world.trip.verifier.expose()));
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("state", "state"),
        ("nonce", world.trip.nonce.expose()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("scope", "openid email profile groups"),
        ("login_hint", "ada@example.com"),
        ("prompt", "login"),
        ("ui_locales", "de en"),
        ("acr_values", "urn:a"),
        ("max_age", "60"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(parameters(&url), BTreeMap::from(expected));
    let plain = parameters(&world.begin(&Hints::default()).await.unwrap());
    assert!(!plain.contains_key("prompt") && !plain.contains_key("login_hint"));
}

#[tokio::test]
async fn a_browser_is_sent_to_no_script() {
    for endpoint in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"] {
        let world = World::new();
        let member = "authorization_endpoint".to_owned();
        world.says(|script| drop(script.metadata.insert(member, json!(endpoint))));
        let error = world.begin(&Hints::default()).await.unwrap_err();
        assert!(matches!(error, FederationError::Metadata(_)), "{endpoint}: {error}");
    }
}

#[tokio::test]
async fn case_139_this_machine_is_asked_in_development_only() {
    let world = World::new();
    let ring = MasterRing::from(world.key.clone());
    let public = Federation::new(world.env.clone(), ring, false).unwrap();
    let error = public.begin(&world.provider, &world.trip, &Hints::default()).await.unwrap_err();
    assert!(matches!(error, FederationError::Misconfigured(_)), "{error}");
    assert!(world.upstream.heard().is_empty());
}

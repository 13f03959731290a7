//! How Latchkey proves itself at a token endpoint, and whether the settings fit.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use josekit::jws::{ES256, JwsVerifier as _};
use latchkey::crypto::provider_secret;
use latchkey::domain::provider::UpstreamAuth;
use latchkey::federation::FederationError;
use latchkey::kernel::secret::Secret;
use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, World};
use crate::support::upstream::{Heard, Page, client_key};

impl World {
    pub(super) fn seal(&mut self, secret: &str) {
        let (id, secret) = (self.provider.id, Secret::from(secret));
        self.provider.secret = Some(provider_secret::seal(&self.key, &self.env, id, &secret));
    }

    /// What came to the token endpoint of a sign-in that succeeded.
    pub(super) async fn exchanged(&self, path: &str) -> Heard {
        self.upstream.heard();
        self.complete().await.unwrap();
        self.upstream.heard().into_iter().find(|it| it.path == path).unwrap()
    }
}

/// The claims of a statement that verifies with this key.
pub(super) fn verified(token: &str, public: &josekit::jwk::Jwk) -> (Value, Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verifier = ES256.verifier_from_jwk(public).unwrap();
    verifier.verify(signed.as_bytes(), &signature).unwrap();
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (read(header), read(claims))
}

#[tokio::test]
async fn the_code_goes_with_the_verifier_and_the_secret() {
    let mut world = World::new();
    world.provider.auth = UpstreamAuth::ClientSecretBasic;
    let heard = world.exchanged("/token").await;
    let encoded = "s3cret%2B%2F%26%3D-long-enough-to-be-the-key-of-an-hmac";
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{encoded}")));
    assert_eq!(heard.fields["authorization"], basic);
    assert_eq!(heard.form["grant_type"], "authorization_code");
    assert_eq!(heard.form["code"], "the-code");
    assert_eq!(heard.form["redirect_uri"], REDIRECT_URI);
    assert_eq!(&heard.form["code_verifier"], world.trip.verifier.expose());
    assert!(!heard.form.contains_key("client_secret"));

    world.provider.auth = UpstreamAuth::ClientSecretPost;
    let heard = world.exchanged("/token").await;
    assert_eq!(heard.form["client_id"], CLIENT_ID);
    assert_eq!(heard.form["client_secret"], CLIENT_SECRET);
    assert!(!heard.fields.contains_key("authorization"));

    world.provider.auth = UpstreamAuth::None;
    let heard = world.exchanged("/token").await;
    assert_eq!(heard.form["client_id"], CLIENT_ID);
    assert!(!heard.form.contains_key("client_secret"));
    assert!(!heard.fields.contains_key("authorization"));
}

#[tokio::test]
async fn a_statement_is_made_for_one_use() {
    let mut world = World::new();
    let (pem, public) = client_key();
    world.provider.auth = UpstreamAuth::PrivateKeyJwt;
    world.provider.policy.key_id = Some("k1".to_owned());
    world.seal(&pem);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let heard = world.exchanged("/token").await;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(heard.form["client_assertion_type"], kind);
        assert!(!heard.form.contains_key("client_secret"));
        let (header, claims) = verified(&heard.form["client_assertion"], &public);
        assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("k1")));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT_ID), &json!(CLIENT_ID)));
        assert_eq!(claims["aud"], format!("{}/token", world.upstream.issuer()));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
        seen.push(claims["jti"].clone());
    }
    assert_ne!(seen[0], seen[1]);
    world.seal("no key");
    assert!(matches!(world.complete().await, Err(FederationError::Misconfigured(_))));
}

#[tokio::test]
async fn a_secret_that_does_not_open_is_no_secret() {
    let mut world = World::new();
    world.provider.id = latchkey::kernel::ids::ProviderId::new(&world.env);
    let error = world.complete().await.unwrap_err();
    assert_eq!(error, FederationError::Misconfigured("its secret does not open"));
    world.provider.secret = None;
    let error = world.complete().await.unwrap_err();
    assert_eq!(error, FederationError::Misconfigured("it has no secret"));
    assert_eq!(world.upstream.count("/token"), 0);
}

#[tokio::test]
async fn the_settings_are_held_against_the_metadata() {
    let world = World::new();
    assert_eq!(world.federation.check(&world.provider).await, Ok(Vec::new()));
    for (member, value) in [
        ("id_token_signing_alg_values_supported", json!(["HS256", "none"])),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ("token_endpoint", json!(null)),
    ] {
        let world = World::new();
        world.says(|script| drop(script.metadata.insert(member.to_owned(), value)));
        let error = world.federation.check(&world.provider).await.unwrap_err();
        assert!(matches!(error, FederationError::Mismatch(_)), "{member}: {error}");
        assert!(!error.is_away());
    }
    let world = World::new();
    world.says(|script| {
        script.metadata.insert("scopes_supported".to_owned(), json!(["openid"]));
        script.metadata.insert("code_challenge_methods_supported".to_owned(), json!(["plain"]));
    });
    let notes = world.federation.check(&world.provider).await.unwrap();
    assert_eq!(notes.len(), 3, "{notes:?}");
    let world = World::new();
    world.says(|script| script.discovery = Page::Json(503, json!({})));
    assert!(world.federation.check(&world.provider).await.unwrap_err().is_away());
}

//! Every place where a JWT comes in (section I of the security cases). What is wrong with each forged
//! token is shown beside the code that reads JWTs; here, that nothing comes in past that code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use openssl::bn::BigNum;
use openssl::rsa::Rsa;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_error, assert_redirect_error, authorization_request, code_request,
    header, refresh_request,
};

const ALICE: &str = "alice@example.com";

struct World {
    app: TestApp,
    client: Client,
    agent: Agent,
    tokens: Value,
    /// The public key as an attacker gets it.
    jwk: Value,
}

impl World {
    async fn start() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let agent = Agent::new();
        let tokens = app.tokens_in(&agent, &client, ALICE, "openid email").await;
        let jwk = Agent::new().get(&app.at("/oauth2/jwks")).await.json()["keys"][0].clone();
        Self { app, client, agent, tokens, jwk }
    }

    fn token(&self, name: &str) -> &str {
        self.tokens[name].as_str().unwrap()
    }

    /// Userinfo, introspection and revocation.
    async fn assert_no_access_token(&self, forged: &str, why: &str) {
        let page = self.app.userinfo(forged).await;
        assert_eq!(page.status, 401, "{why}: {}", page.summary());
        self.assert_unknown(forged, why).await;
        let form = [("access_token", forged)];
        let page = Agent::new().post(&self.app.at("/oauth2/userinfo"), &form).await;
        assert_eq!(page.status, 401, "{why}: {}", page.summary());
    }

    async fn assert_no_refresh_token(&self, forged: &str, why: &str) {
        let page = self.app.token(&self.client, &refresh_request(forged)).await;
        assert_error(&page, 400, "invalid_grant");
        self.assert_unknown(forged, why).await;
    }

    async fn assert_unknown(&self, forged: &str, why: &str) {
        let page = self.app.introspect(&self.client, forged).await;
        assert_eq!((page.status.as_u16(), page.json()), (200, json!({ "active": false })), "{why}");
        let page = self.app.revoke(&self.client, forged).await;
        assert_eq!(page.status, 200, "{why}: {}", page.summary());
    }

    /// `id_token_hint` of the authorization and the end-session endpoint.
    async fn assert_no_hint(&self, forged: &str, why: &str) {
        let hinted = authorization_request(&self.client).with("id_token_hint", forged);
        let page = self.app.authorize(&self.agent, &hinted).await;
        assert_redirect_error(&page, &self.app, &self.client, "invalid_request");
        let logout = Params::new(&[
            ("id_token_hint", forged),
            ("post_logout_redirect_uri", "https://app.example/signed-out"),
        ]);
        let url = self.app.at(&format!("/oauth2/logout?{}", logout.encoded()));
        let page = self.agent.get(&url).await;
        assert!(page.has("#sign-out"), "{why}: asks first: {}", page.summary());
    }

    async fn assert_untouched(&self) {
        assert_eq!(self.app.userinfo(self.token("access_token")).await.status, 200);
        let silent = authorization_request(&self.client).with("prompt", "none");
        let hinted = silent.with("id_token_hint", self.token("id_token"));
        let page = self.app.authorize(&self.agent, &hinted.with("scope", "openid")).await;
        assert!(page.location_param("code").is_some(), "{}", page.location());
        let page =
            self.app.token(&self.client, &refresh_request(self.token("refresh_token"))).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }
}

/// The token with another header. Its signature stays, and is wrong for it.
fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut head = header(token);
    change(&mut head);
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(head.to_string()))
}

fn without_signature(token: &str) -> String {
    format!("{}.", token.rsplit_once('.').unwrap().0)
}

/// Case 121.
fn unsigned(token: &str) -> Vec<(String, String)> {
    let mut forged = vec![("empty signature".to_owned(), without_signature(token))];
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        let bare = with_header(token, |head| head["alg"] = json!(alg));
        forged.push((format!("alg {alg:?}, unsigned"), without_signature(&bare)));
        forged.push((format!("alg {alg:?}, signed"), bare));
    }
    forged
}

/// Case 122: the public key, in every shape in which one could hold it for a secret.
fn hmac_by_public_key(token: &str, jwk: &Value) -> Vec<(String, String)> {
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        BigNum::from_slice(&bytes).unwrap()
    };
    let key = Rsa::from_public_components(number("n"), number("e")).unwrap();
    let secrets = [
        ("PEM", key.public_key_to_pem().unwrap()),
        ("DER", key.public_key_to_der().unwrap()),
        ("JWK", jwk.to_string().into_bytes()),
        ("n", jwk["n"].as_str().unwrap().as_bytes().to_vec()),
    ];
    let bare = without_signature(&with_header(token, |head| head["alg"] = json!("HS256")));
    let forge = |(name, secret): (&str, Vec<u8>)| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(bare.trim_end_matches('.').as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        (format!("HMAC by {name}"), format!("{bare}{signature}"))
    };
    secrets.into_iter().map(forge).collect()
}

/// Cases 123 and 124.
fn strange_keys(token: &str, jwk: &Value) -> Vec<(String, String)> {
    let mut forged = Vec::new();
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!("http://127.0.0.1:9/jwks")),
        ("x5u", json!("http://127.0.0.1:9/cert")),
        ("x5c", json!(["MIIB"])),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' OR 1=1--")),
        ("kid", json!("%00")),
        ("kid", json!("\0")),
        ("kid", json!("k".repeat(9000))),
        ("kid", json!(["a", "b"])),
        ("crit", json!(["exp"])),
    ] {
        let why = format!("{name}: {:.30}", value.to_string());
        forged.push((why, with_header(token, |head| head[name] = value)));
    }
    let no_kid = with_header(token, |head| drop(head.as_object_mut().unwrap().remove("kid")));
    forged.push(("no kid".to_owned(), no_kid));
    forged
}

/// Case 127.
fn not_strict(token: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = token.split('.').collect();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let twice = payload.replacen('{', r#"{"iss":"x","#, 1);
    let twice = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(twice), parts[2]);
    [
        ("a member twice", twice),
        ("a dot at the end", format!("{token}.")),
        ("padding", format!("{token}==")),
        ("four segments", format!("{token}.e30")),
        ("five segments", format!("{token}.e30.e30")),
        ("ten thousand segments", "a.".repeat(10_000)),
        ("one character less", token[..token.len() - 1].to_owned()),
        ("white space", format!("{}.{}.\n{}", parts[0], parts[1], parts[2])),
    ]
    .map(|(why, forged)| (why.to_owned(), forged))
    .to_vec()
}

#[tokio::test]
async fn case_121_122_123_124_127_no_forged_token_comes_in_anywhere() {
    let it = World::start().await;
    let forge = |name: &str| {
        let token = it.token(name);
        [
            unsigned(token),
            hmac_by_public_key(token, &it.jwk),
            strange_keys(token, &it.jwk),
            not_strict(token),
        ]
        .concat()
    };
    for (why, forged) in forge("access_token") {
        if forged.bytes().all(|byte| byte.is_ascii_graphic()) {
            it.assert_no_access_token(&forged, &why).await;
        }
    }
    for (why, forged) in forge("refresh_token") {
        it.assert_no_refresh_token(&forged, &why).await;
    }
    for (why, forged) in forge("id_token") {
        it.assert_no_hint(&forged, &why).await;
    }
    it.assert_untouched().await;
}

/// One of our own tokens in the place of another kind (RFC 8725 §3.11).
#[tokio::test]
async fn a_token_of_one_kind_is_none_of_another() {
    let it = World::start().await;
    for name in ["id_token", "refresh_token"] {
        let page = it.app.userinfo(it.token(name)).await;
        assert_error(&page, 401, "invalid_token");
    }
    for name in ["id_token", "access_token"] {
        let page = it.app.token(&it.client, &refresh_request(it.token(name))).await;
        assert_error(&page, 400, "invalid_grant");
    }
    for name in ["access_token", "refresh_token"] {
        it.assert_no_hint(it.token(name), name).await;
    }
    it.assert_untouched().await;
}

/// Two installations with the very same keys: what tells them apart is the issuer alone.
#[tokio::test]
async fn case_024_nothing_of_another_issuer_is_taken() {
    let (it, theirs) = (World::start().await, World::start().await);
    let request = authorization_request(&theirs.client).with("scope", "openid");
    let code = theirs.app.code_for(&theirs.agent, &request, ALICE).await;
    let request = code_request(&theirs.client, &code);
    assert_error(&it.app.token(&it.client, &request).await, 400, "invalid_grant");
    it.assert_no_access_token(theirs.token("access_token"), "access token").await;
    it.assert_no_refresh_token(theirs.token("refresh_token"), "refresh token").await;
    it.assert_no_hint(theirs.token("id_token"), "hint").await;
    it.assert_untouched().await;
    assert_eq!(theirs.app.token(&theirs.client, &request).await.status, 200);
    theirs.assert_untouched().await;
}

/// A code of an earlier installation under the same issuer.
#[tokio::test]
async fn case_024_a_code_of_an_installation_that_was_replaced_is_none() {
    let it = World::start().await;
    let request = authorization_request(&it.client).with("scope", "openid");
    let code = it.app.code_for(&it.agent, &request, ALICE).await;
    let app = it.app.replaced();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let page = app.token(&client, &code_request(&client, &code)).await;
    assert_error(&page, 400, "invalid_grant");
}

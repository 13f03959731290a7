//! RP-Initiated Logout OP.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};

use super::suite::{Mode, POST_LOGOUT, Suite};
use crate::support::agent::Page;
use crate::support::app::TestApp;
use crate::support::flow::{Params, claims};

const STATE: &str = "bye-state";

/// Somebody signed in, with the usual request to sign out.
struct SignedIn {
    suite: Suite,
    tokens: Value,
    usual: Params,
}

impl SignedIn {
    async fn start() -> Self {
        let suite = Suite::start(Mode::Query).await;
        let (tokens, _) = suite.flow(&suite.request()).await;
        let usual = Params::new(&[
            ("id_token_hint", tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", POST_LOGOUT),
            ("state", STATE),
        ]);
        Self { suite, tokens, usual }
    }

    async fn end_session(&self, params: &Params) -> Page {
        let endpoint = self.suite.metadata["end_session_endpoint"].as_str().unwrap();
        self.suite.agent.get(&format!("{endpoint}?{}", params.encoded())).await
    }

    /// Whether `prompt=none` still gets a code.
    async fn is_signed_in(&self) -> bool {
        let request = self.suite.request().with("prompt", "none");
        let page = self.suite.begin(&request).await;
        let (_, answer) = self.suite.go_on(&request, page).await;
        if let Some(error) = answer.get("error") {
            assert_eq!(error, "login_required");
        }
        answer.contains_key("code")
    }

    /// The page is ours, and stays ours when the person confirms; then nobody is signed in.
    async fn stays_here(&self, params: &Params) {
        let page = self.end_session(params).await;
        assert_eq!(page.status, 200, "no redirect but {}", page.summary());
        assert!(self.is_signed_in().await, "a person confirms first");
        let page = page.form("#sign-out").submit().await;
        self.ends_here(page).await;
    }

    async fn ends_here(&self, page: Page) {
        if page.status.is_redirection() {
            assert!(page.location().as_str().starts_with(self.suite.app.issuer()));
        }
        let page = page.follow_all().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(!self.is_signed_in().await);
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let app = TestApp::start_with_issuer("https://id.example.com");
    let page = app.machine().get(&app.at("/.well-known/openid-configuration")).await;
    let metadata = page.json();
    let endpoint = metadata["end_session_endpoint"].as_str().unwrap();
    assert!(endpoint.starts_with("https://id.example.com/"), "{endpoint}");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let it = SignedIn::start().await;
    let page = it.end_session(&it.usual).await;
    assert_eq!(page.location().as_str(), format!("{POST_LOGOUT}?state={STATE}"));
    assert!(!it.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let it = SignedIn::start().await;
    let page = it.end_session(&it.usual.clone().without("state")).await;
    assert_eq!(page.location().as_str(), POST_LOGOUT);
    assert!(!it.is_signed_in().await);
}

/// An ID token that somebody else signed: the client, with its own secret.
#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let it = SignedIn::start().await;
    let key = PKey::hmac(it.suite.client.secret.as_deref().unwrap().as_bytes()).unwrap();
    let body = claims(it.tokens["id_token"].as_str().unwrap()).to_string();
    let head = json!({ "alg": "HS256" }).to_string();
    let content = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(body));
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let signature = signer.sign_oneshot_to_vec(content.as_bytes()).unwrap();
    let forged = format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature));
    it.stays_here(&it.usual.clone().with("id_token_hint", &forged)).await;
}

/// The ID token with its signature taken off.
#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let it = SignedIn::start().await;
    let body = it.tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let unsigned = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    it.stays_here(&it.usual.clone().with("id_token_hint", &unsigned)).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let it = SignedIn::start().await;
    it.stays_here(&it.usual.clone().without("id_token_hint")).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let it = SignedIn::start().await;
    let bad = it.usual.clone().with("post_logout_redirect_uri", "https://suite.example/bad");
    let page = it.end_session(&bad).await;
    it.ends_here(page).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let it = SignedIn::start().await;
    let added = format!("{POST_LOGOUT}?foo=bar");
    let page = it.end_session(&it.usual.clone().with("post_logout_redirect_uri", &added)).await;
    it.ends_here(page).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    let it = SignedIn::start().await;
    it.stays_here(&Params::new(&[])).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let it = SignedIn::start().await;
    let page = it.end_session(&it.usual.clone().without("post_logout_redirect_uri")).await;
    it.ends_here(page).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    let it = SignedIn::start().await;
    it.stays_here(&Params::new(&[("state", STATE)])).await;
}

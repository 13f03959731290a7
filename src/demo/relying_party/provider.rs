//! The provider as the app sees it: discovery, and the two addresses that browsers are sent to.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, LogoutProviderMetadata, LogoutRequest, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl,
    Scope,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::kernel::env::Env;

use super::Settings;
use super::sessions::Attempt;
use super::tokens::SignedIn;

/// How long any one answer of the provider may take, in seconds.
const TIMEOUT_SECONDS: u64 = 10;

/// Why a sign-in or a refresh came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The provider did not answer, or not in a way that can be read.
    #[error("{0}")]
    Unreachable(String),
    /// The provider answered with an error of RFC 6749 §4.1.2.1 or §5.2.
    #[error("{code}")]
    Refused {
        /// `error`
        code: String,
        /// `error_description`
        description: Option<String>,
    },
    /// The provider's answer fails a check.
    #[error("{0}")]
    Untrusted(String),
    /// The answer belongs to no sign-in that this browser began.
    #[error("the state belongs to no sign-in of this browser")]
    Unexpected,
}

/// Wishes a person may send along with a sign-in; empty ones are left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wishes {
    prompt: String,
    login_hint: String,
    ui_locales: String,
}

/// Metadata of RFC 9207 §3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct IssMetadata {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for IssMetadata {}

pub(super) type Metadata = ProviderMetadata<
    LogoutProviderMetadata<IssMetadata>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider as the app sees it.
pub(super) struct Provider {
    pub(super) settings: Arc<Settings>,
    pub(super) env: Env,
    pub(super) http: reqwest::Client,
    metadata: Mutex<Option<Arc<Metadata>>>,
}

impl Provider {
    /// Prepares the HTTP client; nothing is fetched yet.
    pub(super) fn new(settings: Arc<Settings>, env: Env) -> io::Result<Self> {
        let http = reqwest::Client::builder()
            // An endpoint that redirects could send the client secret elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(TIMEOUT_SECONDS))
            // The provider is on this machine, where no proxy leads.
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        Ok(Self { settings, env, http, metadata: Mutex::default() })
    }

    /// Begins a sign-in: the address to send the browser to, and what to remember meanwhile.
    pub(super) async fn begin(&self, wishes: &Wishes) -> Result<(Url, Attempt), Failure> {
        let client = self.client(&*self.metadata().await?)?;
        let attempt = Attempt {
            state: self.env.random_id(),
            nonce: self.env.random_id(),
            verifier: self.env.random_token(""),
            begun_at: self.env.now(),
        };
        let verifier = PkceCodeVerifier::new(attempt.verifier.expose().clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for (name, value) in [
            ("prompt", &wishes.prompt),
            ("login_hint", &wishes.login_hint),
            ("ui_locales", &wishes.ui_locales),
        ] {
            if !value.is_empty() {
                request = request.add_extra_param(name, value.clone());
            }
        }
        let (url, _, _) = request.url();
        Ok((url, attempt))
    }

    /// Checks the `iss` parameter of an authorization response (RFC 9207 §2.4), which an error
    /// response carries as well.
    pub(super) async fn check_issuer(&self, iss: Option<&str>) -> Result<(), Failure> {
        let metadata = self.metadata().await?;
        let promised = metadata
            .additional_metadata()
            .additional_metadata
            .authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == metadata.issuer().as_str() => Ok(()),
            Some(iss) => Err(Failure::Untrusted(format!("the answer comes from {iss}"))),
            None if promised => Err(Failure::Untrusted("the answer names no issuer".to_owned())),
            None => Ok(()),
        }
    }

    /// The address that ends the session at the provider too (RP-Initiated Logout §2), and the
    /// `state` it carries; `None` when the provider has no such endpoint.
    pub(super) async fn end_session(
        &self,
        held: &SignedIn,
    ) -> Result<Option<(Url, String)>, Failure> {
        let metadata = self.metadata().await?;
        let Some(endpoint) = metadata.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let state = self.env.random_id();
        let back = PostLogoutRedirectUrl::new(self.settings.post_logout_redirect_uri())
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        let url = LogoutRequest::from(endpoint)
            .set_id_token_hint(&held.id_token)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(back)
            .set_state(CsrfToken::new(state.clone()))
            .http_get_url();
        Ok(Some((url, state)))
    }

    /// What discovery says, fetched at the first need and kept.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        // The lock is given back before the fetch, which takes it again.
        let known = self.known().clone();
        match known {
            Some(metadata) => Ok(metadata),
            None => self.discover().await,
        }
    }

    /// Fetches the provider's metadata and keys anew (OIDC Discovery §4).
    pub(super) async fn discover(&self) -> Result<Arc<Metadata>, Failure> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        let metadata = Metadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| Failure::Unreachable(error_chain(&error)))?;
        let metadata = Arc::new(metadata);
        *self.known() = Some(metadata.clone());
        Ok(metadata)
    }

    /// The client that the `openidconnect` crate makes of this metadata.
    pub(super) fn client(&self, metadata: &Metadata) -> Result<Client, Failure> {
        let redirect = RedirectUrl::new(self.settings.redirect_uri())
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        let secret = self.settings.client_secret.as_ref();
        Ok(CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.expose().clone())),
        )
        .set_redirect_uri(redirect))
    }

    fn known(&self) -> MutexGuard<'_, Option<Arc<Metadata>>> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error with its causes, on one line.
pub(super) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

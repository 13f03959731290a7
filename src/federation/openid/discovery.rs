//! What a provider tells about itself: metadata and keys (OIDC Discovery 1.0).

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, ProviderMetadata};
use serde::{Deserialize, Serialize};

use super::super::call::Call;
use super::super::connector::OpenId;
use super::super::error::FederationError;
use super::super::{in_time, strict};
use super::http_client;

/// How long a provider is asked about itself. Less than all of a sign-in may take, so that whoever asks is
/// still there when it fails, and those who come next are told.
const PATIENCE: Duration = Duration::from_secs(8);
const _: () = assert!(PATIENCE.as_secs() < super::super::PATIENCE.as_secs());

/// What else is in the metadata.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct More {
    /// RFC 9207 §3.
    pub(super) authorization_response_iss_parameter_supported: bool,
    /// RFC 8414 §2.
    pub(super) code_challenge_methods_supported: Option<Vec<String>>,
    /// OpenID Connect RP-Initiated Logout §2.1.
    end_session_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for More {}

/// What a provider tells about itself.
pub(super) type Metadata = ProviderMetadata<
    More,
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

/// What a provider tells about itself, with its keys.
#[derive(Debug, Clone)]
pub(in crate::federation) struct Discovered(pub(super) Metadata);

impl Discovered {
    /// Whose they are.
    pub(in crate::federation) fn issuer(&self) -> &str {
        self.0.issuer()
    }

    /// Where browsers are sent to sign out.
    pub(in crate::federation) fn end_session_endpoint(&self) -> Option<&str> {
        self.0.additional_metadata().end_session_endpoint.as_deref()
    }
}

/// What is known of the provider, or what it tells now.
pub(in crate::federation) async fn discovered(
    call: &Call<'_>,
    kind: &dyn OpenId,
) -> Result<Arc<Discovered>, FederationError> {
    let wire = &call.wire;
    let fetch = || in_time(PATIENCE, discover(call, kind));
    wire.upstream.discovered.get(wire.env.now(), fetch).await
}

/// Fetches metadata and keys (OIDC Discovery §4). The issuer is compared by the connector, because that
/// of Microsoft stands for many.
async fn discover(call: &Call<'_>, kind: &dyn OpenId) -> Result<Discovered, FederationError> {
    let url = call.provider.issuer.join("/.well-known/openid-configuration");
    let answer = call.wire.get(&url, &[("accept", "application/json")]).await?;
    match answer.status {
        200 => {}
        404 | 410 => return Err(FederationError::Metadata("there are none below its issuer")),
        status => return Err(FederationError::Status(status)),
    }
    let metadata: Metadata = serde_json::from_slice(&answer.body)
        .map_err(|_| FederationError::Metadata("they are no metadata of an OpenID provider"))?;
    // To the byte (§4.3).
    if !kind.knows_itself(call.provider, metadata.issuer()) {
        return Err(FederationError::Metadata("they are those of another issuer"));
    }
    let keys = keys(call, &metadata).await?;
    Ok(Discovered(metadata.set_jwks(keys)))
}

/// Newer keys, because one is missing; `None`: they were fetched a moment ago.
pub(in crate::federation) async fn renewed(
    call: &Call<'_>,
    known: &Arc<Discovered>,
) -> Result<Option<Arc<Discovered>>, FederationError> {
    let fetch = || async { Ok(Discovered(known.0.clone().set_jwks(keys(call, &known.0).await?))) };
    call.wire.upstream.discovered.renew(known, call.wire.env.now(), fetch).await
}

/// The provider's keys, without the weak ones.
async fn keys(call: &Call<'_>, metadata: &Metadata) -> Result<CoreJsonWebKeySet, FederationError> {
    let http = http_client(call.wire.clone());
    let all = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &http).await;
    let all = all.map_err(|error| match error {
        DiscoveryError::Request(error) => error,
        DiscoveryError::Response(status, ..) if status.as_u16() != 200 => {
            FederationError::Status(status.as_u16())
        }
        _ => FederationError::Unreadable("the provider's key set"),
    })?;
    let mut strong = all.keys().clone();
    strong.retain(strict::is_strong);
    Ok(CoreJsonWebKeySet::new(strong))
}

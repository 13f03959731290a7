//! Whether the settings of a provider fit what it tells about itself.

use openidconnect::core::CoreClientAuthMethod;

use super::super::call::Call;
use super::super::connector::OpenId;
use super::super::error::FederationError;
use super::discovery::{Discovered, discovered};
use super::id_token::ALGORITHMS;
use crate::domain::provider::UpstreamAuth;

/// Whether the settings fit the metadata.
pub(in crate::federation) async fn check(
    call: &Call<'_>,
    kind: &dyn OpenId,
) -> Result<Vec<String>, FederationError> {
    let found = discovered(call, kind).await?;
    let Discovered(metadata) = &*found;
    let token_endpoint = metadata.token_endpoint().map_or("", |url| url.as_str());
    kind.proof(call, token_endpoint)?;
    if token_endpoint.is_empty() {
        return Err(FederationError::Mismatch("it has no token endpoint"));
    }
    let signs = metadata.id_token_signing_alg_values_supported();
    if !signs.iter().any(|algorithm| ALGORITHMS.contains(algorithm)) {
        return Err(FederationError::Mismatch(
            "it signs ID tokens with none of RS256, PS256, ES256 and EdDSA",
        ));
    }
    let method = match call.provider.auth {
        UpstreamAuth::ClientSecretBasic => CoreClientAuthMethod::ClientSecretBasic,
        UpstreamAuth::ClientSecretPost => CoreClientAuthMethod::ClientSecretPost,
        UpstreamAuth::PrivateKeyJwt => CoreClientAuthMethod::PrivateKeyJwt,
        UpstreamAuth::None => CoreClientAuthMethod::None,
    };
    // Without a list it takes the first of them (OIDC Discovery §3).
    let basic = vec![CoreClientAuthMethod::ClientSecretBasic];
    let methods = metadata.token_endpoint_auth_methods_supported().unwrap_or(&basic);
    if !methods.contains(&method) {
        return Err(FederationError::Mismatch(
            "it does not take the way in which we prove ourselves; choose another --auth-method",
        ));
    }
    let mut notes = Vec::new();
    let scopes = metadata.scopes_supported();
    for scope in call.scopes() {
        if scopes.is_some_and(|all| all.iter().all(|one| one.as_str() != scope)) {
            notes.push(format!("it does not name the scope {scope} among those that it knows"));
        }
    }
    let challenges = &metadata.additional_metadata().code_challenge_methods_supported;
    if challenges.as_ref().is_some_and(|all| all.iter().all(|one| one != "S256")) {
        notes.push("it does not name S256 among the PKCE methods that it knows".to_owned());
    }
    if call.provider.policy.sign_out && found.end_session_endpoint().is_none() {
        notes.push("it names no endpoint to sign out at, so nobody is sent there".to_owned());
    }
    if metadata.jwks().keys().is_empty() {
        notes.push("it publishes no key that can be used".to_owned());
    }
    Ok(notes)
}

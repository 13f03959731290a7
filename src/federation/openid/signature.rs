//! Signatures of tokens that are no ID tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{
    JsonWebKey as _, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm as _,
};

use super::super::connector::Claims;
use super::super::error::TokenProblem;
use super::discovery::Discovered;
use super::id_token::ALGORITHMS;

/// Whether one of these keys has signed a token that is no ID token, which the library has nothing for: as
/// ID tokens are signed (RFC 7515 §5.2, OIDC Core §10.1).
pub(in crate::federation) fn check_signature(
    found: &Discovered,
    header: &Claims,
    token: &str,
) -> Result<(), TokenProblem> {
    let algorithm =
        header.get("alg").cloned().map(serde_json::from_value::<CoreJwsSigningAlgorithm>);
    let algorithm = algorithm.and_then(Result::ok).filter(|found| ALGORITHMS.contains(found));
    let algorithm = algorithm.ok_or(TokenProblem::Algorithm)?;
    if ["crit", "cty", "zip", "b64"].iter().any(|member| header.contains_key(*member)) {
        return Err(TokenProblem::Unreadable);
    }
    let kid = match header.get("kid") {
        None => None,
        Some(kid) => Some(kid.as_str().ok_or(TokenProblem::Unreadable)?),
    };
    let fits = |key: &&CoreJsonWebKey| {
        let is_named = kid.is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid));
        let may_sign = key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
            && match key.signing_alg() {
                JsonWebKeyAlgorithm::Algorithm(only) => *only == algorithm,
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Unsupported => false,
            };
        is_named && may_sign && algorithm.key_type().as_ref() == Some(key.key_type())
    };
    let mut keys = found.0.jwks().keys().iter().filter(fits);
    let key = keys.next().ok_or(TokenProblem::UnknownKey)?;
    // Without a name it must be clear which one is meant.
    if keys.next().is_some() {
        return Err(TokenProblem::UnknownKey);
    }
    let (input, signature) = token.rsplit_once('.').ok_or(TokenProblem::Unreadable)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenProblem::Unreadable)?;
    key.verify_signature(&algorithm, input.as_bytes(), &signature)
        .map_err(|_| TokenProblem::Signature)
}

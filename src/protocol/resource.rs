//! Resource indicators (RFC 8707), as far as there is one resource: the provider itself.

use super::Provider;
use super::error::{OAuthError, Refusal};
use super::params::Params;

/// Refuses a `resource` that no token of ours is good for (RFC 8707 §2). The issuer itself is the
/// audience of every access token, so naming it changes nothing.
pub(super) fn check_resource(provider: &Provider, params: &Params) -> Result<(), Refusal> {
    let issuer = provider.issuer.as_str();
    match params.resources().find(|resource| *resource != issuer) {
        None => Ok(()),
        Some(other) => Err(Refusal::new(
            OAuthError::InvalidTarget,
            "check_resource",
            "RFC 8707 2",
            "the resource is not one that tokens are issued for",
        )
        .compared(issuer, other)),
    }
}

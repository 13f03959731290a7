//! The client credentials grant (RFC 6749 §4.4): a client acts for itself.
//!
//! Nothing is written: the token names no grant, and is revoked by its `jti` (RFC 7009).

use super::grant::{Grant, Redeemed, Redeeming};
use crate::domain::client::GrantType;
use crate::protocol::engine;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue;
use crate::storage::{Stop, Tx};

/// Gives a client a token for itself.
pub(super) struct ClientCredentials;

impl Grant for ClientCredentials {
    fn grant_type(&self) -> GrantType {
        GrantType::ClientCredentials
    }

    fn params(&self) -> &'static [&'static str] {
        &["scope"]
    }

    fn is_stateless(&self) -> bool {
        true
    }

    fn redeem(&self, _: &mut Tx, redeeming: &Redeeming) -> Result<Redeemed, Stop<Refusal>> {
        let Redeeming { provider, settings, client, params, now } = *redeeming;
        if client.is_public() {
            return Err(public_client().into());
        }
        let scopes = engine::client_credentials::negotiate(client, params, &client.own_scopes())?;
        let issued = issue::for_client(provider, settings, client, scopes, now);
        Ok(Redeemed { issued, on_behalf: None })
    }
}

/// RFC 6749 §4.4: only confidential clients.
fn public_client() -> Refusal {
    Refusal::new(
        OAuthError::UnauthorizedClient,
        "check_confidential",
        "RFC 6749 4.4",
        "a client without a secret cannot act for itself",
    )
}

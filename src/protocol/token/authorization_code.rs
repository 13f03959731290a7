//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5).

use super::grant::{Grant, Redeemed, Redeeming};
use crate::domain::client::GrantType;
use crate::domain::grant::{LiveGrant, RevokeReason};
use crate::kernel::token_hash::TokenHash;
use crate::protocol::engine;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue::Mint;
use crate::storage::{Stop, StorageError, Tx};

/// Exchanges a code, once.
pub(super) struct AuthorizationCode;

impl Grant for AuthorizationCode {
    fn grant_type(&self) -> GrantType {
        GrantType::AuthorizationCode
    }

    fn params(&self) -> &'static [&'static str] {
        &["code", "redirect_uri", "code_verifier"]
    }

    fn redeem(&self, tx: &mut Tx, redeeming: &Redeeming) -> Result<Redeemed, Stop<Refusal>> {
        let Redeeming { provider, settings, client, params, now } = *redeeming;
        let code = params.get("code").ok_or_else(|| missing("code is missing"))?;
        let live = tx.grants().find_by_code_for_update(TokenHash::of(code))?.ok_or_else(|| {
            refused("find_code").compared("a code that was issued", "an unknown one")
        })?;
        check_client(&live, redeeming)?;
        check_unused(tx, &live, redeeming)?;
        check_lifetime(&live, redeeming)?;
        check_redirect_uri(&live, redeeming)?;

        let mint = Mint { provider, settings, client, live: &live, now };
        let issued = engine::code::redeem(client, params, &live, |scopes| {
            let refresh = mint.refresh_row();
            if !tx.grants().redeem(live.grant.id, refresh.as_ref(), now)? {
                // The row is locked and was unused a moment ago.
                return Err(StorageError::Corrupt("grants.code_consumed_at"));
            }
            Ok(mint.issued(scopes, refresh.as_ref(), live.grant.nonce.clone()))
        })?;
        Ok(Redeemed { issued, on_behalf: Some((live.grant.user_id, live.grant.id)) })
    }
}

/// Of another client: told nothing, and nothing is spent (RFC 6749 §5.2).
fn check_client(live: &LiveGrant, redeeming: &Redeeming) -> Result<(), Refusal> {
    if live.grant.client_id == redeeming.client.id {
        return Ok(());
    }
    Err(refused("check_code_client").compared(&live.grant.client_id, &redeeming.client.id))
}

/// A code that comes a second time was stolen by one of the two: all that came of it ends
/// (RFC 6749 §4.1.2).
fn check_unused(tx: &mut Tx, live: &LiveGrant, redeeming: &Redeeming) -> Result<(), Stop<Refusal>> {
    if live.grant.code.consumed_at.is_none() {
        return Ok(());
    }
    let ended = tx.grants().revoke(live.grant.id, RevokeReason::CodeReplayed, redeeming.now)?;
    Err(refused("check_code_unused")
        .compared("a code that was not used before", first_used(live))
        .ending(ended.then_some(live.grant.id))
        .into())
}

fn check_lifetime(live: &LiveGrant, redeeming: &Redeeming) -> Result<(), Refusal> {
    if redeeming.now >= live.grant.code.expires_at {
        let expiry = live.grant.code.expires_at;
        let late = format!("one that expired at {}", expiry.to_rfc3339());
        return Err(refused("check_code_lifetime").compared("a code within its lifetime", late));
    }
    live.check(redeeming.settings, redeeming.now)
        .map_err(|dead| refused("check_grant_honoured").compared("a grant that is honoured", dead))
}

/// Byte for byte what the authorization request had (RFC 6749 §4.1.3).
fn check_redirect_uri(live: &LiveGrant, redeeming: &Redeeming) -> Result<(), Refusal> {
    let sent = redeeming.params.get("redirect_uri").unwrap_or_default();
    if live.grant.redirect_uri.as_str() == sent {
        return Ok(());
    }
    Err(refused("check_code_redirect_uri").compared(&live.grant.redirect_uri, sent))
}

fn missing(description: &'static str) -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "check_parameters", "RFC 6749 4.1.3", description)
}

/// When a code was redeemed, and that its tokens are revoked.
fn first_used(live: &LiveGrant) -> String {
    let at = live.grant.code.consumed_at.map(|at| format!(" at {}", at.to_rfc3339()));
    format!("one that was used{}; its tokens are revoked", at.unwrap_or_default())
}

/// Whatever the check, the other side learns the same.
fn refused(check: &'static str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidGrant,
        check,
        "RFC 6749 4.1.3",
        "the code is unknown, used, expired or not for this client and redirect_uri",
    )
}

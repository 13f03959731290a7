//! The refresh token grant (RFC 6749 §6, RFC 9700 §4.14.2).

use super::grant::{Grant, Redeemed, Redeeming};
use crate::crypto::jose::typ;
use crate::domain::client::GrantType;
use crate::domain::grant::RevokeReason;
use crate::domain::setting::seconds;
use crate::domain::token::{PresentedRefresh, RefreshState, RefreshToken};
use crate::kernel::ids::RefreshTokenId;
use crate::protocol::engine;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue::{Mint, RefreshClaims};
use crate::storage::{Stop, StorageError, Tx};

/// Exchanges a refresh token for the next one.
pub(super) struct RefreshTokenGrant;

impl Grant for RefreshTokenGrant {
    fn grant_type(&self) -> GrantType {
        GrantType::RefreshToken
    }

    fn params(&self) -> &'static [&'static str] {
        &["refresh_token", "scope"]
    }

    fn redeem(&self, tx: &mut Tx, redeeming: &Redeeming) -> Result<Redeemed, Stop<Refusal>> {
        let Redeeming { provider, settings, client, params, now } = *redeeming;
        let claims = check_signature(redeeming)?;
        let id = claims.jti;
        let Some(presented) = tx.refresh_tokens().find_for_update(id)? else {
            return Err(check_forgotten(tx, &claims, redeeming));
        };
        let live = &presented.live;
        if live.grant.client_id != client.id {
            return Err(refused("check_refresh_client")
                .compared(&live.grant.client_id, &client.id)
                .into());
        }
        live.check(settings, now).map_err(|dead| {
            refused("check_grant_honoured").compared("a grant that is honoured", dead)
        })?;
        let state = check_rotation(tx, &presented, redeeming)?;

        let mint = Mint { provider, settings, client, live, now };
        let issued = engine::refresh::refresh(client, params, live, |scopes| {
            let next = match state {
                Rotation::Rotate => rotate(tx, &mint, id)?,
                Rotation::Repeat(successor) => *successor,
            };
            Ok(mint.issued(scopes, Some(&next), None))
        })?;
        Ok(Redeemed { issued, on_behalf: Some((live.grant.user_id, live.grant.id)) })
    }
}

/// What is done with a refresh token that is worth something.
enum Rotation {
    Rotate,
    Repeat(Box<RefreshToken>),
}

/// A JWT of ours, of the right type. Its expiry is judged by the row.
fn check_signature(redeeming: &Redeeming) -> Result<RefreshClaims, Refusal> {
    let Redeeming { provider, params, .. } = redeeming;
    let token = params.get("refresh_token").ok_or_else(|| {
        Refusal::new(
            OAuthError::InvalidRequest,
            "check_parameters",
            "RFC 6749 6",
            "refresh_token is missing",
        )
    })?;
    let keyring = &provider.keyring;
    let claims: RefreshClaims = keyring.verify(token, typ::REFRESH_TOKEN).map_err(|error| {
        refused("check_refresh_token").compared("a refresh token signed here", error)
    })?;
    if claims.iss != provider.issuer.as_str() || claims.aud != claims.iss {
        return Err(refused("check_refresh_token").compared(&provider.issuer, claims.iss));
    }
    Ok(claims)
}

/// A token that was signed here and has no row any more was rotated or expired so long ago that the
/// row was purged. Rotated ones go long before the newest of their family does: where that is there
/// and the family still honoured, this is a copy in wrong hands, and the family ends as it would with
/// the row. Where none is left, this may be the newest, which was not used in time.
fn check_forgotten(tx: &mut Tx, claims: &RefreshClaims, redeeming: &Redeeming) -> Stop<Refusal> {
    let Redeeming { settings, client, now, .. } = *redeeming;
    let live = tx.grants().find(claims.grant_id);
    let found = live.and_then(|live| Ok((live, tx.refresh_tokens().any_of(claims.grant_id)?)));
    let (live, is_newer_left) = match found {
        Ok(found) => found,
        Err(error) => return Stop::Failed(error),
    };
    let theirs = live.filter(|live| live.grant.client_id == client.id && is_newer_left);
    let Some(live) = theirs.filter(|live| live.check(settings, now).is_ok()) else {
        return refused("check_refresh_token")
            .compared("a refresh token that is kept", "a forgotten one")
            .into();
    };
    match tx.grants().revoke(live.grant.id, RevokeReason::RefreshReused, now) {
        Ok(ended) => refused("check_refresh_unused")
            .compared("the family's newest token", "a forgotten one; the family is revoked")
            .ending(ended.then_some(live.grant.id))
            .into(),
        Err(error) => Stop::Failed(error),
    }
}

/// The newest of the family is rotated; one that was rotated a moment ago is a retry; any other is
/// a copy in wrong hands, and the family ends.
fn check_rotation(
    tx: &mut Tx,
    presented: &PresentedRefresh,
    redeeming: &Redeeming,
) -> Result<Rotation, Stop<Refusal>> {
    let grace = seconds(redeeming.settings.refresh_grace);
    match presented.token.state(presented.successor_was_used, grace, redeeming.now) {
        RefreshState::Current => Ok(Rotation::Rotate),
        RefreshState::Retry(successor) => repeat(tx, presented, successor, redeeming),
        RefreshState::Expired => Err(refused("check_refresh_lifetime")
            .compared("a token within its lifetime", "an expired one")
            .into()),
        RefreshState::Reused => Err(reused(tx, presented, redeeming)?.into()),
    }
}

/// Ends the family.
fn reused(
    tx: &mut Tx,
    presented: &PresentedRefresh,
    redeeming: &Redeeming,
) -> Result<Refusal, StorageError> {
    let family = presented.token.grant_id;
    let ended = tx.grants().revoke(family, RevokeReason::RefreshReused, redeeming.now)?;
    Ok(refused("check_refresh_unused")
        .compared("the family's newest token", first_used(presented))
        .ending(ended.then_some(family)))
}

fn rotate(tx: &mut Tx, mint: &Mint, old: RefreshTokenId) -> Result<RefreshToken, StorageError> {
    let next = mint.refresh_row().ok_or(StorageError::Corrupt("clients.grant_types"))?;
    if tx.refresh_tokens().rotate(old, &next, mint.now)? {
        Ok(next)
    } else {
        // The row is locked and was current a moment ago.
        Err(StorageError::Corrupt("refresh_tokens.rotated_at"))
    }
}

/// The successor that was given before, unless its key was revoked meanwhile: then it is worth
/// nothing, to whoever has it.
fn repeat(
    tx: &mut Tx,
    presented: &PresentedRefresh,
    successor: RefreshTokenId,
    redeeming: &Redeeming,
) -> Result<Rotation, Stop<Refusal>> {
    let successor = tx
        .refresh_tokens()
        .find(successor)?
        .ok_or(StorageError::Corrupt("refresh_tokens.successor_id"))?;
    // What came with the presented row is from before the wait for its lock.
    if successor.rotated.is_some() {
        return Err(reused(tx, presented, redeeming)?.into());
    }
    match redeeming.provider.keyring.signer_by_kid(&successor.kid) {
        Some(_) => Ok(Rotation::Repeat(Box::new(successor))),
        None => Err(refused("check_refresh_token")
            .compared("a successor whose key still signs", &successor.kid)
            .into()),
    }
}

/// When a token was replaced, and that its family is revoked.
fn first_used(presented: &PresentedRefresh) -> String {
    let at = presented.token.rotated.map(|(at, _)| format!(", replaced at {}", at.to_rfc3339()));
    format!("an older one{}; the family is revoked", at.unwrap_or_default())
}

/// Whatever the check, the other side learns the same.
fn refused(check: &'static str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidGrant,
        check,
        "RFC 6749 6",
        "the refresh token is unknown, used, expired, revoked or not for this client",
    )
}

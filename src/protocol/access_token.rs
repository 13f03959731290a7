//! Checking an access token of ours (RFC 9068 §4), and whether its grant is still honoured.

use super::Provider;
use super::error::{OAuthError, Refusal};
use super::issue::AccessClaims;
use crate::crypto::jose::typ;
use crate::domain::grant::LiveGrant;
use crate::storage::{Stop, Tx};

/// How far the clock of the node that signed may be ahead of ours, in seconds (RFC 7519 §4.1.4).
const MAX_CLOCK_SKEW: i64 = 60;

/// Checks type, signature, issuer, audience, expiry, and that it was not issued in the future.
pub fn verify(provider: &Provider, token: &str) -> Result<AccessClaims, Refusal> {
    let claims: AccessClaims = provider
        .keyring
        .verify(token, typ::ACCESS_TOKEN)
        .map_err(|error| invalid("an access token signed here", error))?;
    let issuer = provider.issuer.as_str();
    if claims.iss != issuer || claims.aud != issuer {
        return Err(invalid(issuer, format!("iss {}, aud {}", claims.iss, claims.aud)));
    }
    let now = provider.env.now().timestamp();
    if now >= claims.exp {
        return Err(invalid(format!("exp after {now}"), claims.exp));
    }
    if claims.iat > now + MAX_CLOCK_SKEW {
        return Err(invalid(format!("iat until {}", now + MAX_CLOCK_SKEW), claims.iat));
    }
    Ok(claims)
}

/// Loads the grant of a verified token, if it is still honoured.
pub fn live_grant(
    provider: &Provider,
    tx: &mut Tx,
    claims: &AccessClaims,
) -> Result<LiveGrant, Stop<Refusal>> {
    let live = match claims.grant_id {
        Some(grant) => tx.grants().find(grant)?,
        None => None,
    };
    let live = live.ok_or_else(|| invalid("a grant that is honoured", "none"))?;
    live.check(&provider.settings.get(), provider.env.now())
        .map_err(|dead| invalid("a grant that is honoured", dead))?;
    Ok(live)
}

fn invalid(expected: impl std::fmt::Display, got: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        OAuthError::InvalidToken,
        "verify_access_token",
        "RFC 6750 3.1",
        "the access token is expired, revoked or not from here",
    )
    .compared(expected, got)
}

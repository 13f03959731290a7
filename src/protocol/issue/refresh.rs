//! Refresh tokens: JWTs of type `rt+jwt` whose `jti` is a row.

use serde::{Deserialize, Serialize};

use super::Mint;
use crate::domain::client::ClientId;
use crate::domain::setting::seconds;
use crate::domain::token::RefreshToken;
use crate::kernel::ids::{GrantId, RefreshTokenId};

/// The claims of a refresh token. All of them follow from the row and its grant, so that the same
/// token can be signed again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshClaims {
    /// The issuer.
    pub iss: String,
    /// Only the issuer reads it.
    pub aud: String,
    /// The row.
    pub jti: RefreshTokenId,
    /// The family.
    pub grant_id: GrantId,
    /// To whom it was issued.
    pub client_id: ClientId,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
}

/// A new row: it dies when unused for the idle lifetime, or with the family if that is sooner.
pub(super) fn row(mint: &Mint) -> RefreshToken {
    let lifetimes = mint.client.lifetimes;
    let idle = seconds(lifetimes.refresh_idle.unwrap_or(mint.settings.refresh_idle_lifetime));
    let absolute =
        seconds(lifetimes.refresh_absolute.unwrap_or(mint.settings.refresh_absolute_lifetime));
    RefreshToken {
        id: RefreshTokenId::new(&mint.provider.env),
        grant_id: mint.live.grant.id,
        kid: mint.provider.keyring.signer(mint.now).kid().to_owned(),
        issued_at: mint.now,
        expires_at: (mint.now + idle).min(mint.live.grant.created_at + absolute),
        rotated: None,
    }
}

pub(super) fn claims(mint: &Mint, row: &RefreshToken) -> RefreshClaims {
    let issuer = mint.provider.issuer.as_str();
    RefreshClaims {
        iss: issuer.to_owned(),
        aud: issuer.to_owned(),
        jti: row.id,
        grant_id: row.grant_id,
        client_id: mint.client.id.clone(),
        iat: row.issued_at.timestamp(),
        exp: row.expires_at.timestamp(),
    }
}

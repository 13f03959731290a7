//! The only place that mints a token: rows and claims first, signatures after the commit.

mod access;
pub mod claims;
mod id_token;
mod refresh;

pub use access::AccessClaims;
pub use id_token::{IdTokenClaims, IdTokenHint};
pub use refresh::RefreshClaims;

use chrono::{DateTime, Utc};
use oxide_token::TokenResponse;
use serde::Serialize;

use super::Provider;
use super::engine::response as oxide_token;
use super::error::ProtocolError;
use crate::crypto::jose::{self, typ};
use crate::domain::client::{Client, GrantType};
use crate::domain::grant::LiveGrant;
use crate::domain::scope::{OPENID, Scopes};
use crate::domain::setting::Settings;
use crate::domain::token::RefreshToken;

/// Tokens whose rows are written and whose claims are settled, but which are not signed yet.
#[derive(Debug)]
pub struct Issued {
    access: AccessClaims,
    refresh: Option<(String, RefreshClaims)>,
    id_token: Option<IdTokenClaims>,
    scopes: Scopes,
    expires_in: u32,
}

/// The body of a successful token response (RFC 6749 §5.1, OIDC Core §3.1.3.3).
#[derive(Serialize)]
pub struct TokenBody {
    #[serde(flatten)]
    oauth: TokenResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl TokenBody {
    /// The access token.
    pub fn access_token(&self) -> &str {
        self.oauth.access_token.as_deref().unwrap_or_default()
    }

    /// How long the access token lives, in seconds.
    pub fn expires_in(&self) -> i64 {
        self.oauth.expires_in.unwrap_or_default()
    }

    /// The refresh token, if there is one.
    pub fn refresh_token(&self) -> Option<&str> {
        self.oauth.refresh_token.as_deref()
    }
}

/// What tokens are made from.
pub struct Mint<'a> {
    /// Who issues.
    pub provider: &'a Provider,
    /// The settings of the moment.
    pub settings: &'a Settings,
    /// To whom.
    pub client: &'a Client,
    /// Under which grant.
    pub live: &'a LiveGrant,
    /// When.
    pub now: DateTime<Utc>,
}

impl Mint<'_> {
    /// The row of a new refresh token, if the client may use one.
    pub fn refresh_row(&self) -> Option<RefreshToken> {
        self.client.may_use(GrantType::RefreshToken).then(|| refresh::row(self))
    }

    /// The claims of the tokens for these scopes, without those that the client may not use any more
    /// (RFC 6749 §6 lets a server narrow what was granted). A code's ID token carries the nonce; a refreshed
    /// one does not (OIDC Core §12.2).
    pub fn issued(
        &self,
        scopes: Scopes,
        refresh: Option<&RefreshToken>,
        nonce: Option<String>,
    ) -> Issued {
        let scopes = scopes.intersection(&self.client.scopes);
        let access = access::claims(self, &scopes);
        let id_token = scopes.contains(OPENID).then(|| id_token::claims(self, nonce));
        Issued {
            refresh: refresh.map(|row| (row.kid.clone(), refresh::claims(self, row))),
            expires_in: self.access_token_lifetime(),
            access,
            id_token,
            scopes,
        }
    }

    fn access_token_lifetime(&self) -> u32 {
        access_token_lifetime(self.client, self.settings)
    }
}

/// The token of a client that acts for itself: no refresh token (RFC 6749 §4.4.3), no ID token.
pub fn for_client(
    provider: &Provider,
    settings: &Settings,
    client: &Client,
    scopes: Scopes,
    now: DateTime<Utc>,
) -> Issued {
    let expires_in = access_token_lifetime(client, settings);
    let access = access::for_client(provider, client, &scopes, expires_in, now);
    Issued { access, refresh: None, id_token: None, scopes, expires_in }
}

/// Seconds.
fn access_token_lifetime(client: &Client, settings: &Settings) -> u32 {
    client.lifetimes.access_token.unwrap_or(settings.access_token_lifetime)
}

impl Issued {
    /// The `jti` of the access token.
    pub fn access_token_id(&self) -> &str {
        &self.access.jti
    }

    /// The `jti` of the refresh token.
    pub fn refresh_token_id(&self) -> Option<String> {
        self.refresh.as_ref().map(|(_, claims)| claims.jti.to_string())
    }

    /// What was granted.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Signs the tokens. A refresh token is signed with the key of its row, so that a retry gets the
    /// very same bytes again.
    pub fn sign(self, provider: &Provider) -> Result<TokenBody, ProtocolError> {
        let signer = provider.keyring.signer(provider.env.now());
        let access_token =
            signer.sign(typ::ACCESS_TOKEN, &self.access).map_err(|_| ProtocolError::Signing)?;
        let refresh_token = match &self.refresh {
            Some((kid, claims)) => {
                let signer = provider.keyring.signer_by_kid(kid).ok_or(ProtocolError::Signing)?;
                Some(signer.sign(typ::REFRESH_TOKEN, claims).map_err(|_| ProtocolError::Signing)?)
            }
            None => None,
        };
        let id_token = match self.id_token {
            Some(claims) => {
                let claims = claims.with_at_hash(jose::at_hash(&access_token));
                Some(signer.sign(typ::ID_TOKEN, &claims).map_err(|_| ProtocolError::Signing)?)
            }
            None => None,
        };
        let oauth = TokenResponse {
            access_token: Some(access_token),
            refresh_token,
            token_type: Some("Bearer".to_owned()),
            expires_in: Some(i64::from(self.expires_in)),
            scope: Some(self.scopes.to_string()).filter(|scope| !scope.is_empty()),
            error: None,
        };
        Ok(TokenBody { oauth, id_token })
    }
}

//! The userinfo endpoint (OIDC Core §5.3).

use serde_json::{Map, Value};

use super::Provider;
use super::access_token;
use super::error::{OAuthError, ProtocolError, Refusal};
use super::issue::claims;
use crate::domain::scope::{OPENID, Scopes};

impl Provider {
    /// The claims that the access token's scope gives, and those asked for one by one. Refuses with `invalid_token`, or with
    /// `insufficient_scope` when the token is not for OpenID Connect.
    pub async fn userinfo(&self, token: &str) -> Result<Map<String, Value>, ProtocolError> {
        self.fresh_keys().await?;
        let verified = access_token::verify(self, token)?;
        let scopes = Scopes::parse(&verified.scope).unwrap_or_default();
        if !scopes.contains(OPENID) {
            return Err(Refusal::new(
                OAuthError::InsufficientScope,
                "check_scope",
                "OIDC Core 5.3.1",
                "the access token was not issued for the openid scope",
            )
            .compared(OPENID, scopes)
            .into());
        }
        let provider = self.clone();
        let live =
            self.db.read(move |tx| access_token::live_grant(&provider, tx, &verified)).await??;
        Ok(claims::for_userinfo(&self.issuer, &live, &scopes))
    }
}

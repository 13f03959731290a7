//! A token that a client presents to ask about it or to give it back: which of ours is it?

use super::Provider;
use super::access_token;
use super::issue::{AccessClaims, RefreshClaims};
use crate::crypto::jose::typ;
use crate::domain::client::ClientId;

/// One of our tokens, with a signature of ours. Whether it is still honoured is another question.
pub(super) enum PresentedToken {
    /// An access token that has not expired.
    Access(AccessClaims),
    /// A refresh token, expired or not: its row knows.
    Refresh(RefreshClaims),
}

impl PresentedToken {
    /// Recognises a token by what it is: a hint may be wrong, so it is not even read
    /// (RFC 7009 §2.1, RFC 7662 §2.1).
    pub(super) fn recognise(provider: &Provider, token: &str) -> Option<Self> {
        if let Ok(claims) = access_token::verify(provider, token) {
            return Some(Self::Access(claims));
        }
        let issuer = provider.issuer.as_str();
        provider
            .keyring
            .verify(token, typ::REFRESH_TOKEN)
            .ok()
            .filter(|claims: &RefreshClaims| claims.iss == issuer && claims.aud == issuer)
            .map(Self::Refresh)
    }

    /// To whom it was issued.
    pub(super) fn client_id(&self) -> &ClientId {
        match self {
            Self::Access(claims) => &claims.client_id,
            Self::Refresh(claims) => &claims.client_id,
        }
    }
}

//! ID tokens (OIDC Core §2).
//!
//! There is no `azp`. Section 2 has it needed only where the party that the token was issued to is
//! not its audience, and an ID token of ours has one audience, the very client that redeems the code
//! or the refresh token. Section 3.1.3.7 makes clients check an `azp` that is there, so one that says
//! nothing new could only go wrong.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Mint, claims as person};

/// The longest life of an ID token, in seconds. It tells of a sign-in, and is checked once.
const MAX_LIFETIME: u32 = 3600;

/// The claims of an ID token.
#[derive(Clone, Debug, Serialize)]
pub struct IdTokenClaims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    acr: String,
    amr: Vec<String>,
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    /// What was asked for by the `claims` parameter (OIDC Core §5.5). No name of it is one of the
    /// above: those are no [`Claim`](crate::domain::claims::Claim).
    #[serde(flatten)]
    person: Map<String, Value>,
}

/// What is read of an ID token that comes back as a hint; an expired one will do
/// (OIDC Core §3.1.2.1, RP-Initiated Logout §2).
#[derive(Clone, Debug, Deserialize)]
pub struct IdTokenHint {
    /// Must be ours.
    pub iss: String,
    /// Who it was about.
    pub sub: String,
    /// The client that it was issued to.
    pub aud: String,
    /// The session that it was issued in.
    pub sid: String,
}

impl IdTokenClaims {
    /// Binds the access token that is issued with it (OIDC Core §3.1.3.6).
    #[must_use]
    pub fn with_at_hash(mut self, at_hash: String) -> Self {
        self.at_hash = Some(at_hash);
        self
    }
}

pub(super) fn claims(mint: &Mint, nonce: Option<String>) -> IdTokenClaims {
    let Mint { provider, settings, client, live, now } = mint;
    let lifetime =
        client.lifetimes.id_token.unwrap_or(settings.id_token_lifetime).min(MAX_LIFETIME);
    let authentication = &live.grant.authentication;
    IdTokenClaims {
        iss: provider.issuer.as_str().to_owned(),
        sub: live.profile.user.subject.clone(),
        aud: client.id.as_str().to_owned(),
        exp: now.timestamp() + i64::from(lifetime),
        iat: now.timestamp(),
        auth_time: authentication.at.timestamp(),
        nonce,
        acr: authentication.acr.clone(),
        amr: authentication.amr.clone(),
        sid: authentication.sid.clone(),
        at_hash: None,
        person: person::for_id_token(&provider.issuer, live, &client.scopes),
    }
}

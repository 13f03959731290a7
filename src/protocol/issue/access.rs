//! Access tokens: JWTs of type `at+jwt` (RFC 9068).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Mint;
use crate::domain::client::{Client, ClientId};
use crate::domain::scope::{ROLES, Scopes};
use crate::kernel::ids::GrantId;
use crate::protocol::Provider;

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer.
    pub iss: String,
    /// The person, or the client where it acts for itself (RFC 9068 §2.2).
    pub sub: String,
    /// For whom it is meant: the issuer itself, where no resource was asked for.
    pub aud: String,
    /// Seconds since 1970.
    pub exp: i64,
    /// Seconds since 1970.
    pub iat: i64,
    /// Unique.
    pub jti: String,
    /// To whom it was issued.
    pub client_id: ClientId,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The family that it belongs to; revoking that ends it. A client's token for itself has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// When the person proved who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// By what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amr: Option<Vec<String>>,
    /// Names of the person's roles, where the scope allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
}

/// The claims of a person's token.
pub(super) fn claims(mint: &Mint, scopes: &Scopes) -> AccessClaims {
    let Mint { provider, client, live, now, .. } = mint;
    let authentication = &live.grant.authentication;
    let subject = live.profile.user.subject.clone();
    AccessClaims {
        grant_id: Some(live.grant.id),
        auth_time: Some(authentication.at.timestamp()),
        acr: Some(authentication.acr.clone()),
        amr: Some(authentication.amr.clone()),
        roles: scopes.contains(ROLES).then(|| live.profile.roles.clone()),
        ..bare(provider, client, subject, scopes, mint.access_token_lifetime(), *now)
    }
}

/// The claims of a client's token for itself; `lifetime` in seconds.
pub(super) fn for_client(
    provider: &Provider,
    client: &Client,
    scopes: &Scopes,
    lifetime: u32,
    now: DateTime<Utc>,
) -> AccessClaims {
    bare(provider, client, client.id.as_str().to_owned(), scopes, lifetime, now)
}

fn bare(
    provider: &Provider,
    client: &Client,
    sub: String,
    scopes: &Scopes,
    lifetime: u32,
    now: DateTime<Utc>,
) -> AccessClaims {
    let issuer = provider.issuer.as_str();
    AccessClaims {
        iss: issuer.to_owned(),
        sub,
        aud: issuer.to_owned(),
        exp: now.timestamp() + i64::from(lifetime),
        iat: now.timestamp(),
        jti: provider.env.random_id(),
        client_id: client.id.clone(),
        scope: scopes.to_string(),
        grant_id: None,
        auth_time: None,
        acr: None,
        amr: None,
        roles: None,
    }
}

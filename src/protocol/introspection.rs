//! Token introspection (RFC 7662).

use serde::Serialize;

use super::Provider;
use super::client_auth::{self, Presented};
use super::error::{OAuthError, ProtocolError, Refusal};
use super::issue::{AccessClaims, RefreshClaims};
use super::params::check_nothing_repeated;
use super::presented_token::PresentedToken;
use super::token::TokenRequest;
use crate::domain::audit::RequestContext;
use crate::domain::client::{Client, ClientId};
use crate::domain::grant::GrantState;
use crate::domain::scope::{ROLES, Scopes};
use crate::domain::token::RefreshState;
use crate::storage::{Stop, StorageError, Tx};

/// What is known of a token (RFC 7662 §2.2). Of one that is not active, or not for the caller's
/// eyes, nothing but that.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
}

#[derive(Clone, Debug, Serialize)]
struct Known {
    iss: String,
    aud: String,
    client_id: ClientId,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    jti: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amr: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
}

impl Provider {
    /// Tells an authenticated client about a token of its own. The usual question, about an access
    /// token with a grant, costs one statement.
    pub async fn introspect(
        &self,
        request: TokenRequest,
        context: RequestContext,
    ) -> Result<Introspection, ProtocolError> {
        check_nothing_repeated(&request.params)?;
        let presented = client_auth::presented(request.authorization.as_deref(), &request.params)?;
        let token = request.params.get("token").ok_or_else(missing_token)?;
        self.fresh_keys().await?;
        let token = PresentedToken::recognise(self, token);
        let provider = self.clone();
        let found = self.db.read(move |tx| {
            let (client, state) = load(&provider, tx, &presented, token.as_ref(), &context)?;
            check_confidential(&client).map_err(ProtocolError::Refused)?;
            let Some(token) = token.filter(|token| *token.client_id() == client.id) else {
                return Ok(Introspection::default());
            };
            let known = match token {
                PresentedToken::Access(claims) => access(&provider, tx, claims, state),
                PresentedToken::Refresh(claims) => refresh(&provider, tx, &claims),
            }?;
            let known = known.map(|known| known.within(&client.scopes));
            Ok(Introspection { active: known.is_some(), known })
        });
        found.await?
    }
}

impl Known {
    /// Only what the client is registered for at this moment, as at the userinfo endpoint.
    fn within(mut self, registered: &Scopes) -> Self {
        let scopes = Scopes::parse(&self.scope).unwrap_or_default().intersection(registered);
        self.roles = self.roles.filter(|_| scopes.contains(ROLES));
        self.scope = scopes.to_string();
        self
    }
}

/// The client, authenticated; and the grant of its access token, which comes with it.
fn load(
    provider: &Provider,
    tx: &mut Tx,
    presented: &Presented,
    token: Option<&PresentedToken>,
    context: &RequestContext,
) -> Result<(Client, Option<GrantState>), Stop<ProtocolError>> {
    if let Some(PresentedToken::Access(AccessClaims { grant_id: Some(grant), .. })) = token
        && let Some((state, client)) = tx.grants().find_state_with_client(*grant)?
        && client.id.as_str() == presented.client_id
    {
        return Ok((client_auth::prove(provider, Ok(client), presented, context)?, Some(state)));
    }
    Ok((client_auth::authenticate(provider, tx, presented, context)?, None))
}

/// Anybody can name a public client, so it learns nothing (RFC 7662 §2.1).
fn check_confidential(client: &Client) -> Result<(), Refusal> {
    if !client.is_public() {
        return Ok(());
    }
    Err(Refusal::new(
        OAuthError::InvalidClient,
        "check_confidential",
        "RFC 7662 2.1",
        "client authentication failed",
    )
    .compared("a client with a secret", "a public client"))
}

fn missing_token() -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "check_parameters", "RFC 7662 2.1", "token is missing")
}

fn access(
    provider: &Provider,
    tx: &mut Tx,
    claims: AccessClaims,
    state: Option<GrantState>,
) -> Result<Option<Known>, StorageError> {
    let honoured = match claims.grant_id {
        None => !tx.revoked_tokens().contains(&claims.jti)?,
        Some(_) => state
            .is_some_and(|state| state.check(&provider.settings.get(), provider.env.now()).is_ok()),
    };
    Ok(honoured.then_some(Known {
        iss: claims.iss,
        aud: claims.aud,
        client_id: claims.client_id,
        iat: claims.iat,
        exp: claims.exp,
        sub: Some(claims.sub),
        jti: claims.jti,
        scope: claims.scope,
        token_type: Some("Bearer"),
        auth_time: claims.auth_time,
        acr: claims.acr,
        amr: claims.amr,
        roles: claims.roles,
    }))
}

fn refresh(
    provider: &Provider,
    tx: &mut Tx,
    claims: &RefreshClaims,
) -> Result<Option<Known>, StorageError> {
    let (settings, now) = (provider.settings.get(), provider.env.now());
    let Some(token) = tx.refresh_tokens().find(claims.jti)? else { return Ok(None) };
    let Some(live) = tx.grants().find(token.grant_id)? else { return Ok(None) };
    let is_newest = token.state(true, chrono::TimeDelta::zero(), now) == RefreshState::Current;
    if !is_newest || live.check(&settings, now).is_err() {
        return Ok(None);
    }
    Ok(Some(Known {
        iss: claims.iss.clone(),
        aud: claims.aud.clone(),
        client_id: claims.client_id.clone(),
        iat: claims.iat,
        exp: claims.exp,
        sub: Some(live.profile.user.subject),
        jti: claims.jti.to_string(),
        scope: live.grant.scopes.to_string(),
        token_type: None,
        auth_time: Some(live.grant.authentication.at.timestamp()),
        acr: Some(live.grant.authentication.acr),
        amr: Some(live.grant.authentication.amr),
        roles: None,
    }))
}

//! Token revocation (RFC 7009).
//!
//! Giving back a refresh token or an access token ends its whole grant, with every token of the
//! family (§2.1 allows it): whoever gives one back is done with all of them. A client's token for
//! itself has no grant and ends alone.

use chrono::DateTime;

use super::Provider;
use super::client_auth;
use super::error::{OAuthError, ProtocolError, Refusal};
use super::params::check_nothing_repeated;
use super::presented_token::PresentedToken;
use super::token::TokenRequest;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::Client;
use crate::domain::grant::RevokeReason;
use crate::kernel::ids::AuditEventId;
use crate::storage::{Stop, StorageError, Tx};

impl Provider {
    /// Ends a token that an authenticated client gives back. One that is unknown or dead already is
    /// none to complain about (§2.2); somebody else's is refused and stays as it is (§2.1).
    pub async fn revoke(
        &self,
        request: TokenRequest,
        context: RequestContext,
    ) -> Result<(), ProtocolError> {
        check_nothing_repeated(&request.params)?;
        let presented = client_auth::presented(request.authorization.as_deref(), &request.params)?;
        let token = request.params.get("token").ok_or_else(missing_token)?;
        self.fresh_keys().await?;
        let token = PresentedToken::recognise(self, token);
        let provider = self.clone();
        let done = self.db.write(move |tx| {
            let client = client_auth::authenticate(&provider, tx, &presented, &context)?;
            let Some(token) = token else { return Ok(()) };
            if *token.client_id() != client.id {
                let refusal = not_yours().compared(&client.id, token.client_id());
                return Err(Stop::Refused(refusal.into()));
            }
            Ok(end(&provider, tx, &client, &token, &context)?)
        });
        done.await?
    }
}

fn end(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    token: &PresentedToken,
    context: &RequestContext,
) -> Result<(), StorageError> {
    let now = provider.env.now();
    let grant = match token {
        PresentedToken::Access(claims) => claims.grant_id,
        PresentedToken::Refresh(claims) => Some(claims.grant_id),
    };
    let event = AuditEvent::new(Action::GrantRevoked, Actor::Client(client.id.clone()));
    let event = match (grant, token) {
        (Some(grant), _) => {
            if !tx.grants().revoke(grant, RevokeReason::RevokedByClient, now)? {
                return Ok(());
            }
            event.target("grant", grant)
        }
        (None, PresentedToken::Access(claims)) => {
            let expiry = DateTime::from_timestamp(claims.exp, 0).unwrap_or(now);
            tx.revoked_tokens().insert(&claims.jti, &client.id, expiry, now)?;
            event.target("token", &claims.jti)
        }
        (None, PresentedToken::Refresh(_)) => return Ok(()),
    };
    tx.audit().append(AuditEventId::new(&provider.env), &event.client(&client.id), context, now)
}

fn missing_token() -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "check_parameters", "RFC 7009 2.1", "token is missing")
}

fn not_yours() -> Refusal {
    Refusal::new(
        OAuthError::UnauthorizedClient,
        "check_client",
        "RFC 7009 2.1",
        "the token was not issued to this client",
    )
}

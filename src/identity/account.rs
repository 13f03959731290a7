//! What people see and change of their own account.

use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::{Client, ClientId};
use crate::domain::consent::Consent;
use crate::domain::grant::RevokeReason;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

/// Why an app was not removed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The person never allowed it anything.
    #[error("there is no such app")]
    NotFound,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// The apps that a person allowed something.
    pub async fn apps(&self, user: UserId) -> Result<Vec<(Consent, Client)>, StorageError> {
        self.db().load(move |tx| tx.consents().list(user)).await
    }

    /// Takes back what a person allowed an app. Every token it holds is dead after this, those for
    /// offline access too, and it must ask again.
    pub async fn remove_app(
        &self,
        user: UserId,
        client: ClientId,
        ctx: &RequestContext,
    ) -> Result<(), AppError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                if !tx.consents().delete(user, &client)? {
                    return Err(Stop::Refused(AppError::NotFound));
                }
                let (now, reason) = (env.now(), RevokeReason::RevokedByUser);
                let grants = tx.grants().revoke_for_user_and_client(user, &client, reason, now)?;
                let event = AuditEvent::new(Action::ConsentRevoked, Actor::User(user))
                    .target("client", &client)
                    .client(&client)
                    .details(serde_json::json!({ "grants": grants }));
                Ok(record(tx, &env, &ctx, &event)?)
            })
            .await?
    }
}

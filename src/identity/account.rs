//! What people see and change of their own account.

use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::{Client, ClientId};
use crate::domain::consent::Consent;
use crate::domain::details::{Detail, InvalidDetail};
use crate::domain::grant::RevokeReason;
use crate::domain::user::Profile;
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

/// Why the details stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum DetailsError {
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// A text breaks the rule of its detail.
    #[error("{} is not {}", .0.0, .0)]
    Invalid(#[from] InvalidDetail),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// Changes what is known about a person: each detail named, by an empty text to nothing. Only
    /// operators say whether a phone number is `verified`; another number is not until they do. The
    /// trail names what changed, and never says to what.
    pub async fn change_details(
        &self,
        user: UserId,
        by: Actor,
        changes: Vec<(Detail, String)>,
        verified: Option<bool>,
        ctx: &RequestContext,
    ) -> Result<Profile, DetailsError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                // All details are written back: what somebody else changes meanwhile must be in them.
                tx.users().lock(user)?;
                let found = tx.users().find(user)?;
                let mut profile = found.ok_or(Stop::Refused(DetailsError::NotFound))?;
                let before = profile.user.details();
                let mut details = before.clone();
                for (detail, text) in &changes {
                    details.set(*detail, text).map_err(|error| Stop::Refused(error.into()))?;
                }
                if let Some(verified) = verified {
                    details.verify_phone_number(verified);
                }
                if details == before {
                    return Ok(profile);
                }
                tx.users().set_details(user, &details, env.now())?;
                let differs = |detail: &&Detail| details.get(**detail) != before.get(**detail);
                let names: Vec<_> =
                    Detail::ALL.iter().filter(differs).map(|detail| detail.as_str()).collect();
                let event = AuditEvent::new(Action::UserChanged, by).target("user", user).details(
                    serde_json::json!({
                        "changed": names,
                        "phone_number_verified": details.phone_number_verified(),
                    }),
                );
                record(tx, &env, &ctx, &event)?;
                if let Some(changed) = tx.users().find(user)? {
                    profile = changed;
                }
                Ok(profile)
            })
            .await?
    }

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

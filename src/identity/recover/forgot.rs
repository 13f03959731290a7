//! A link for who forgot the password. Whether there is such an account is told nobody, neither by
//! the answer nor by the work.

use chrono::{DateTime, Utc};

use super::{Cause, NOBODY};
use crate::domain::address::Identifier;
use crate::domain::audit::RequestContext;
use crate::domain::rate_limit::Standing;
use crate::identity::rate_limit::{Budgets, TooMany};
use crate::identity::{Identity, record};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Why nobody was looked for.
#[derive(Debug, thiserror::Error)]
pub enum ForgotError {
    /// No mail is sent here.
    #[error("no mail is sent here")]
    Closed,
    /// Too many requests from this address.
    #[error("too many attempts until {retry_at}")]
    TooMany {
        /// When the next one is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// Mails a link to set a new password to whoever has this address or username. Every request
    /// counts for where it came from; how many links an account gets is counted over all nodes, and
    /// told nobody.
    pub async fn forgot_password(
        &self,
        typed: &str,
        ctx: &RequestContext,
    ) -> Result<(), ForgotError> {
        if !self.outbox().is_open() {
            return Err(ForgotError::Closed);
        }
        let (identity, typed, ctx) = (self.clone(), typed.to_owned(), ctx.clone());
        let act = async move {
            identity.count_request(&ctx).await?;
            let asking = identity.clone();
            identity.change(move |tx| asking.send_reset(tx, &typed, &ctx)).await?;
            identity.outbox().wake();
            Ok(())
        };
        Self::to_the_end(act).await
    }

    /// Requests count as failed sign-ins from their address: nobody forgets a hundred passwords.
    async fn count_request(&self, ctx: &RequestContext) -> Result<(), ForgotError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        let counted = self
            .change(move |tx| {
                let (settings, now) = (identity.settings(), identity.env().now());
                let budgets = Budgets::address(identity.master(), &settings, ctx.ip.as_deref());
                let taken = match budgets.take(tx, &settings, now)? {
                    Ok(taken) => taken,
                    Err(refused) => return Ok(Err(refused)),
                };
                for event in taken.missed(tx, &settings, now)?.events {
                    record(tx, identity.env(), &ctx, &event)?;
                }
                Ok(Ok(()))
            })
            .await?;
        counted
            .map_err(|TooMany { retry_at, standing }| ForgotError::TooMany { retry_at, standing })
    }

    fn send_reset(
        &self,
        tx: &mut Tx<'_>,
        typed: &str,
        ctx: &RequestContext,
    ) -> Result<bool, StorageError> {
        let identifier = Identifier::parse(typed);
        let name = identifier.as_ref().map_or(typed, Identifier::canonical).to_owned();
        // What nobody can be called is looked for all the same.
        let nobodys = self.address_of_nobody(&name).map(Identifier::Email);
        let found = match identifier.or(nobodys) {
            Some(identifier) => tx.users().find_by_identifier(&identifier)?,
            None => None,
        };
        let id = found.map_or(NOBODY, |profile| profile.user.id);
        tx.users().lock(id)?;
        // As it is now that nobody changes it.
        let profile = tx.users().find(id)?;
        self.begin_reset(tx, profile.as_ref(), &name, Cause::Forgotten, ctx)
    }
}

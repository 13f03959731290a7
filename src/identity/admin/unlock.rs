//! The locks that failed sign-ins set.

use super::{AdminError, existing};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::rate_limit::Lock;
use crate::identity::rate_limit::{self, Names, Taken, Whose};
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Identity {
    /// Forgets every failed sign-in to an account, so that whoever has the password gets in, and
    /// tells how it stood. An account that was not locked is forgiven just the same.
    pub async fn unlock_user(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<Lock, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                tx.users().lock(user)?;
                existing(tx, user)?;
                let lock = identity.lock_of(tx, user)?;
                let event = AuditEvent::new(Action::UserUnlocked, by)
                    .target("user", user)
                    .details(serde_json::json!({ "failures": lock.misses_in_a_row }));
                record(tx, identity.env(), &ctx, &event)?;
                identity.forget_failures(tx, user, Whose::Everybody, None)?;
                Ok(lock)
            })
            .await?
    }

    /// How an account stands after failed sign-ins.
    pub async fn user_lock(&self, user: UserId) -> Result<Lock, StorageError> {
        let identity = self.clone();
        self.db().load(move |tx| identity.lock_of(tx, user)).await
    }

    fn lock_of(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Lock, StorageError> {
        rate_limit::lock(tx, self.master(), &self.settings(), user, self.env().now())
    }

    /// Forgets whatever failed for an account, and gives back the attempt that succeeded.
    pub(super) fn forget_failures(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        whose: Whose,
        proof: Option<&Taken>,
    ) -> Result<(), StorageError> {
        let identifiers = tx.users().identifiers(user)?;
        let devices = tx.devices().list(user)?.into_iter().map(|device| device.id).collect();
        let names = Names { user, whose, identifiers, devices };
        rate_limit::forget(tx, self.master(), &names, proof)
    }
}

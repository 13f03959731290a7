//! The end of accounts that are being deleted, when nobody has brought them back in time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::user::{DELETION_UNDO, Leaving, RetiredKind};
use crate::identity::rate_limit::Whose;
use crate::identity::{Identity, record, reserved};
use crate::kernel::ids::UserId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;

impl Identity {
    /// Accounts whose deletion was asked for before this moment can be removed.
    pub fn removable_before(&self) -> DateTime<Utc> {
        self.env().now() - DELETION_UNDO
    }

    /// Removes an account that has been closing for [`DELETION_UNDO`], in one transaction: what named
    /// it stays reserved under keyed hashes, and what the audit trail says of it stays for its own
    /// retention. False: it was brought back, or somebody is at it.
    pub async fn remove_user(&self, user: UserId) -> Result<bool, StorageError> {
        let (env, master) = (self.env().clone(), Arc::clone(self.master()));
        let (before, identity) = (self.removable_before(), self.clone());
        self.change(move |tx| {
            let Some(leaving) = tx.users().lock_leaving(user, before)? else { return Ok(false) };
            identity.forget_failures(tx, user, Whose::Everybody, None)?;
            let hash = |(kind, text): (RetiredKind, &str)| -> (RetiredKind, TokenHash) {
                (kind, reserved::hash(&master, kind, text))
            };
            let retired: Vec<_> = names(&leaving).into_iter().map(hash).collect();
            tx.users().retire(&retired, env.now())?;
            tx.users().remove(user)?;
            let event = AuditEvent::new(Action::UserRemoved, Actor::System).target("user", user);
            record(tx, &env, &RequestContext::default(), &event)?;
            Ok(true)
        })
        .await
    }
}

fn names(leaving: &Leaving) -> Vec<(RetiredKind, &str)> {
    let addresses = leaving.addresses.iter().map(|it| (RetiredKind::Address, it.as_str()));
    let username = leaving.username.iter().map(|it| (RetiredKind::Username, it.as_str()));
    std::iter::once((RetiredKind::Subject, leaving.subject.as_str()))
        .chain(addresses)
        .chain(username)
        .collect()
}

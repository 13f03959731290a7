//! People from another system.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{AdminError, ensure_administrator_role};
use crate::crypto::password::imported::Kind;
use crate::domain::address::Identifier;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::user::NewUser;
use crate::identity::{Identity, record, register};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// Somebody who is to be taken over.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The account. Its password's hash may be of any kind that is stored.
    pub account: NewUser,
    /// The kind of the hash, for the trail.
    pub hash: Option<Kind>,
    /// Since when the account has existed elsewhere.
    pub created_at: Option<DateTime<Utc>>,
}

/// What became of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    /// The account was made, or would be.
    Made,
    /// There is an account already, which stays as it is; it has the same of this.
    Exists(&'static str),
}

impl Identity {
    /// Takes somebody over, or with `dry_run` tells what would become of it. An account with the same
    /// subject or the same address stays as it is.
    pub async fn import_user(
        &self,
        by: Actor,
        newcomer: Newcomer,
        dry_run: bool,
        ctx: &RequestContext,
    ) -> Result<Import, AdminError> {
        let (env, master, ctx) = (self.env().clone(), Arc::clone(self.master()), ctx.clone());
        self.db()
            .write(move |tx| {
                let Newcomer { account, hash, created_at } = newcomer;
                register::lock_identifiers(tx, &account)?;
                if let Some(same) = existing(tx, &account)? {
                    return Ok(Import::Exists(same));
                }
                let problems = register::taken(tx, &master, &account)?;
                if !problems.is_empty() {
                    return Err(Stop::Refused(AdminError::Problems(problems)));
                }
                if !account.roles.is_empty() && !dry_run {
                    ensure_administrator_role(tx, &env)?;
                }
                if let Some(unknown) = unknown_role(tx, &account)? {
                    return Err(Stop::Refused(AdminError::UnknownRole(unknown)));
                }
                if dry_run {
                    return Ok(Import::Made);
                }
                let profile = register::insert(tx, &env, &account)?;
                let id = profile.user.id;
                since(tx, id, created_at)?;
                let details = serde_json::json!({
                    "imported": true,
                    "password_hash": hash.map(Kind::name),
                    "roles": profile.roles,
                });
                let event =
                    AuditEvent::new(Action::UserRegistered, by).target("user", id).details(details);
                record(tx, &env, &ctx, &event)?;
                Ok(Import::Made)
            })
            .await?
    }
}

/// What an account that is there has in common with this one.
fn existing(tx: &mut Tx<'_>, account: &NewUser) -> Result<Option<&'static str>, StorageError> {
    if let Some(subject) = &account.subject
        && tx.users().find_by_subject(subject)?.is_some()
    {
        return Ok(Some("subject"));
    }
    let by_address = tx.users().find_by_identifier(&Identifier::Email(account.email.clone()))?;
    Ok(by_address.map(|_| "address"))
}

/// A role that there is not. The administrator's comes with the first account.
pub(super) fn unknown_role(
    tx: &mut Tx<'_>,
    account: &NewUser,
) -> Result<Option<String>, StorageError> {
    if account.roles.is_empty() {
        return Ok(None);
    }
    let unknown = tx.roles().unknown(&account.roles)?;
    Ok(unknown.into_iter().find(|name| name != crate::domain::role::ADMINISTRATOR))
}

fn since(
    tx: &mut Tx<'_>,
    id: UserId,
    created_at: Option<DateTime<Utc>>,
) -> Result<(), StorageError> {
    if let Some(at) = created_at {
        tx.users().set_created_at(id, at)?;
    }
    Ok(())
}

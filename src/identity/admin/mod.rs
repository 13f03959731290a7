//! What operators do to accounts, from the command line and from the administration pages.

use std::sync::Arc;

use super::register::{self, RegisterProblem};
use super::{Identity, record};
use crate::crypto::password::HashError;
use crate::domain::address::Identifier;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::role;
use crate::domain::user::{NewUser, Profile};
use crate::kernel::env::Env;
use crate::kernel::ids::{RoleId, UserId};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

pub mod import;
mod invite;
pub(in crate::identity) mod issue;
pub mod link;
mod lost;
pub(in crate::identity) mod password;
pub mod provider;
mod removal;
mod roles;
pub mod setting;
mod setup;
mod status;
mod unlock;

use import::unknown_role;
pub use invite::Invited;
pub use issue::{Delivery, IssuedLink};
pub use lost::{Lost, Ways};
pub use status::SignedOut;

/// Why an operator's act was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// Nobody could administer Latchkey after this.
    #[error("this is the last active administrator")]
    LastAdministrator,
    /// People close their own account elsewhere, if at all.
    #[error("this is your own account")]
    Yourself,
    /// The account is being deleted.
    #[error("the account is being deleted")]
    Deleting,
    /// The account is closed.
    #[error("the account is not active")]
    NotActive,
    /// There is no such role.
    #[error("there is no role named {0}")]
    UnknownRole(String),
    /// Something about the account cannot be as asked. Never empty.
    #[error("{}", first(.0))]
    Problems(Vec<RegisterProblem>),
    /// Nobody could sign in to the account after this.
    #[error("it is the last way into the account")]
    LastWayIn,
    /// The account has a way in already.
    #[error("there is an account with this address")]
    AccountInUse,
    /// No mail is sent here, or the person has no address, or got too many within the hour.
    #[error("nothing was mailed: there is no mail, no address, or too much mail within the hour")]
    NotMailed,
    /// An administrator was made before; it happens once in the life of a database.
    #[error("an administrator was made before; make further ones with `latchkey user add`")]
    AdministratorExists,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn first(problems: &[RegisterProblem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

/// The account with this id, address, username or subject, whatever its status.
pub fn find_user(tx: &mut Tx<'_>, who: &str) -> Result<Option<Profile>, StorageError> {
    let who = who.trim();
    if let Ok(id) = who.parse::<UserId>()
        && let Some(profile) = tx.users().find(id)?
    {
        return Ok(Some(profile));
    }
    if let Some(identifier) = Identifier::parse(who)
        && let Some(profile) = tx.users().find_by_identifier(&identifier)?
    {
        return Ok(Some(profile));
    }
    tx.users().find_by_subject(who)
}

impl Identity {
    /// Makes an account. Its password, if it has one, was hashed by [`Identity::hash_new_password`].
    pub async fn create_user(
        &self,
        by: Actor,
        new: NewUser,
        ctx: &RequestContext,
    ) -> Result<Profile, AdminError> {
        self.make_user(by, new, ctx, false).await
    }

    /// The same with a password that somebody else knows, who chose it: whose it is learns of it by mail,
    /// with the way to another one.
    pub async fn create_user_with_told_password(
        &self,
        by: Actor,
        new: NewUser,
        ctx: &RequestContext,
    ) -> Result<Profile, AdminError> {
        let profile = self.make_user(by, new, ctx, true).await?;
        self.outbox().wake();
        Ok(profile)
    }

    async fn make_user(
        &self,
        by: Actor,
        new: NewUser,
        ctx: &RequestContext,
        tells: bool,
    ) -> Result<Profile, AdminError> {
        let (identity, env, ctx) = (self.clone(), self.env().clone(), ctx.clone());
        let master = Arc::clone(self.master());
        self.db()
            .write(move |tx| {
                if let Some(unknown) = unknown_role(tx, &new)? {
                    return Err(Stop::Refused(AdminError::UnknownRole(unknown)));
                }
                register::lock_identifiers(tx, &new)?;
                let problems = register::taken(tx, &master, &new)?;
                if !problems.is_empty() {
                    return Err(Stop::Refused(AdminError::Problems(problems)));
                }
                ensure_administrator_role(tx, &env)?;
                let profile = register::insert(tx, &env, &new)?;
                let event = AuditEvent::new(Action::UserRegistered, by)
                    .target("user", profile.user.id)
                    .details(serde_json::json!({ "roles": profile.roles }));
                record(tx, &env, &ctx, &event)?;
                if tells {
                    identity.tell_password_changed(tx, profile.user.id, &ctx)?;
                }
                Ok(profile)
            })
            .await?
    }

    /// An account by its id, address, username or subject.
    pub async fn find_user(&self, who: &str) -> Result<Option<Profile>, StorageError> {
        let who = who.to_owned();
        self.db().load(move |tx| find_user(tx, &who)).await
    }

    /// Accounts in the order they were made, `limit` of them after `after`; `search` is the
    /// beginning of an address, username or name.
    pub async fn list_users(
        &self,
        search: Option<String>,
        limit: u32,
        after: Option<UserId>,
    ) -> Result<Vec<Profile>, StorageError> {
        self.db().load(move |tx| tx.users().list(search.as_deref(), limit, after)).await
    }
}

/// The role exists from the first account on, and always holds every permission there is.
fn ensure_administrator_role(tx: &mut Tx<'_>, env: &Env) -> Result<(), StorageError> {
    let description = "May do everything.";
    let (id, now) = (RoleId::new(env), env.now());
    tx.roles().ensure(id, role::ADMINISTRATOR, description, role::permission::ALL, now)?;
    Ok(())
}

/// The account, or the refusal.
fn existing(tx: &mut Tx<'_>, user: UserId) -> Result<Profile, Stop<AdminError>> {
    tx.users().find(user)?.ok_or(Stop::Refused(AdminError::NotFound))
}

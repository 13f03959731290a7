//! Opening and closing accounts.

use super::{AdminError, existing};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::grant::RevokeReason;
use crate::domain::role;
use crate::domain::session::SessionEnd;
use crate::domain::user::{Profile, UserStatus};
use crate::identity::{Identity, record, session};
use crate::kernel::env::Env;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// What a sign-out everywhere ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// Browser sessions.
    pub sessions: usize,
    /// Authorizations of apps.
    pub grants: u64,
}

/// How an account is closed.
#[derive(Clone, Copy)]
struct Closing {
    status: UserStatus,
    session_end: SessionEnd,
    revoke_reason: RevokeReason,
    action: Action,
}

impl Closing {
    fn deletion(env: &Env) -> Self {
        Self {
            status: UserStatus::Deleting { since: env.now() },
            session_end: SessionEnd::AccountDeleted,
            revoke_reason: RevokeReason::AccountDeleted,
            action: Action::UserDeleted,
        }
    }

    /// By the person. Sessions and tokens end as they do where an operator closes it.
    fn deactivation(env: &Env) -> Self {
        Self {
            status: UserStatus::Deactivated { since: env.now() },
            session_end: SessionEnd::AccountDisabled,
            revoke_reason: RevokeReason::AccountDisabled,
            action: Action::UserDeactivated,
        }
    }
}

impl Identity {
    /// Closes an account: after this neither its sessions nor its tokens are honoured anywhere.
    /// Closing a closed one changes nothing.
    pub async fn disable_user(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), AdminError> {
        let closing = Closing {
            status: UserStatus::Disabled,
            session_end: SessionEnd::AccountDisabled,
            revoke_reason: RevokeReason::AccountDisabled,
            action: Action::UserDisabled,
        };
        self.close(by, user, closing, ctx).await
    }

    /// Begins to delete an account. It can be brought back with [`Identity::enable_user`] for
    /// [`crate::domain::user::DELETION_UNDO`]; until then it is closed like a disabled one.
    pub async fn delete_user(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), AdminError> {
        self.close(by, user, Closing::deletion(self.env()), ctx).await
    }

    /// The deletion itself, for whoever has found that it may be: ends all that the account had open.
    pub(in crate::identity) fn begin_deletion(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        by: &Actor,
        user: UserId,
    ) -> Result<(), StorageError> {
        shut(tx, self.env(), ctx, by, user, Closing::deletion(self.env()))
    }

    /// The same for an account that its person closes for a while.
    pub(in crate::identity) fn begin_deactivation(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        by: &Actor,
        user: UserId,
    ) -> Result<(), StorageError> {
        shut(tx, self.env(), ctx, by, user, Closing::deactivation(self.env()))
    }

    async fn close(
        &self,
        by: Actor,
        user: UserId,
        closing: Closing,
        ctx: &RequestContext,
    ) -> Result<(), AdminError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                // Two administrators who close each other at the same time wait for each other here.
                tx.users().lock_role(role::ADMINISTRATOR)?;
                let profile = existing(tx, user)?;
                match (profile.user.status, closing.status) {
                    (UserStatus::Deleting { .. }, UserStatus::Deleting { .. }) => {
                        // Whoever deleted it themselves does not bring it back any more.
                        tx.users().lock(user)?;
                        return Ok(tx.one_time_links().kill_all_for_user(user, env.now())?);
                    }
                    (UserStatus::Disabled, UserStatus::Disabled) => return Ok(()),
                    (UserStatus::Deleting { .. }, _) => {
                        return Err(Stop::Refused(AdminError::Deleting));
                    }
                    _ => check_may_close(tx, &by, &profile)?,
                }
                Ok(shut(tx, &env, &ctx, &by, user, closing)?)
            })
            .await?
    }

    /// Opens a closed account again, one that is being deleted too. What was ended stays ended.
    pub async fn enable_user(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), AdminError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                if existing(tx, user)?.user.is_active() {
                    return Ok(());
                }
                if !tx.users().set_status(user, UserStatus::Active, None, env.now())? {
                    // It was removed just now.
                    return Err(Stop::Refused(AdminError::NotFound));
                }
                let event = AuditEvent::new(Action::UserEnabled, by).target("user", user);
                Ok(record(tx, &env, &ctx, &event)?)
            })
            .await?
    }

    /// Ends every session of an account, and every authorization it gave to apps.
    pub async fn sign_out_user(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<SignedOut, AdminError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                existing(tx, user)?;
                Ok(sign_out(tx, &env, &ctx, by, user)?)
            })
            .await?
    }
}

/// Ends the sessions of an account and what apps were given.
pub(super) fn sign_out(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    user: UserId,
) -> Result<SignedOut, StorageError> {
    let (end, reason) = (SessionEnd::EndedByOperator, RevokeReason::RevokedByOperator);
    let sessions = session::end_all(tx, env, ctx, &by, user, None, end)?;
    let grants = tx.grants().revoke_for_user(user, reason, env.now())?;
    let event = AuditEvent::new(Action::GrantRevoked, by)
        .target("user", user)
        .details(serde_json::json!({ "grants": grants }));
    record(tx, env, ctx, &event)?;
    Ok(SignedOut { sessions, grants })
}

/// Nobody closes their own account here, nor the last one that can open it again.
fn check_may_close(tx: &mut Tx<'_>, by: &Actor, profile: &Profile) -> Result<(), Stop<AdminError>> {
    let user = &profile.user;
    if *by == Actor::User(user.id) {
        return Err(Stop::Refused(AdminError::Yourself));
    }
    let is_administrator = profile.roles.iter().any(|name| name == role::ADMINISTRATOR);
    if user.is_active()
        && is_administrator
        && !tx.users().other_active_holder(role::ADMINISTRATOR, user.id)?
    {
        return Err(Stop::Refused(AdminError::LastAdministrator));
    }
    Ok(())
}

/// The account's row comes first: whoever is just signing in holds it, so what they make is seen
/// by the statements that follow, and whoever comes later finds the account closed.
fn shut(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: &Actor,
    user: UserId,
    closing: Closing,
) -> Result<(), StorageError> {
    let now = match closing.status {
        // The very time that the credentials changed: a row in which they differ was closed by somebody else.
        UserStatus::Deactivated { since } => since,
        UserStatus::Active | UserStatus::Disabled | UserStatus::Deleting { .. } => env.now(),
    };
    tx.users().set_status(user, closing.status, Some(now), now)?;
    session::end_all(tx, env, ctx, by, user, None, closing.session_end)?;
    tx.grants().revoke_for_user(user, closing.revoke_reason, now)?;
    if *by == Actor::User(user) {
        // Whoever it was who closed it, with a session of somebody else's for example.
        tx.one_time_links().kill_but_undoing(user, now)?;
    } else {
        tx.one_time_links().kill_for_user(user, now)?;
    }
    tx.mailed_codes().kill_for_user(user, now)?;
    tx.devices().forget_all(user)?;
    let event = AuditEvent::new(closing.action, by.clone()).target("user", user);
    record(tx, env, ctx, &event)
}

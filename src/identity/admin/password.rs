//! Setting somebody's password: after the commit nothing older is honoured.

use super::{AdminError, existing};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::grant::RevokeReason;
use crate::domain::session::SessionEnd;
use crate::domain::user::Profile;
use crate::identity::new_password::{ChosenPassword, NotHashed};
use crate::identity::rate_limit::{Taken, Whose};
use crate::identity::{Identity, record, session};
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::secret::Secret;
use crate::mail::message::{Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Identity {
    /// Checks and hashes the password of an account that is about to be made; `context` are the
    /// person's address and names.
    pub async fn hash_new_password(
        &self,
        typed: &Secret<String>,
        context: &[&str],
    ) -> Result<String, AdminError> {
        let with_brand: Vec<&str> =
            context.iter().copied().chain([self.0.options.brand.as_str()]).collect();
        let chosen = ChosenPassword::new(typed, &self.settings(), &with_brand)
            .map_err(NotHashed::Problem)?;
        Ok(self.hash_chosen(chosen).await?)
    }

    /// Sets somebody's password. Ends all of their sessions, authorizations and links, and forgets
    /// their failed sign-ins.
    pub async fn set_password(
        &self,
        by: Actor,
        user: UserId,
        typed: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<(), AdminError> {
        let found = self.db().read(move |tx| existing(tx, user)).await??;
        let chosen = self.choose_password_for(&found, typed).map_err(NotHashed::Problem)?;
        let phc = self.hash_chosen(chosen).await?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let profile = existing(tx, user)?;
                identity.replace_password(tx, &ctx, by, &profile, &phc, Kept::Nothing)?;
                identity.meet_anew(tx, user, None)?;
                Ok(identity.tell_password_changed(tx, user, &ctx)?)
            })
            .await??;
        self.outbox().wake();
        Ok(())
    }

    /// What ends with the password that an account had, in one place: sessions and what apps were given,
    /// half sign-ins, mailed codes, challenges, and links that would let somebody in or change an
    /// address. Factors stay, and so do links that only undo something.
    ///
    /// The account's row comes first: whoever is just signing in with the old password holds it,
    /// so their session is seen by the statements that follow, and whoever comes later finds the
    /// new password.
    ///
    /// [`Identity::meet_anew`] is to follow.
    pub(in crate::identity) fn replace_password(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        by: Actor,
        profile: &Profile,
        phc: &str,
        kept: Kept,
    ) -> Result<(), StorageError> {
        let (user, env, before) =
            (profile.user.id, self.env(), profile.user.credentials_changed_at);
        let now = env.now().max(before);
        tx.users().credentials_changed(user, now)?;
        tx.passwords().set(user, phc, now)?;
        // What is set by mail or by an operator nobody else knows; in a session it may be a stranger's.
        if matches!(kept, Kept::Nothing) && profile.user.disowned_at.is_some() {
            tx.users().owned_again(user)?;
        }
        let (present, others_too) = match kept {
            Kept::Nothing => (None, false),
            Kept::Session(session) => (Some(session), false),
            Kept::Sessions(session) => (Some(session), true),
        };
        if !others_too {
            session::end_all(tx, env, ctx, &by, user, present, SessionEnd::CredentialsChanged)?;
        }
        if present.is_some() {
            tx.sessions().keep_all(user, before, now)?;
        }
        tx.grants().revoke_for_user(user, RevokeReason::CredentialsChanged, now)?;
        tx.users().end_beginnings(user, now)?;
        let mut event = AuditEvent::new(Action::PasswordSet, by).target("user", user);
        if let Some(present) = present {
            let others = if others_too { "kept" } else { "ended" };
            let details = serde_json::json!({ "other_sessions": others });
            event = event.session(present).details(details);
        }
        record(tx, env, ctx, &event)
    }

    /// Forgets who tried an account, and which browsers it knows: with the password they knew.
    /// `proof` is the attempt that the new one was set with.
    pub(in crate::identity) fn meet_anew(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        proof: Option<&Taken>,
    ) -> Result<(), StorageError> {
        self.forget_failures(tx, user, Whose::Passwords, proof)?;
        tx.devices().forget_all(user)
    }
}

impl Identity {
    /// The mail that tells of a new password, behind all other counters. It says the address as it is
    /// now, which may just have been confirmed.
    pub(in crate::identity) fn tell_password_changed(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let Some(profile) = tx.users().find(user)? else { return Ok(()) };
        let (now, ip, agent) = (self.env().now(), ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let message = Message::PasswordChanged { occasion: Occasion::new(now, ip, agent) };
        self.notify(tx, &profile, &message)
    }
}

/// What is honoured after a new password, of all that is older. Apps keep nothing in any case.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) enum Kept {
    /// Nothing.
    Nothing,
    /// The session in which it was changed.
    Session(SessionId),
    /// That one and the others, because the person said so.
    Sessions(SessionId),
}

impl From<NotHashed> for AdminError {
    fn from(reason: NotHashed) -> Self {
        match reason {
            NotHashed::Problem(problem) => Self::Problems(vec![problem.into()]),
            NotHashed::Hashing(error) => Self::Hashing(error),
        }
    }
}

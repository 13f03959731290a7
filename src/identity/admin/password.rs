//! Setting somebody's password: after the commit nothing older is honoured.

use super::{AdminError, existing};
use crate::domain::address::Username;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::password::{Password, PasswordProblem};
use crate::domain::grant::RevokeReason;
use crate::domain::session::SessionEnd;
use crate::domain::user::Profile;
use crate::identity::register::{self, RegisterProblem};
use crate::identity::{Identity, rate_limit, record, session};
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;
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
        let password = register::choose_password(typed.expose(), &self.settings(), &with_brand)
            .map_err(|problem| AdminError::Problems(vec![RegisterProblem::Password(problem)]))?;
        Ok(self.0.hasher.hash(self.env(), password.into_secret()).await?)
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
        let password = self
            .choose_password_for(&found, typed)
            .map_err(|problem| AdminError::Problems(vec![RegisterProblem::Password(problem)]))?;
        let phc = self.0.hasher.hash(self.env(), password.into_secret()).await?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let profile = existing(tx, user)?;
                Ok(identity.replace_password(tx, &ctx, by, &profile, &phc)?)
            })
            .await?
    }

    /// A new password for an account, checked.
    pub(super) fn choose_password_for(
        &self,
        profile: &Profile,
        typed: &Secret<String>,
    ) -> Result<Password, PasswordProblem> {
        let user = &profile.user;
        let context = [
            profile.primary_address.as_ref().map_or("", |address| address.email.as_typed()),
            user.username.as_ref().map_or("", Username::as_str),
            user.name.as_deref().unwrap_or(""),
            &self.0.options.brand,
        ];
        register::choose_password(typed.expose(), &self.settings(), &context)
    }

    /// The account's row comes first: whoever is just signing in with the old password holds it,
    /// so their session is seen by the statements that follow, and whoever comes later finds the
    /// new password.
    pub(super) fn replace_password(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        by: Actor,
        profile: &Profile,
        phc: &str,
    ) -> Result<(), StorageError> {
        let (user, env) = (profile.user.id, self.env());
        let now = env.now();
        tx.users().credentials_changed(user, now)?;
        tx.passwords().set(user, phc, now)?;
        session::end_all(tx, env, ctx, &by, user, None, SessionEnd::CredentialsChanged)?;
        tx.grants().revoke_for_user(user, RevokeReason::CredentialsChanged, now)?;
        tx.one_time_links().kill_for_user(user, now)?;
        let address = profile.primary_address.as_ref().map(|address| address.email.canonical());
        let username = profile.user.username.as_ref().map(Username::as_str);
        for identifier in [address, username].into_iter().flatten() {
            rate_limit::forget_failures(tx, self.master(), identifier)?;
        }
        let event = AuditEvent::new(Action::PasswordSet, by).target("user", user);
        record(tx, env, ctx, &event)
    }
}

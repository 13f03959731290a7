//! People deactivate or delete their own account, and bring it back.

use chrono::{DateTime, TimeDelta, Utc};

use super::admin::link::{LinkError, consume};
use super::fresh::NotFresh;
use super::notice::NOTICE;
use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::role;
use crate::domain::user::{DELETION_UNDO, Profile, UserStatus};
use crate::kernel::ids::OneTimeLinkId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Asker, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// How long the link works that opens a deactivated account again. After that "Forgot password?" mails
/// another one.
pub const REACTIVATION: TimeDelta = TimeDelta::days(30);

/// Why an account is neither deleted nor deactivated.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// Nobody could administer Latchkey after this.
    #[error("this is the last active administrator")]
    LastAdministrator,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for CloseError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

/// How the person comes back to an account that they have deactivated, or taken back from somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// By the link in the mail that was written.
    Mailed,
    /// By one that they ask for with "Forgot password?": they were told of too many acts within this hour
    /// for another mail.
    AskedFor,
    /// Through whoever runs the service: nothing is mailed here, or they have no address.
    Operator,
}

/// What an account is back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It was being deleted.
    Deleted,
    /// Its person had closed it.
    Deactivated,
    /// From either, by the first click of a double one: nothing happened.
    Before,
}

/// An account that is being deleted.
#[derive(Clone, Debug)]
pub struct Closed {
    /// When it is gone for good.
    pub until: DateTime<Utc>,
    /// Whether a mail with the link that brings it back was written.
    pub mailed: bool,
}

impl Identity {
    /// Whether somebody may not delete the account, because nobody could administer Latchkey then.
    pub async fn is_last_administrator(&self, profile: &Profile) -> Result<bool, StorageError> {
        let profile = profile.clone();
        self.db().load(move |tx| is_last(tx, &profile)).await
    }

    /// Begins to delete the account of who is signed in: every session and authorization ends at
    /// once. For [`DELETION_UNDO`] a link that is mailed brings it back.
    pub async fn delete_own_account(
        &self,
        session: TokenHash,
        ctx: &RequestContext,
    ) -> Result<Closed, CloseError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let closed = self
            .db()
            .write(move |tx| {
                // Two administrators who go at the same time wait for each other here.
                tx.users().lock_role(role::ADMINISTRATOR)?;
                let found = identity.lock_signed_in(tx, &who)?;
                let profile = found.ok_or(Stop::Refused(CloseError::NotSignedIn))?;
                if is_last(tx, &profile)? {
                    return Err(Stop::Refused(CloseError::LastAdministrator));
                }
                let by = Actor::User(profile.user.id);
                identity.begin_deletion(tx, &ctx, &by, profile.user.id)?;
                Ok(identity.mail_restoration(tx, &profile, &ctx)?)
            })
            .await??;
        self.outbox().wake();
        Ok(closed)
    }

    /// Closes the account of who is signed in until they open it again: every session and authorization
    /// ends at once, and nobody can sign in. Nothing of it is deleted, however long it takes.
    pub async fn deactivate_own_account(
        &self,
        session: TokenHash,
        ctx: &RequestContext,
    ) -> Result<WayBack, CloseError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let back = self
            .db()
            .write(move |tx| {
                tx.users().lock_role(role::ADMINISTRATOR)?;
                let found = identity.lock_signed_in(tx, &who)?;
                let profile = found.ok_or(Stop::Refused(CloseError::NotSignedIn))?;
                if is_last(tx, &profile)? {
                    return Err(Stop::Refused(CloseError::LastAdministrator));
                }
                let by = Actor::User(profile.user.id);
                identity.begin_deactivation(tx, &ctx, &by, profile.user.id)?;
                Ok(identity.mail_reactivation(tx, &profile, &ctx)?)
            })
            .await??;
        self.outbox().wake();
        Ok(back)
    }

    fn mail_reactivation(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        ctx: &RequestContext,
    ) -> Result<WayBack, StorageError> {
        let (now, lifetime) = (self.env().now(), REACTIVATION);
        let token = self.restoration_link(tx, profile, now + lifetime)?;
        let occasion = Occasion::new(now, ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let asked_by = Asker::Insider;
        let message = Message::AccountDeactivated { token, lifetime, asked_by, occasion };
        let is_mailed = self.mail(tx, profile, &message, now + NOTICE)?;
        Ok(self.way_back(profile, is_mailed))
    }

    /// What is left to somebody whose link was written down, or not.
    pub(in crate::identity) fn way_back(&self, profile: &Profile, is_mailed: bool) -> WayBack {
        match (is_mailed, self.reaches(profile)) {
            (true, _) => WayBack::Mailed,
            (false, true) => WayBack::AskedFor,
            (false, false) => WayBack::Operator,
        }
    }

    /// Whether a link that brings an account back reaches its person by mail.
    pub fn reaches(&self, profile: &Profile) -> bool {
        self.outbox().is_open() && profile.primary_address.is_some()
    }

    fn mail_restoration(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        ctx: &RequestContext,
    ) -> Result<Closed, StorageError> {
        let now = self.env().now();
        let until = now + DELETION_UNDO;
        let secret = self.restoration_link(tx, profile, until)?;
        let (ip, agent) = (ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let occasion = Some(Occasion::new(now, ip, agent));
        let message = Message::AccountDeleted { until, token: secret, occasion };
        Ok(Closed { until, mailed: self.mail(tx, profile, &message, now + NOTICE)? })
    }

    /// The link is made after the others were killed, and is as young as the end of the account.
    fn restoration_link(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        expires_at: DateTime<Utc>,
    ) -> Result<Secret<String>, StorageError> {
        let secret = self.env().random_token("");
        let link = OneTimeLink {
            id: OneTimeLinkId::new(self.env()),
            purpose: LinkPurpose::RestoreAccount(profile.user.id),
            mailed_to: None,
            email: None,
            replaces: false,
            created_at: self.env().now(),
            expires_at,
            consumed_at: None,
        };
        tx.one_time_links().insert(&link, TokenHash::of(secret.expose()))?;
        Ok(secret)
    }

    /// Whose account a link brings back, as long as it does. Looking uses nothing up.
    pub async fn open_restoration(&self, secret: &Secret<String>) -> Result<Profile, LinkError> {
        let (hash, now) = (TokenHash::of(secret.expose()), self.env().now());
        Ok(self.db().read(move |tx| restorable(tx, hash, now)).await??.1)
    }

    /// Brings an account back. Nobody is signed in by that, and what apps were given stays ended. Tells
    /// what it was back from.
    pub async fn restore_account(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Restored, LinkError> {
        let act = async {
            match self.restore_by(secret, ctx).await {
                Err(LinkError::Unusable) => self.restored_before(secret, ctx).await,
                restored => restored,
            }
        };
        self.within_budget(ctx, act).await
    }

    /// The second click of a double one: the account is back already.
    async fn restored_before(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Restored, LinkError> {
        self.pressed_before(secret, ctx, |tx, link| {
            let LinkPurpose::RestoreAccount(user) = link.purpose else { return Ok(None) };
            let profile = tx.users().find(user)?.filter(|profile| profile.user.is_active());
            Ok(profile.map(|_| Restored::Before))
        })
        .await
    }

    async fn restore_by(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Restored, LinkError> {
        let user = self.open_restoration(secret).await?.user.id;
        let (identity, ctx, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        self.db()
            .write(move |tx| {
                let now = identity.env().now();
                tx.users().lock(user)?;
                let (link, profile) = restorable(tx, hash, now)?;
                consume(tx, &link, &ctx, now)?;
                let changed = now.max(profile.user.credentials_changed_at);
                tx.users().set_status(user, UserStatus::Active, Some(changed), now)?;
                let by = Actor::User(user);
                let (action, restored) = match profile.user.status {
                    UserStatus::Deactivated { .. } => {
                        (Action::UserReactivated, Restored::Deactivated)
                    }
                    UserStatus::Active | UserStatus::Disabled | UserStatus::Deleting { .. } => {
                        (Action::UserRestored, Restored::Deleted)
                    }
                };
                let event = AuditEvent::new(action, by).target("user", user);
                record(tx, identity.env(), &ctx, &event)?;
                Ok(restored)
            })
            .await?
    }
}

/// The link of a secret with the account that it brings back.
fn restorable(
    tx: &mut Tx<'_>,
    secret: TokenHash,
    now: DateTime<Utc>,
) -> Result<(OneTimeLink, Profile), Stop<LinkError>> {
    let unusable = || Stop::Refused(LinkError::Unusable);
    let found = tx.one_time_links().find(secret)?;
    let link = found.filter(|link| link.is_usable(now)).ok_or_else(unusable)?;
    let LinkPurpose::RestoreAccount(user) = link.purpose else { return Err(unusable()) };
    let profile = tx.users().find(user)?.filter(|profile| match profile.user.status {
        UserStatus::Deleting { since } => now < since + DELETION_UNDO,
        UserStatus::Deactivated { .. } => true,
        UserStatus::Active | UserStatus::Disabled => false,
    });
    Ok((link, profile.ok_or_else(unusable)?))
}

fn is_last(tx: &mut Tx<'_>, profile: &Profile) -> Result<bool, StorageError> {
    let is_one = profile.roles.iter().any(|name| name == role::ADMINISTRATOR);
    Ok(is_one && !tx.users().other_active_holder(role::ADMINISTRATOR, profile.user.id)?)
}

//! Links that work once: an operator makes one, its owner sets a password with it. The operator
//! never learns the password.

use chrono::{DateTime, Utc};

use super::password::Kept;
use super::{AdminError, existing};
use crate::crypto::password::HashError;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::rate_limit::Standing;
use crate::domain::setting::seconds;
use crate::domain::user::Profile;
use crate::identity::new_password::NotHashed;
use crate::identity::rate_limit::{Budgets, TooMany};
use crate::identity::register::RegisterProblem;
use crate::identity::{Identity, record};
use crate::kernel::ids::{OneTimeLinkId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// A link that was just made. Its secret is shown once and kept nowhere.
#[derive(Debug)]
pub struct IssuedLink {
    /// What goes into the address.
    pub secret: Secret<String>,
    /// When it is too late to use it.
    pub expires_at: DateTime<Utc>,
}

/// A link that somebody opened, and that still works.
#[derive(Clone, Debug)]
pub enum OpenLink {
    /// Makes the first administrator.
    Administrator,
    /// Sets the password of this person.
    Password(Box<Profile>),
}

/// Why a link did nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It never was one, was used, is too old, or was overtaken by events: which is not told.
    #[error("the link does not work any more")]
    Unusable,
    /// What was typed cannot be taken; the link still works. Never empty.
    #[error("what was typed cannot be taken")]
    Problems(Vec<RegisterProblem>),
    /// Too many links that do not work were tried from this address; this one may.
    #[error("too many attempts until {retry_at}")]
    TooMany {
        /// When the next attempt is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// The password could not be hashed; the link still works.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotHashed> for LinkError {
    fn from(reason: NotHashed) -> Self {
        match reason {
            NotHashed::Problem(problem) => Self::Problems(vec![problem.into()]),
            NotHashed::Hashing(error) => Self::Hashing(error),
        }
    }
}

impl Identity {
    /// Makes a link with which somebody sets their password. Earlier ones stop working.
    pub async fn create_password_link(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<IssuedLink, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                tx.users().lock(user)?;
                let profile = existing(tx, user)?;
                if !profile.user.is_active() {
                    return Err(Stop::Refused(AdminError::NotActive));
                }
                tx.one_time_links().kill_for_user(user, identity.env().now())?;
                let event = AuditEvent::new(Action::LinkCreated, by).target("user", user);
                record(tx, identity.env(), &ctx, &event)?;
                // Never older than the credentials, even where another node's clock runs ahead.
                let not_before = profile.user.credentials_changed_at;
                Ok(identity.issue_link(tx, LinkPurpose::Password(user), not_before)?)
            })
            .await?
    }

    pub(super) fn issue_link(
        &self,
        tx: &mut Tx<'_>,
        purpose: LinkPurpose,
        not_before: DateTime<Utc>,
    ) -> Result<IssuedLink, StorageError> {
        let created_at = self.env().now().max(not_before);
        let expires_at = created_at + seconds(self.settings().one_time_link_lifetime);
        let secret = self.env().random_token("");
        let link = OneTimeLink {
            id: OneTimeLinkId::new(self.env()),
            purpose,
            created_at,
            expires_at,
            consumed_at: None,
        };
        tx.one_time_links().insert(&link, TokenHash::of(secret.expose()))?;
        Ok(IssuedLink { secret, expires_at })
    }

    /// What a link does, as long as it works. Looking uses nothing up.
    pub async fn open_link(&self, secret: &Secret<String>) -> Result<OpenLink, LinkError> {
        let (hash, now) = (TokenHash::of(secret.expose()), self.env().now());
        self.db().read(move |tx| Ok(usable(tx, hash, now)?.1)).await?
    }

    /// Takes an attempt from the budget of the address; it counts if the link does not work.
    pub(super) async fn within_budget<T>(
        &self,
        ctx: &RequestContext,
        redeem: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, LinkError> {
        let (settings, now) = (self.settings(), self.env().now());
        let budgets = Budgets::address(self.master(), &settings, ctx.ip.as_deref());
        let taken = self.change(move |tx| budgets.take(tx, &settings, now)).await?;
        let taken = taken
            .map_err(|TooMany { retry_at, standing }| LinkError::TooMany { retry_at, standing })?;
        let redeemed = redeem.await;
        let failed = matches!(redeemed, Err(LinkError::Unusable));
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.change(move |tx| {
            if !failed {
                return taken.withdrawn(tx);
            }
            for event in taken.missed(tx, &identity.settings(), now)?.events {
                record(tx, identity.env(), &ctx, &event)?;
            }
            Ok(())
        })
        .await?;
        redeemed
    }

    /// Sets the password of whom the link is for, and ends whatever they had open.
    pub async fn redeem_password_link(
        &self,
        secret: &Secret<String>,
        typed: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        self.within_budget(ctx, self.set_password_by_link(secret, typed, ctx)).await
    }

    async fn set_password_by_link(
        &self,
        secret: &Secret<String>,
        typed: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        // Hashing is dear: it is done for links that work only.
        let OpenLink::Password(profile) = self.open_link(secret).await? else {
            return Err(LinkError::Unusable);
        };
        let chosen = self.choose_password_for(&profile, typed).map_err(NotHashed::Problem)?;
        let phc = self.hash_chosen(chosen).await?;
        let (identity, ctx, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        let user = profile.user.id;
        self.db()
            .write(move |tx| {
                let now = identity.env().now();
                tx.users().lock(user)?;
                let (link, OpenLink::Password(profile)) = usable(tx, hash, now)? else {
                    return Err(Stop::Refused(LinkError::Unusable));
                };
                consume(tx, &link, now)?;
                let by = Actor::User(profile.user.id);
                identity.replace_password(tx, &ctx, by, &profile, &phc, Kept::Nothing)?;
                identity.meet_anew(tx, profile.user.id, None)?;
                Ok(profile.user.id)
            })
            .await?
    }
}

/// The link of a secret with whom it is about, as long as it works.
pub(super) fn usable(
    tx: &mut Tx<'_>,
    secret: TokenHash,
    now: DateTime<Utc>,
) -> Result<(OneTimeLink, OpenLink), Stop<LinkError>> {
    let unusable = || Stop::Refused(LinkError::Unusable);
    let found = tx.one_time_links().find(secret)?;
    let link = found.filter(|link| link.is_usable(now)).ok_or_else(unusable)?;
    let opened = match link.purpose {
        LinkPurpose::Administrator => OpenLink::Administrator,
        LinkPurpose::Password(user) => {
            let profile = tx.users().find(user)?.filter(|profile| {
                profile.user.is_active() && link.created_at >= profile.user.credentials_changed_at
            });
            OpenLink::Password(Box::new(profile.ok_or_else(unusable)?))
        }
    };
    Ok((link, opened))
}

/// Uses a link up; of several at the same time one gets through.
pub(super) fn consume(
    tx: &mut Tx<'_>,
    link: &OneTimeLink,
    now: DateTime<Utc>,
) -> Result<(), Stop<LinkError>> {
    if tx.one_time_links().consume(link.id, now)? {
        Ok(())
    } else {
        Err(Stop::Refused(LinkError::Unusable))
    }
}

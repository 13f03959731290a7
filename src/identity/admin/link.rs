//! Links that work once, and what they do.

use chrono::{DateTime, Utc};

use super::password::Kept;
use crate::crypto::password::{HashError, Verdict};
use crate::domain::audit::{Actor, RequestContext};
use crate::domain::credential::password::Password;
use crate::domain::one_time_link::{DOUBLE_CLICK, LinkPurpose, OneTimeLink};
use crate::domain::rate_limit::Standing;
use crate::domain::user::Profile;
use crate::identity::new_password::NotHashed;
use crate::identity::rate_limit::{Budgets, TooMany};
use crate::identity::register::RegisterProblem;
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

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
    /// What a link does, as long as it works. Looking uses nothing up.
    pub async fn open_link(&self, secret: &Secret<String>) -> Result<OpenLink, LinkError> {
        let (hash, now) = (TokenHash::of(secret.expose()), self.env().now());
        self.db().read(move |tx| Ok(usable(tx, hash, now)?.1)).await?
    }

    /// Takes an attempt from the budget of the address; it counts if the link does not work.
    pub(in crate::identity) async fn within_budget<T>(
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
        let user = self.within_budget(ctx, self.set_password_by(secret, typed, ctx)).await?;
        self.outbox().wake();
        Ok(user)
    }

    async fn set_password_by(
        &self,
        secret: &Secret<String>,
        typed: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        match self.set_password_by_link(secret, typed, ctx).await {
            Err(LinkError::Unusable) => self.password_set_before(secret, typed, ctx).await,
            set => set,
        }
    }

    /// The second click of a double one: the password that was typed is the account's already. Another
    /// one, which somebody typed in between, was not set, and it is not said that it was.
    async fn password_set_before(
        &self,
        secret: &Secret<String>,
        typed: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        let pressed = move |tx: &mut Tx<'_>, link: OneTimeLink| match link.purpose {
            LinkPurpose::Password(user) | LinkPurpose::Invitation(user) => {
                Ok(tx.passwords().find(user)?.map(|phc| (user, phc)))
            }
            LinkPurpose::Administrator
            | LinkPurpose::NotMe { .. }
            | LinkPurpose::ConfirmAddress(_)
            | LinkPurpose::KeepAddress(_)
            | LinkPurpose::RestoreAccount(_) => Ok(None),
        };
        let (user, phc) = self.pressed_before(secret, ctx, pressed).await?;
        let presented = Password::presented(typed.expose()).map_err(|_| LinkError::Unusable)?;
        let verdict = self.0.hasher.verify(presented.into_secret(), Some(phc)).await?;
        if verdict == Verdict::Mismatch { Err(LinkError::Unusable) } else { Ok(user) }
    }

    /// What the first click of a double one has brought about, where its link was used in this browser
    /// a moment ago, and that still holds. To anybody else the link is unusable.
    pub(in crate::identity) async fn pressed_before<T: Send + 'static>(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
        look: impl FnOnce(&mut Tx<'_>, OneTimeLink) -> Result<Option<T>, StorageError> + Send + 'static,
    ) -> Result<T, LinkError> {
        let browser = ctx.browser.ok_or(LinkError::Unusable)?;
        let hash = TokenHash::of(secret.expose());
        let since = self.env().now() - DOUBLE_CLICK;
        let looking =
            move |tx: &mut Tx<'_>| match tx.one_time_links().used_in(browser, hash, since)? {
                Some(link) => look(tx, link),
                None => Ok(None),
            };
        self.db().load(looking).await?.ok_or(LinkError::Unusable)
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
                // The identifiers come before the account, as where accounts are made.
                if let Some(address) = tx.one_time_links().find(hash)?.and_then(|it| it.mailed_to) {
                    tx.users().lock_identifiers(&[&address])?;
                }
                tx.users().lock(user)?;
                let (link, OpenLink::Password(profile)) = usable(tx, hash, now)? else {
                    return Err(Stop::Refused(LinkError::Unusable));
                };
                consume(tx, &link, &ctx, now)?;
                let by = Actor::User(profile.user.id);
                identity.replace_password(tx, &ctx, by, &profile, &phc, Kept::Nothing)?;
                // Who has a link that was mailed reads the mail.
                if let Some(address) = &link.mailed_to {
                    tx.users().address_verified(user, address, now)?;
                }
                identity.meet_anew(tx, user, None)?;
                identity.tell_password_changed(tx, user, &ctx)?;
                Ok(user)
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
        LinkPurpose::Password(user) | LinkPurpose::Invitation(user) => {
            let profile = tx.users().find(user)?.filter(|profile| {
                profile.user.is_active() && link.created_at >= profile.user.credentials_changed_at
            });
            let is_asked_for =
                matches!(link.purpose, LinkPurpose::Password(_)) && link.mailed_to.is_some();
            if is_asked_for && tx.sessions().any_since(user, link.created_at)? {
                return Err(unusable());
            }
            OpenLink::Password(Box::new(profile.ok_or_else(unusable)?))
        }
        // What undoes or confirms something has pages of its own.
        LinkPurpose::NotMe { .. }
        | LinkPurpose::ConfirmAddress(_)
        | LinkPurpose::KeepAddress(_)
        | LinkPurpose::RestoreAccount(_) => return Err(unusable()),
    };
    Ok((link, opened))
}

/// Uses a link up; of several at the same time one gets through.
pub(in crate::identity) fn consume(
    tx: &mut Tx<'_>,
    link: &OneTimeLink,
    ctx: &RequestContext,
    now: DateTime<Utc>,
) -> Result<(), Stop<LinkError>> {
    if tx.one_time_links().consume_in(ctx.browser, link.id, now)? {
        Ok(())
    } else {
        Err(Stop::Refused(LinkError::Unusable))
    }
}

//! People change their own password: with the one they have, which is counted, hashed and concluded
//! as at a sign-in, and with a fresh session besides.

use chrono::{DateTime, Utc};

use super::fresh::NotFresh;
use super::login::{DeviceCookie, SessionCookie};
use super::new_password::NotHashed;
use super::rate_limit::{Confirming, Taken, TooMany, confirm};
use super::{Identity, record};
use crate::crypto::password::{HashError, Verdict};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::password::{Password, PasswordProblem};
use crate::domain::rate_limit::Standing;
use crate::domain::session::SignedIn;
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

mod conclude;

/// What was typed on the page.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The password that the account has. Where it has none, this is not looked at.
    pub current: Secret<String>,
    /// The one that it is to have.
    pub new: Secret<String>,
    /// Whether all other browsers are signed out.
    pub end_others: bool,
    /// The hash of the cookie by which accounts know the browser, if there is one.
    pub device: Option<TokenHash>,
}

/// A password that was changed.
#[derive(Debug)]
pub struct Changed {
    /// The new cookie of the session.
    pub session: SessionCookie,
    /// By which the account knows the browser from now on.
    pub device: DeviceCookie,
}

/// Why the password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Nobody is signed in (any more), or the account is closed.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The current password is another one.
    #[error("the current password is wrong")]
    WrongCurrent,
    /// The new password is the current one.
    #[error("the new password is the current one")]
    Unchanged,
    /// The new password is not to be anybody's.
    #[error(transparent)]
    Problem(PasswordProblem),
    /// Too many attempts, here or from this address.
    #[error("too many attempts until {retry_at}")]
    TooMany {
        /// When the next attempt is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// A password could not be hashed; nothing was counted.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for ChangeError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

/// A change under way, which is counted.
#[derive(Clone)]
struct Attempt {
    identity: Identity,
    who: SignedIn,
    taken: Taken,
    end_others: bool,
    device: Option<TokenHash>,
    ctx: RequestContext,
}

/// How an attempt ended.
enum Outcome {
    /// The password is the new one, and the browser has new cookies.
    Changed(Changed),
    /// Somebody else changed the hash while we hashed: this is the present one.
    Look(Option<String>),
}

/// How often an attempt looks again, because a sign-in renewed an outdated hash meanwhile or the
/// password is being changed elsewhere.
const LOOKS: u32 = 3;

impl Identity {
    /// Changes the password of who is signed in with this cookie. Ends what is older: other sessions
    /// as the person wishes, all authorizations of apps, links and failed sign-ins. This browser
    /// stays signed in, with a new cookie, and is the only one that the account knows.
    pub async fn change_password(
        &self,
        session: TokenHash,
        change: PasswordChange,
        ctx: &RequestContext,
    ) -> Result<Changed, ChangeError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        let act = async move { identity.change_with(session, change, &ctx).await };
        Self::to_the_end(act).await
    }

    async fn change_with(
        &self,
        session: TokenHash,
        change: PasswordChange,
        ctx: &RequestContext,
    ) -> Result<Changed, ChangeError> {
        let who = self.fresh_person(session).await??;
        let chosen =
            self.choose_password_for(&who.profile, &change.new).map_err(ChangeError::Problem)?;
        let (identity, user, ip) = (self.clone(), who.session.user_id, ctx.ip.clone());
        let reserving = move |tx: &mut Tx<'_>| reserve(tx, &identity, user, ip.as_deref());
        let (taken, mut present) = self.db().write(reserving).await??;
        let (PasswordChange { end_others, device, .. }, ctx) = (change.clone(), ctx.clone());
        let attempt = Attempt { identity: self.clone(), who, taken, end_others, device, ctx };
        let (current, new) = (presented(&change.current), presented(&change.new));
        if present.is_some() && !attempt.is_right(current.as_ref(), present.clone()).await? {
            return Err(attempt.refused().await?);
        }
        if present.is_some()
            && current.as_ref().map(Secret::expose) == new.as_ref().map(Secret::expose)
        {
            attempt.given_back().await?;
            return Err(ChangeError::Unchanged);
        }
        let phc = match self.hash_chosen(chosen).await {
            Ok(phc) => phc,
            Err(reason) => {
                attempt.given_back().await?;
                return Err(match reason {
                    NotHashed::Problem(problem) => ChangeError::Problem(problem),
                    NotHashed::Hashing(error) => error.into(),
                });
            }
        };
        for _ in 0..LOOKS {
            let (concluding, judged, new_phc) = (attempt.clone(), present.take(), phc.clone());
            let concluded = self
                .db()
                .write(move |tx| concluding.conclude(tx, judged, Some(&new_phc)))
                .await??;
            match concluded {
                Outcome::Changed(changed) => {
                    self.outbox().wake();
                    return Ok(changed);
                }
                Outcome::Look(found) => present = found,
            }
            // The second click of a double one finds its own new password there, and takes the cookie
            // that the first answer had for a page which is gone.
            if attempt.is_right(new.as_ref(), present.clone()).await? {
                let (concluding, judged) = (attempt.clone(), present.take());
                let concluded =
                    self.db().write(move |tx| concluding.conclude(tx, judged, None)).await??;
                if let Outcome::Changed(changed) = concluded {
                    return Ok(changed);
                }
            } else if !attempt.is_right(current.as_ref(), present.clone()).await? {
                break;
            }
        }
        Err(attempt.refused().await?)
    }
}

/// Counts the attempt and finds the hash to compare with. An account without a password has nothing
/// that could be guessed.
fn reserve(
    tx: &mut Tx<'_>,
    identity: &Identity,
    user: UserId,
    ip: Option<&str>,
) -> Result<(Taken, Option<String>), Stop<ChangeError>> {
    let (master, settings, now) = (identity.master(), &identity.settings(), identity.env().now());
    match confirm(tx, &Confirming { master, settings, user, ip, now })? {
        Ok(taken) => Ok((taken, tx.passwords().find(user)?)),
        Err(TooMany { retry_at, standing }) => {
            Err(Stop::Refused(ChangeError::TooMany { retry_at, standing }))
        }
    }
}

/// What is too long for a password is wrong without hashing.
fn presented(typed: &Secret<String>) -> Option<Secret<String>> {
    Password::presented(typed.expose()).ok().map(Password::into_secret)
}

impl Attempt {
    fn user(&self) -> UserId {
        self.who.session.user_id
    }

    async fn is_right(
        &self,
        typed: Option<&Secret<String>>,
        phc: Option<String>,
    ) -> Result<bool, ChangeError> {
        let (Some(typed), Some(phc)) = (typed, phc) else { return Ok(false) };
        match self.identity.0.hasher.verify(typed.clone(), Some(phc)).await {
            Ok(verdict) => Ok(verdict != Verdict::Mismatch),
            Err(error) => {
                self.given_back().await?;
                Err(error.into())
            }
        }
    }

    /// Nothing was learnt about the current password that was not known.
    async fn given_back(&self) -> Result<(), StorageError> {
        let taken = self.taken.clone();
        self.identity.change(move |tx| taken.withdrawn(tx)).await
    }

    /// The attempt stays counted, and is on the trail with the lock that it may have set.
    async fn refused(&self) -> Result<ChangeError, StorageError> {
        let attempt = self.clone();
        self.identity
            .change(move |tx| {
                let (settings, now) = (attempt.identity.settings(), attempt.identity.env().now());
                let missed = attempt.taken.missed(tx, &settings, now)?;
                let event = AuditEvent::new(Action::PasswordSet, Actor::User(attempt.user()))
                    .target("user", attempt.user())
                    .refused("wrong_credentials");
                for event in std::iter::once(event).chain(missed.events) {
                    let event = event.session(attempt.who.session.id);
                    record(tx, attempt.identity.env(), &attempt.ctx, &event)?;
                }
                Ok(())
            })
            .await?;
        Ok(ChangeError::WrongCurrent)
    }
}

//! Whoever is about to change how an account is entered has proved shortly before who they are: a
//! browser that was left open is not enough (ASVS 7.5.1).

use super::login::flow::is_fresh;
use super::login::{FlowAt, FlowError, Next, enrolled};
use super::{Identity, session};
use crate::domain::factor::Enrolled;
use crate::domain::flow::Purpose;
use crate::domain::session::{Session, SignedIn};
use crate::domain::user::Profile;
use crate::kernel::ids::FlowId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Whether somebody may do what is sensitive.
#[derive(Debug)]
pub enum Standing {
    /// They may.
    Fresh(Box<SignedIn>),
    /// They prove what is missing first, in this flow, which leads back.
    Stale(FlowId, Next),
    /// Nobody is signed in.
    Nobody,
}

impl Identity {
    /// Asks for a fresh sign-in in this browser, for a page or a form behind `return_to`, which is a
    /// path of ours. Use cases ask [`is_fresh`] themselves as well.
    pub async fn standing(
        &self,
        session: Option<TokenHash>,
        browser: TokenHash,
        return_to: &str,
    ) -> Result<Standing, StorageError> {
        let signed_in = match session {
            Some(secret) => self.signed_in(secret).await?,
            None => None,
        };
        let Some(signed_in) = signed_in else { return Ok(Standing::Nobody) };
        if self.is_fresh(&signed_in).await? {
            return Ok(Standing::Fresh(Box::new(signed_in)));
        }
        let purpose = Purpose::Confirm { return_to: return_to.to_owned() };
        let flow = self.start_own_flow(browser, purpose, Some(signed_in.session.id)).await?;
        let at = FlowAt { flow, browser, session_secret: session, device_secret: None };
        match self.show(at).await {
            Ok(view) => Ok(Standing::Stale(flow, view.next)),
            Err(FlowError::Storage(error)) => Err(error),
            // The session has ended meanwhile.
            Err(_) => Ok(Standing::Stale(flow, Next::Login { again: true })),
        }
    }

    /// What somebody's account can be entered with here and now.
    pub async fn enrolled(&self, who: &SignedIn) -> Result<Enrolled, StorageError> {
        let (user, offers) = (who.session.user_id, self.offers());
        self.db().load(move |tx| enrolled(tx, offers, user)).await
    }

    /// Whether somebody has a second factor of their own.
    pub async fn has_second_factor(&self, who: &SignedIn) -> Result<bool, StorageError> {
        Ok(self.enrolled(who).await?.has_second_factor())
    }

    /// Whether somebody has a password to sign in with.
    pub async fn has_password(&self, who: &SignedIn) -> Result<bool, StorageError> {
        let user = who.session.user_id;
        Ok(self.db().load(move |tx| tx.passwords().find(user)).await?.is_some())
    }
}

impl Identity {
    /// Who is signed in with this cookie, if that is fresh.
    pub(super) async fn fresh_person(
        &self,
        secret: TokenHash,
    ) -> Result<Result<SignedIn, NotFresh>, StorageError> {
        let loaded = self.db().load(move |tx| tx.sessions().find_by_secret(secret)).await?;
        let Some(signed_in) = session::live(loaded, &self.settings(), self.env().now()) else {
            return Ok(Err(NotFresh::Nobody));
        };
        let is_fresh = self.is_fresh(&signed_in).await?;
        Ok(if is_fresh { Ok(signed_in) } else { Err(NotFresh::Stale) })
    }

    /// The same once more, with the account locked, so that nothing changes until the commit.
    pub(super) fn fresh_locked(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
    ) -> Result<Result<Locked, NotFresh>, StorageError> {
        let (settings, now) = (self.settings(), self.env().now());
        tx.users().lock(who.session.user_id)?;
        let (profile, session) =
            (tx.users().find(who.session.user_id)?, tx.sessions().find(who.session.id)?);
        let (Some(profile), Some(session)) = (profile, session) else {
            return Ok(Err(NotFresh::Nobody));
        };
        if !session.is_live(&profile.user, &settings, now) {
            return Ok(Err(NotFresh::Nobody));
        }
        let enrolled = enrolled(tx, self.offers(), profile.user.id)?;
        if !is_fresh(&session, enrolled, &settings, now) {
            return Ok(Err(NotFresh::Stale));
        }
        Ok(Ok(Locked { profile, session, enrolled }))
    }

    /// The account, locked, of who was found signed in a moment ago; `None`: the session is over, or
    /// the account closed.
    pub(super) fn lock_signed_in(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
    ) -> Result<Option<Profile>, StorageError> {
        tx.users().lock(who.session.user_id)?;
        let (Some(profile), Some(session)) =
            (tx.users().find(who.session.user_id)?, tx.sessions().find(who.session.id)?)
        else {
            return Ok(None);
        };
        let is_live = session.is_live(&profile.user, &self.settings(), self.env().now());
        Ok(is_live.then_some(profile))
    }

    /// [`is_fresh`], with the factors of the account.
    async fn is_fresh(&self, who: &SignedIn) -> Result<bool, StorageError> {
        let enrolled = self.enrolled(who).await?;
        Ok(is_fresh(&who.session, enrolled, &self.settings(), self.env().now()))
    }
}

/// Somebody who may do what is sensitive, and whose account is locked until the transaction ends.
#[derive(Debug)]
pub(super) struct Locked {
    /// Who it is.
    pub(super) profile: Profile,
    /// With which session.
    pub(super) session: Session,
    /// What the account can be entered with.
    pub(super) enrolled: Enrolled,
}

/// Why somebody may not do what is sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFresh {
    /// Nobody is signed in.
    Nobody,
    /// They have to sign in once more first.
    Stale,
}

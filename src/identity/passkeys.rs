//! People look after their passkeys: add, rename, remove.

mod new;

use serde_json::Value;

use super::fresh::NotFresh;
use super::login::enrolled;
use super::ways_in::{self, Needed};
use super::{Identity, record};
use crate::crypto::webauthn::Refused;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::passkey::{
    Bound, CeremonyPurpose, MAX_PASSKEYS, Passkey, PasskeyName,
};
use crate::domain::factor::Enrolled;
use crate::domain::session::SignedIn;
use crate::domain::user::Profile;
use crate::kernel::ids::{CeremonyId, PasskeyId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};
pub(super) use new::{Answered, Wanted, added, user_handle};

/// A question to a browser, and the challenge that it holds.
#[derive(Clone, Debug)]
pub struct PasskeyQuestion {
    /// Which challenge is to be answered.
    pub ceremony: CeremonyId,
    /// What `navigator.credentials` takes, as JSON with base64url for bytes.
    pub options: Value,
}

/// A passkey that a browser has just made.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// Which challenge it answers.
    pub ceremony: CeremonyId,
    /// What the browser made of it: JSON of a `PublicKeyCredential` (WebAuthn §5.1).
    pub credential: String,
    /// What it is called where its kind is not known.
    pub fallback_name: String,
}

/// Why a passkey was not added, renamed or removed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// Nobody is signed in (any more), or the account is closed.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The answer is not right, or the challenge is used or too old; the reason is for the log.
    #[error("the passkey is not accepted: {0}")]
    Refused(&'static str),
    /// There is such a passkey, in this account or another: which of these is not told.
    #[error("there is such a passkey already")]
    Known,
    /// The account has [`MAX_PASSKEYS`].
    #[error("the account has {MAX_PASSKEYS} passkeys")]
    TooMany,
    /// The account has no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// Nobody could sign in without it.
    #[error("it is the last way into the account")]
    LastWayIn,
    /// A second factor is asked of the account, and it has no other.
    #[error("it is the only second factor of an account that needs one")]
    NeedsSecondFactor,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for PasskeyError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl From<Refused> for PasskeyError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.reason)
    }
}

impl From<Needed> for PasskeyError {
    fn from(needed: Needed) -> Self {
        match needed {
            Needed::LastWayIn => Self::LastWayIn,
            Needed::SecondFactor => Self::NeedsSecondFactor,
        }
    }
}

/// Where the passkey of somebody who is signed in is made.
fn bound(who: &SignedIn, browser: TokenHash) -> Bound {
    let session = Some(who.session.id);
    Bound { purpose: CeremonyPurpose::Add, browser, flow: None, session }
}

impl Identity {
    /// The passkeys of an account, oldest first.
    pub async fn passkeys(&self, user: UserId) -> Result<Vec<Passkey>, StorageError> {
        self.db().load(move |tx| tx.passkeys().list(user)).await
    }

    /// Asks the browser of who is signed in for a new passkey.
    pub async fn ask_for_new_passkey(
        &self,
        session: TokenHash,
        browser: TokenHash,
    ) -> Result<PasskeyQuestion, PasskeyError> {
        let who = self.fresh_person(session).await??;
        let identity = self.clone();
        self.db().write(move |tx| identity.new_question(tx, &who, browser)).await?
    }

    fn new_question(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        browser: TokenHash,
    ) -> Result<PasskeyQuestion, Stop<PasskeyError>> {
        let present = tx.passkeys().list(who.session.user_id)?;
        if present.len() >= MAX_PASSKEYS {
            return Err(Stop::Refused(PasskeyError::TooMany));
        }
        let wanted = Wanted::of(&who.profile, bound(who, browser));
        self.ask_for_new(tx, &wanted, present).map_err(|stop| stop.map(PasskeyError::from))
    }

    /// Adds the passkey that a browser has made. The account trusts no browser after that.
    pub async fn add_passkey(
        &self,
        session: TokenHash,
        browser: TokenHash,
        new: NewPasskey,
        ctx: &RequestContext,
    ) -> Result<(), PasskeyError> {
        let who = self.fresh_person(session).await??;
        let answered = self.take_new(bound(&who, browser), new).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db().write(move |tx| identity.insert(tx, &who, answered, &ctx)).await??;
        self.outbox().wake();
        Ok(())
    }

    fn insert(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        answered: Answered,
        ctx: &RequestContext,
    ) -> Result<(), Stop<PasskeyError>> {
        let profile = self.lock_person(tx, who)?;
        let (user, now) = (profile.user.id, self.env().now());
        let present = tx.passkeys().list(user)?;
        if present.len() >= MAX_PASSKEYS {
            return Err(Stop::Refused(PasskeyError::TooMany));
        }
        let shown = &who.session.proofs;
        let passkey = answered.passkey(self, &profile.user, shown, &present);
        if !tx.passkeys().insert(&passkey)? {
            return Err(Stop::Refused(PasskeyError::Known));
        }
        ways_in::changed(tx, user, Enrolled { passkey: true, ..Enrolled::default() })?;
        let event = added(user, passkey.id).session(who.session.id);
        record(tx, self.env(), ctx, &event)?;
        let occasion = Occasion::new(now, ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let message = Message::FactorAdded { factor: Factor::Passkey, occasion };
        Ok(self.notify(tx, &profile, &message)?)
    }

    /// Gives a passkey of who is signed in another name.
    pub async fn rename_passkey(
        &self,
        session: TokenHash,
        id: PasskeyId,
        name: PasskeyName,
        ctx: &RequestContext,
    ) -> Result<(), PasskeyError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let renaming = move |tx: &mut Tx<'_>| -> Result<(), Stop<PasskeyError>> {
            let profile = identity.lock_person(tx, &who)?;
            if !tx.passkeys().rename(id, profile.user.id, &name)? {
                return Err(Stop::Refused(PasskeyError::NotFound));
            }
            Ok(identity.note(tx, &who, Action::PasskeyRenamed, id, &ctx)?)
        };
        self.db().write(renaming).await?
    }

    /// Removes a passkey of who is signed in, unless it has to stay. The account trusts no browser after
    /// that.
    pub async fn remove_passkey(
        &self,
        session: TokenHash,
        id: PasskeyId,
        ctx: &RequestContext,
    ) -> Result<(), PasskeyError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db().write(move |tx| identity.take_out(tx, &who, id, &ctx)).await??;
        self.outbox().wake();
        Ok(())
    }

    fn take_out(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        id: PasskeyId,
        ctx: &RequestContext,
    ) -> Result<(), Stop<PasskeyError>> {
        let profile = self.lock_person(tx, who)?;
        let (user, now) = (profile.user.id, self.env().now());
        let present = tx.passkeys().list(user)?;
        let others: Vec<_> = present.iter().filter(|passkey| passkey.id != id).collect();
        if others.len() == present.len() {
            return Err(Stop::Refused(PasskeyError::NotFound));
        }
        let before = enrolled(tx, self.offers(), user)?;
        let left = Enrolled {
            passkey: !others.is_empty(),
            passkey_alone: others.iter().any(|passkey| passkey.disowned_at.is_none()),
            ..before
        };
        ways_in::check(before, left, &self.settings(), profile.needs_second_factor)
            .map_err(|needed| Stop::Refused(needed.into()))?;
        tx.passkeys().remove(id, user)?;
        ways_in::changed(tx, user, left)?;
        self.note(tx, who, Action::PasskeyRemoved, id, ctx)?;
        let occasion = Occasion::new(now, ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let message = Message::FactorRemoved { factor: Factor::Passkey, occasion };
        Ok(self.notify(tx, &profile, &message)?)
    }

    /// The account of who is signed in, locked, with the session still alive.
    fn lock_person(&self, tx: &mut Tx<'_>, who: &SignedIn) -> Result<Profile, Stop<PasskeyError>> {
        let gone = || Stop::Refused(PasskeyError::NotSignedIn);
        tx.users().lock(who.session.user_id)?;
        let profile = tx.users().find(who.session.user_id)?.ok_or_else(gone)?;
        let session = tx.sessions().find(who.session.id)?.ok_or_else(gone)?;
        if session.is_live(&profile.user, &self.settings(), self.env().now()) {
            Ok(profile)
        } else {
            Err(gone())
        }
    }

    fn note(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        action: Action,
        id: PasskeyId,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let event = AuditEvent::new(action, Actor::User(who.session.user_id))
            .target("user", who.session.user_id)
            .session(who.session.id)
            .details(serde_json::json!({ "passkey": id }));
        record(tx, self.env(), ctx, &event)
    }
}

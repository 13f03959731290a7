//! People look after their passkeys: add, rename, remove.

use serde_json::Value;

use super::fresh::NotFresh;
use super::login::enrolled;
use super::ways_in::{self, Needed};
use super::{Identity, record};
use crate::crypto::seal::MasterKey;
use crate::crypto::webauthn::{Holder, Made, Refused};
use crate::domain::address::Username;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::passkey::{
    Bound, Ceremony, CeremonyPurpose, MAX_PASSKEYS, Passkey, PasskeyName, kind,
};
use crate::domain::factor::Enrolled;
use crate::domain::session::SignedIn;
use crate::domain::user::Profile;
use crate::kernel::ids::{CeremonyId, PasskeyId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

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

impl From<Needed> for PasskeyError {
    fn from(needed: Needed) -> Self {
        match needed {
            Needed::LastWayIn => Self::LastWayIn,
            Needed::SecondFactor => Self::NeedsSecondFactor,
        }
    }
}

/// What authenticators know a person by. It tells nothing about the person, and is not the key of the row
/// (WebAuthn §14.6.1).
pub(super) fn user_handle(master: &MasterKey, user: UserId) -> [u8; 32] {
    master.keyed_hash("passkey user handle", user.0.as_bytes())
}

/// What tells accounts apart, in an authenticator's list.
fn account_name(profile: &Profile) -> &str {
    let address = profile.primary_address.as_ref().map(|address| address.email.as_typed());
    let username = profile.user.username.as_ref().map(Username::as_str);
    address.or(username).unwrap_or(&profile.user.subject)
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
        let (user, profile) = (who.session.user_id, &who.profile);
        let present = tx.passkeys().list(user)?;
        if present.len() >= MAX_PASSKEYS {
            return Err(Stop::Refused(PasskeyError::TooMany));
        }
        let others: Vec<_> = present.into_iter().map(|it| it.credential_id).collect();
        let holder = Holder {
            handle: &user_handle(self.master(), user),
            account: account_name(profile),
            name: profile.user.display_name(profile.primary_address.as_ref()),
        };
        let refused = |Refused { reason }| Stop::Refused(PasskeyError::Refused(reason));
        let party = self.relying_party().map_err(refused)?;
        let asked = party.ask_for_new(holder, &others).map_err(refused)?;
        let ceremony = Ceremony {
            id: CeremonyId::new(self.env()),
            bound: bound(who, browser),
            user_id: Some(user),
            state: asked.state,
            created_at: self.env().now(),
        };
        tx.passkey_ceremonies().insert(&ceremony)?;
        Ok(PasskeyQuestion { ceremony: ceremony.id, options: asked.options })
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
        let (bound, now, id) = (bound(&who, browser), self.env().now(), new.ceremony);
        let consuming = move |tx: &mut Tx<'_>| tx.passkey_ceremonies().consume(id, &bound, now);
        let ceremony = self.change(consuming).await?;
        let ceremony = ceremony.ok_or(PasskeyError::Refused("challenge_over"))?;
        let made = self
            .relying_party()
            .and_then(|party| party.take_new(&ceremony.state, &new.credential))
            .map_err(|Refused { reason }| PasskeyError::Refused(reason))?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let name = kind(made.aaguid).map_or(new.fallback_name, str::to_owned);
        self.db().write(move |tx| identity.insert(tx, &who, made, &name, &ctx)).await??;
        self.outbox().wake();
        Ok(())
    }

    fn insert(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        made: Made,
        name: &str,
        ctx: &RequestContext,
    ) -> Result<(), Stop<PasskeyError>> {
        let profile = self.lock_person(tx, who)?;
        let (user, now) = (profile.user.id, self.env().now());
        let present = tx.passkeys().list(user)?;
        if present.len() >= MAX_PASSKEYS {
            return Err(Stop::Refused(PasskeyError::TooMany));
        }
        let passkey = Passkey {
            id: PasskeyId::new(self.env()),
            user_id: user,
            name: PasskeyName::of_kind(name, &present),
            credential_id: made.id,
            credential: made.credential,
            counter: 0,
            aaguid: made.aaguid,
            created_at: now,
            last_used_at: None,
            cloned_at: None,
        };
        if !tx.passkeys().insert(&passkey)? {
            return Err(Stop::Refused(PasskeyError::Known));
        }
        ways_in::changed(tx, user, Enrolled { passkey: true, ..Enrolled::default() })?;
        self.note(tx, who, Action::PasskeyAdded, passkey.id, ctx)?;
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
        if present.iter().all(|passkey| passkey.id != id) {
            return Err(Stop::Refused(PasskeyError::NotFound));
        }
        let before = enrolled(tx, self.offers(), user)?;
        let left = Enrolled { passkey: present.len() > 1, ..before };
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

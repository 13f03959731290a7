//! People look after their authenticator apps: add, rename and remove them.
//!
//! One is begun with a secret that is shown once, and counts when a code of it was right. Until then it
//! replaces nothing, and it is forgotten after an hour.

use super::fresh::{Locked, NotFresh};
use super::login::SessionCookie;
use super::ways_in::{self, Needed};
use super::{Identity, record};
use crate::crypto::totp::TotpSecret;
use crate::domain::address::Username;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::totp::{
    Authenticator, AuthenticatorName, MAX_AUTHENTICATORS, TotpCode,
};
use crate::domain::factor::{Enrolled, FactorKind};
use crate::domain::session::SignedIn;
use crate::domain::user::Profile;
use crate::kernel::ids::{AuthenticatorId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// An authenticator app that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Its row.
    pub id: AuthenticatorId,
    /// Its name.
    pub name: AuthenticatorName,
    /// The secret in groups of four, for who types it.
    pub secret: Secret<String>,
    /// What the picture of it says.
    pub uri: Secret<String>,
}

/// Why a factor of an account stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Nobody is signed in (any more), or the account is closed.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago, or with too little")]
    NotFresh,
    /// The account has no such factor.
    #[error("there is no such factor")]
    NotFound,
    /// The account has as many as it can have.
    #[error("there are too many of them")]
    TooMany,
    /// The code is wrong.
    #[error("the code is wrong")]
    WrongCode,
    /// The account needs it.
    #[error(transparent)]
    Needed(#[from] Needed),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for FactorError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

/// Why an authenticator app does not count yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotConfirmed {
    /// None of that id was begun, or its time is over.
    NotUnderWay,
    /// The account has as many as it can have.
    TooMany,
    /// The code is wrong.
    WrongCode,
}

impl From<NotConfirmed> for FactorError {
    fn from(reason: NotConfirmed) -> Self {
        match reason {
            NotConfirmed::NotUnderWay => Self::NotFound,
            NotConfirmed::TooMany => Self::TooMany,
            NotConfirmed::WrongCode => Self::WrongCode,
        }
    }
}

impl Identity {
    /// The apps of an account, oldest first.
    pub async fn authenticators(&self, user: UserId) -> Result<Vec<Authenticator>, StorageError> {
        self.db().load(move |tx| tx.authenticators().list(user)).await
    }

    /// Begins an app for who is signed in with this cookie.
    pub async fn begin_authenticator(
        &self,
        session: TokenHash,
        name: AuthenticatorName,
    ) -> Result<Begun, FactorError> {
        let act = move |identity: &Self, tx: &mut Tx<'_>, who: &Locked| {
            if tx.authenticators().list(who.profile.user.id)?.len() >= MAX_AUTHENTICATORS {
                return Err(Stop::Refused(FactorError::TooMany));
            }
            Ok(identity.begin_app(tx, &who.profile, name)?)
        };
        self.freshly(session, act).await
    }

    /// Lets an app count from now on. The code proves it in this session as well, which goes on under
    /// a new cookie.
    pub async fn confirm_authenticator(
        &self,
        session: TokenHash,
        id: AuthenticatorId,
        code: TotpCode,
        ctx: &RequestContext,
    ) -> Result<SessionCookie, FactorError> {
        let ctx = ctx.clone();
        let act = move |identity: &Self, tx: &mut Tx<'_>, who: &Locked| {
            let confirmed = identity.confirm_app(tx, &ctx, &who.profile, id, &code)?;
            confirmed.map_err(|reason| Stop::Refused(reason.into()))?;
            let cookie = identity.renew(tx, &ctx, &who.session, FactorKind::Totp)?;
            identity.tell_of_app(tx, &ctx, &who.profile)?;
            cookie.ok_or(Stop::Refused(FactorError::NotSignedIn))
        };
        self.freshly(session, act).await
    }

    /// Calls an app by another name.
    pub async fn rename_authenticator(
        &self,
        session: TokenHash,
        id: AuthenticatorId,
        name: AuthenticatorName,
        ctx: &RequestContext,
    ) -> Result<(), FactorError> {
        let ctx = ctx.clone();
        let act = move |identity: &Self, tx: &mut Tx<'_>, who: &Locked| {
            let user = who.profile.user.id;
            if !tx.authenticators().rename(user, id, &name)? {
                return Err(Stop::Refused(FactorError::NotFound));
            }
            Ok(identity.record_factor(tx, &ctx, Action::FactorRenamed, user, FactorKind::Totp)?)
        };
        self.freshly(session, act).await
    }

    /// Removes an app, unless it is the last second factor of an account that must have one.
    pub async fn remove_authenticator(
        &self,
        session: TokenHash,
        id: AuthenticatorId,
        ctx: &RequestContext,
    ) -> Result<(), FactorError> {
        let ctx = ctx.clone();
        let act = move |identity: &Self, tx: &mut Tx<'_>, who: &Locked| {
            let user = who.profile.user.id;
            let others = tx.authenticators().list(user)?;
            if !others.iter().any(|it| it.id == id) {
                return Err(Stop::Refused(FactorError::NotFound));
            }
            let after = Enrolled { totp: others.len() > 1, ..who.enrolled };
            let (settings, role_asks) = (identity.settings(), who.profile.needs_second_factor);
            ways_in::check(who.enrolled, after, &settings, role_asks)
                .map_err(|reason| Stop::Refused(reason.into()))?;
            tx.authenticators().remove(user, id)?;
            ways_in::changed(tx, user, after)?;
            identity.record_factor(tx, &ctx, Action::FactorRemoved, user, FactorKind::Totp)?;
            let factor = Factor::AuthenticatorApp;
            let message = Message::FactorRemoved { factor, occasion: identity.occasion(&ctx) };
            Ok(identity.notify(tx, &who.profile, &message)?)
        };
        self.freshly(session, act).await
    }

    /// One transaction of somebody who may do what is sensitive, with their account locked.
    pub(super) async fn freshly<T: Send + 'static>(
        &self,
        session: TokenHash,
        act: impl FnOnce(&Self, &mut Tx<'_>, &Locked) -> Result<T, Stop<FactorError>> + Send + 'static,
    ) -> Result<T, FactorError> {
        let who: SignedIn = self.fresh_person(session).await??;
        let identity = self.clone();
        let done = self
            .db()
            .write(move |tx| {
                let locked = identity.fresh_locked(tx, &who)?;
                let locked = locked.map_err(|reason| Stop::Refused(reason.into()))?;
                act(&identity, tx, &locked)
            })
            .await??;
        self.outbox().wake();
        Ok(done)
    }

    /// Begins an app of an account that is locked.
    pub(super) fn begin_app(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        name: AuthenticatorName,
    ) -> Result<Begun, StorageError> {
        let (env, key) = (self.env(), self.outbox().sealing_key(tx)?);
        let (id, secret) = (AuthenticatorId::new(env), TotpSecret::generate(env));
        let begun = Authenticator {
            id,
            user_id: profile.user.id,
            name: name.clone(),
            secret: secret.seal(key, env, id),
            last_step: None,
            created_at: env.now(),
            confirmed_at: None,
            last_used_at: None,
        };
        tx.authenticators().begin(&begun)?;
        let uri = secret.uri(&self.0.options.brand, label(profile));
        Ok(Begun { id, name, secret: secret.shown(), uri })
    }

    /// Lets an app of an account that is locked count from now on, if the code is right. Its time step
    /// is spent by that.
    pub(super) fn confirm_app(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        profile: &Profile,
        id: AuthenticatorId,
        code: &TotpCode,
    ) -> Result<Result<(), NotConfirmed>, StorageError> {
        let (user, now) = (profile.user.id, self.env().now());
        let begun = tx.authenticators().find(user, id)?.filter(|it| it.is_under_way(now));
        let Some(begun) = begun else { return Ok(Err(NotConfirmed::NotUnderWay)) };
        if tx.authenticators().list(user)?.len() >= MAX_AUTHENTICATORS {
            return Ok(Err(NotConfirmed::TooMany));
        }
        let secret = TotpSecret::open(self.outbox().ring(), id, &begun.secret);
        let secret = secret.map_err(|error| StorageError::Other(error.to_string()))?;
        let Some(step) = secret.matching_step(code, now) else {
            return Ok(Err(NotConfirmed::WrongCode));
        };
        if !tx.authenticators().confirm(id, step, now)? {
            return Ok(Err(NotConfirmed::NotUnderWay));
        }
        ways_in::changed(tx, user, Enrolled { totp: true, ..Enrolled::default() })?;
        self.record_factor(tx, ctx, Action::FactorAdded, user, FactorKind::Totp)?;
        Ok(Ok(()))
    }

    /// Tells the person by mail that an app was added.
    pub(super) fn tell_of_app(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        profile: &Profile,
    ) -> Result<(), StorageError> {
        let (factor, occasion) = (Factor::AuthenticatorApp, self.occasion(ctx));
        self.notify(tx, profile, &Message::FactorAdded { factor, occasion })
    }

    /// Notes on the trail what was done to a factor.
    pub(super) fn record_factor(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        action: Action,
        user: UserId,
        factor: FactorKind,
    ) -> Result<(), StorageError> {
        let event = AuditEvent::new(action, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "factor": factor.as_str() }));
        record(tx, self.env(), ctx, &event)
    }

    /// When and where something is done.
    pub(super) fn occasion(&self, ctx: &RequestContext) -> Occasion {
        Occasion::new(self.env().now(), ctx.ip.as_deref(), ctx.user_agent.as_deref())
    }
}

/// What an app shows beside the codes, to tell two accounts apart.
fn label(profile: &Profile) -> &str {
    let address = profile.primary_address.as_ref().map(|address| address.email.as_typed());
    let username = profile.user.username.as_ref().map(Username::as_str);
    let name = || profile.user.display_name(profile.primary_address.as_ref());
    address.or(username).unwrap_or_else(name)
}

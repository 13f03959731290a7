//! Recovery codes: people make them, and every new set takes the place of the one before.

use chrono::{DateTime, Utc};

use super::authenticators::FactorError;
use super::fresh::Locked;
use super::{Identity, record};
use crate::crypto::seal::MasterKey;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::recovery_code::{CODES, RecoveryCode};
use crate::domain::user::Profile;
use crate::kernel::ids::{RecoveryCodeId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::Message;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// What is kept of a code: nobody without the master key can try codes against it.
pub(super) fn hash(master: &MasterKey, user: UserId, code: &RecoveryCode) -> TokenHash {
    master.keyed_hash("recovery_code", code.hashed_as(user).expose()).into()
}

impl Identity {
    /// When the codes of an account were made, and how many are left; `None`: it has none.
    pub async fn recovery_codes(
        &self,
        user: UserId,
    ) -> Result<Option<(DateTime<Utc>, u32)>, StorageError> {
        self.db().load(move |tx| tx.recovery_codes().standing(user)).await
    }

    /// Makes new codes for who is signed in with this cookie. They are shown this once. An account has
    /// them beside a second factor only.
    pub async fn make_recovery_codes(
        &self,
        session: TokenHash,
        ctx: &RequestContext,
    ) -> Result<Vec<RecoveryCode>, FactorError> {
        let ctx = ctx.clone();
        let act = move |identity: &Self, tx: &mut Tx<'_>, who: &Locked| {
            if !who.enrolled.has_second_factor() {
                return Err(Stop::Refused(FactorError::NotFound));
            }
            let codes = identity.make_codes(tx, &ctx, &who.profile)?;
            let message = Message::RecoveryCodesMade { occasion: identity.occasion(&ctx) };
            identity.notify(tx, &who.profile, &message)?;
            Ok(codes)
        };
        self.freshly(session, act).await
    }

    /// Lets an account ask for its second factor in every browser again.
    pub async fn distrust_browsers(
        &self,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.change(move |tx| {
            tx.devices().end_trust(user)?;
            let event =
                AuditEvent::new(Action::BrowsersDistrusted, Actor::User(user)).target("user", user);
            record(tx, identity.env(), &ctx, &event)
        })
        .await
    }

    /// In how many browsers an account asks for no second factor.
    pub async fn trusted_browsers(&self, profile: &Profile) -> Result<u32, StorageError> {
        let (user, now) = (profile.user.clone(), self.env().now());
        if self.settings().trusted_browser_lifetime == 0 {
            return Ok(0);
        }
        let id = user.id;
        let devices = self.db().load(move |tx| tx.devices().list(id)).await?;
        let trusted = devices.iter().filter(|device| device.is_trusted(&user, now)).count();
        Ok(u32::try_from(trusted).unwrap_or(u32::MAX))
    }

    /// Makes new codes for an account that is locked.
    pub(super) fn make_codes(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        profile: &Profile,
    ) -> Result<Vec<RecoveryCode>, StorageError> {
        let (env, user) = (self.env(), profile.user.id);
        let codes: Vec<RecoveryCode> = (0..CODES).map(|_| RecoveryCode::generate(env)).collect();
        let hashed = |code| (RecoveryCodeId::new(env), hash(self.master(), user, code));
        let rows: Vec<_> = codes.iter().map(hashed).collect();
        tx.recovery_codes().replace(user, &rows, env.now())?;
        let event = AuditEvent::new(Action::RecoveryCodesMade, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "codes": codes.len() }));
        record(tx, env, ctx, &event)?;
        Ok(codes)
    }
}

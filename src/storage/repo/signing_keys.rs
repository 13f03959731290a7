//! The keys that sign tokens.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::prepared::sql;
use super::{Handle, StorageError, parse};
use crate::domain::sealed::Sealed;
use crate::domain::signing_key::schedule::Change;
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::storage::schema::signing_keys;

/// Names the lock under which the keys are changed, one transaction after the other: "lkeys" in
/// ASCII.
const LOCK: i64 = 0x6c_6b65_7973;

/// The keys that sign tokens.
pub struct SigningKeys<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(Pg))]
struct KeyRow {
    kid: String,
    algorithm: String,
    state: String,
    public_jwk: serde_json::Value,
    sealed_key: Option<Vec<u8>>,
    seal_key_id: String,
    seal_nonce: Vec<u8>,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
    gone_at: Option<DateTime<Utc>>,
    activates_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<&SigningKey> for KeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.as_str().to_owned(),
            state: key.state.as_str().to_owned(),
            public_jwk: key.public_jwk.clone(),
            sealed_key: (key.state != KeyState::Gone).then(|| key.sealed.ciphertext.clone()),
            seal_key_id: key.sealed.key_id.clone(),
            seal_nonce: key.sealed.nonce.to_vec(),
            created_at: key.created_at,
            activated_at: key.activated_at,
            retired_at: key.retiring_at,
            gone_at: key.gone_at,
            activates_at: key.activates_at,
            revoked_at: key.revoked_at,
        }
    }
}

impl KeyRow {
    fn into_key(self) -> Result<SigningKey, StorageError> {
        let nonce = self.seal_nonce.try_into();
        Ok(SigningKey {
            kid: self.kid,
            algorithm: parse(&self.algorithm, "signing_keys.algorithm")?,
            state: parse(&self.state, "signing_keys.state")?,
            public_jwk: self.public_jwk,
            sealed: Sealed {
                key_id: self.seal_key_id,
                nonce: nonce.map_err(|_| StorageError::Corrupt("signing_keys.seal_nonce"))?,
                ciphertext: self.sealed_key.unwrap_or_default(),
            },
            created_at: self.created_at,
            activates_at: self.activates_at,
            activated_at: self.activated_at,
            retiring_at: self.retired_at,
            gone_at: self.gone_at,
            revoked_at: self.revoked_at,
        })
    }
}

impl SigningKeys<'_> {
    /// Every key, oldest first. The private half of a key that is gone is no longer there: its
    /// ciphertext is empty.
    pub fn list(&mut self) -> Result<Vec<SigningKey>, StorageError> {
        let rows: Vec<KeyRow> = signing_keys::table
            .order((signing_keys::created_at, signing_keys::kid))
            .select(KeyRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(KeyRow::into_key).collect()
    }

    /// Waits until no other transaction is about to change the keys, and keeps others from it until
    /// this one ends. What was read before is to be read again.
    pub fn lock(&mut self) -> Result<(), StorageError> {
        sql("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(LOCK)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Adds a key. False: its algorithm has a key in this state already (there is one active and one
    /// next key each), or it is stored already.
    pub fn insert(&mut self, key: &SigningKey) -> Result<bool, StorageError> {
        let inserted = diesel::insert_into(signing_keys::table)
            .values(KeyRow::from(key))
            .on_conflict_do_nothing()
            .execute(self.0.writing()?)?;
        Ok(inserted > 0)
    }

    /// Writes a step of the schedule down. False: the key does not stand where the step begins, so
    /// that somebody else has changed it since it was read.
    pub fn apply(&mut self, change: &Change) -> Result<bool, StorageError> {
        if let Change::Published(key) = change {
            return self.insert(key);
        }
        let pg = self.0.writing()?;
        let none: Option<Vec<u8>> = None;
        let in_state = |kid, state: KeyState| {
            let key = signing_keys::table.find(kid);
            key.filter(signing_keys::state.eq(state.as_str()))
        };
        let written = match change {
            Change::Published(_) => 0,
            Change::Scheduled { kid, at } => diesel::update(in_state(kid, KeyState::Next))
                .set(signing_keys::activates_at.eq(at))
                .execute(pg)?,
            Change::Retired { kid, at } => diesel::update(in_state(kid, KeyState::Active))
                .set((
                    signing_keys::state.eq(KeyState::Retiring.as_str()),
                    signing_keys::retired_at.eq(at),
                ))
                .execute(pg)?,
            Change::Activated { kid, at } => diesel::update(in_state(kid, KeyState::Next))
                .set((
                    signing_keys::state.eq(KeyState::Active.as_str()),
                    signing_keys::activated_at.eq(at),
                ))
                .execute(pg)?,
            Change::Withdrawn { kid, at } => diesel::update(in_state(kid, KeyState::Retiring))
                .set((
                    signing_keys::state.eq(KeyState::Gone.as_str()),
                    signing_keys::gone_at.eq(at),
                    signing_keys::sealed_key.eq(none),
                ))
                .execute(pg)?,
            Change::Revoked { kid, at, was } => {
                let key = in_state(kid, *was).filter(signing_keys::revoked_at.is_null());
                diesel::update(key)
                    .set((
                        signing_keys::state.eq(KeyState::Gone.as_str()),
                        signing_keys::gone_at.eq(at),
                        signing_keys::revoked_at.eq(at),
                        signing_keys::sealed_key.eq(none),
                    ))
                    .execute(pg)?
            }
            Change::Forgotten { kid } => {
                diesel::delete(in_state(kid, KeyState::Gone)).execute(pg)?
            }
        };
        Ok(written > 0)
    }

    /// Puts the private half, sealed anew, in the place of the one sealed under the master key
    /// `before`. False: it was not sealed under that.
    pub fn reseal(
        &mut self,
        kid: &str,
        before: &str,
        sealed: &Sealed,
    ) -> Result<bool, StorageError> {
        let key = signing_keys::table
            .find(kid)
            .filter(signing_keys::seal_key_id.eq(before))
            .filter(signing_keys::sealed_key.is_not_null());
        let written = diesel::update(key)
            .set((
                signing_keys::sealed_key.eq(Some(&sealed.ciphertext)),
                signing_keys::seal_key_id.eq(&sealed.key_id),
                signing_keys::seal_nonce.eq(sealed.nonce.to_vec()),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }
}

//! The keys that sign tokens.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;

use super::{Handle, StorageError, parse};
use crate::domain::sealed::Sealed;
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::storage::schema::signing_keys;

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
            activated_at: self.activated_at,
            retiring_at: self.retired_at,
            gone_at: self.gone_at,
        })
    }
}

impl SigningKeys<'_> {
    /// Keys that sign or are published: the next, the active and the retiring ones, oldest first.
    pub fn usable(&mut self) -> Result<Vec<SigningKey>, StorageError> {
        let rows: Vec<KeyRow> = signing_keys::table
            .filter(signing_keys::state.ne(KeyState::Gone.as_str()))
            .order((signing_keys::created_at, signing_keys::kid))
            .select(KeyRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(KeyRow::into_key).collect()
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

    /// Every key, oldest first. The private half of a key that is gone is no longer there: its
    /// ciphertext is empty.
    pub fn list(&mut self) -> Result<Vec<SigningKey>, StorageError> {
        let rows: Vec<KeyRow> = signing_keys::table
            .order((signing_keys::created_at, signing_keys::kid))
            .select(KeyRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(KeyRow::into_key).collect()
    }
}

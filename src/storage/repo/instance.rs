//! What the database belongs to.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::instance::Instance;
use crate::domain::sealed::Sealed;
use crate::storage::schema::instance;

/// What the database belongs to.
pub struct InstanceRow<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = instance, check_for_backend(Pg))]
struct InstanceColumns {
    issuer: String,
    master_key_id: String,
    administrator_at: Option<DateTime<Utc>>,
    hashing_key: Option<Vec<u8>>,
    hashing_key_nonce: Option<Vec<u8>>,
}

impl InstanceColumns {
    fn into_instance(self) -> Result<Instance, StorageError> {
        const NONCE: StorageError = StorageError::Corrupt("instance.hashing_key_nonce");
        let key_id = self.master_key_id.clone();
        let hashing_key = match (self.hashing_key, self.hashing_key_nonce) {
            (None, None) => None,
            (Some(ciphertext), Some(nonce)) => {
                let nonce = nonce.try_into().map_err(|_| NONCE)?;
                Some(Sealed { key_id, nonce, ciphertext })
            }
            (Some(_), None) | (None, Some(_)) => return Err(NONCE),
        };
        Ok(Instance {
            issuer: self.issuer,
            master_key_id: self.master_key_id,
            hashing_key,
            administrator_at: self.administrator_at,
        })
    }
}

impl InstanceRow<'_> {
    /// Claims a fresh database, and tells what it belongs to, which is something else when it was
    /// claimed before: two statements.
    pub fn claim(
        &mut self,
        issuer: &str,
        master_key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Instance, StorageError> {
        let pg = self.0.writing()?;
        diesel::insert_into(instance::table)
            .values((
                instance::singleton.eq(true),
                instance::issuer.eq(issuer),
                instance::master_key_id.eq(master_key_id),
                instance::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(pg)?;
        instance::table.select(InstanceColumns::as_select()).first(pg)?.into_instance()
    }

    /// What the database belongs to; `None` before anything claimed it.
    pub fn find(&mut self) -> Result<Option<Instance>, StorageError> {
        let found: Option<InstanceColumns> = instance::table
            .select(InstanceColumns::as_select())
            .first(self.0.reading())
            .optional()?;
        found.map(InstanceColumns::into_instance).transpose()
    }

    /// The id of the master key under which everything is sealed, and stays so until the transaction
    /// ends; `None` before anything claimed the database.
    pub fn sealing_key_id(&mut self) -> Result<Option<String>, StorageError> {
        Ok(instance::table
            .select(instance::master_key_id)
            .for_share()
            .first(self.0.writing()?)
            .optional()?)
    }

    /// Waits for whoever seals something, and keeps others from it until the transaction ends. What was
    /// read before is to be read again.
    pub fn lock(&mut self) -> Result<(), StorageError> {
        let _: Option<bool> = instance::table
            .select(instance::singleton)
            .for_update()
            .first(self.0.writing()?)
            .optional()?;
        Ok(())
    }

    /// Notes that everything is sealed under another master key from now on, the key of keyed hashes
    /// too. False: it was not sealed under `before`, or the database is not claimed.
    pub fn reseal(&mut self, before: &str, hashing_key: &Sealed) -> Result<bool, StorageError> {
        let written = diesel::update(instance::table)
            .filter(instance::master_key_id.eq(before))
            .set((
                instance::master_key_id.eq(&hashing_key.key_id),
                instance::hashing_key.eq(Some(&hashing_key.ciphertext)),
                instance::hashing_key_nonce.eq(Some(hashing_key.nonce.to_vec())),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Notes that the first administrator is made. False: there was one already, or the database is
    /// not claimed.
    pub fn administrator_made(&mut self, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let first = instance::table.filter(instance::administrator_at.is_null());
        let noted = diesel::update(first)
            .set(instance::administrator_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(noted > 0)
    }
}

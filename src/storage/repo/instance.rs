//! What the database belongs to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::instance::Instance;
use crate::storage::schema::instance;

/// What the database belongs to.
pub struct InstanceRow<'t>(pub(in crate::storage) Handle<'t>);

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
        let (issuer, master_key_id, administrator_at) = instance::table
            .select((instance::issuer, instance::master_key_id, instance::administrator_at))
            .first(pg)?;
        Ok(Instance { issuer, master_key_id, administrator_at })
    }

    /// What the database belongs to; `None` before anything claimed it.
    pub fn find(&mut self) -> Result<Option<Instance>, StorageError> {
        let found: Option<(String, String, Option<DateTime<Utc>>)> = instance::table
            .select((instance::issuer, instance::master_key_id, instance::administrator_at))
            .first(self.0.reading())
            .optional()?;
        Ok(found.map(|(issuer, master_key_id, administrator_at)| Instance {
            issuer,
            master_key_id,
            administrator_at,
        }))
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

//! Password hashes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::kernel::ids::UserId;
use crate::storage::schema::password_credentials;

/// Password hashes.
pub struct Passwords<'t>(pub(in crate::storage) Handle<'t>);

impl Passwords<'_> {
    /// The PHC string of somebody's password.
    pub fn find(&mut self, user: UserId) -> Result<Option<String>, StorageError> {
        Ok(password_credentials::table
            .find(user.0)
            .select(password_credentials::phc)
            .first(self.0.reading())
            .optional()?)
    }

    /// Sets the PHC string of somebody's password.
    pub fn set(&mut self, user: UserId, phc: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
        let values = (password_credentials::phc.eq(phc), password_credentials::changed_at.eq(now));
        diesel::insert_into(password_credentials::table)
            .values((password_credentials::user_id.eq(user.0), values))
            .on_conflict(password_credentials::user_id)
            .do_update()
            .set(values)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// From now on no password is right.
    pub fn remove(&mut self, user: UserId) -> Result<(), StorageError> {
        diesel::delete(password_credentials::table.find(user.0)).execute(self.0.writing()?)?;
        Ok(())
    }
}

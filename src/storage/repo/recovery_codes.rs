//! Codes on paper.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::kernel::ids::{RecoveryCodeId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::recovery_codes;

/// Codes on paper.
pub struct RecoveryCodes<'t>(pub(in crate::storage) Handle<'t>);

impl RecoveryCodes<'_> {
    /// Gives an account these codes, by their keyed hashes, in the place of all that it had: two
    /// statements.
    pub fn replace(
        &mut self,
        user: UserId,
        codes: &[(RecoveryCodeId, TokenHash)],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user.0)))
            .execute(pg)?;
        let rows: Vec<_> = codes
            .iter()
            .map(|(id, hash)| {
                (
                    recovery_codes::id.eq(id.0),
                    recovery_codes::user_id.eq(user.0),
                    recovery_codes::code_hash.eq(hash.as_bytes()),
                    recovery_codes::created_at.eq(now),
                )
            })
            .collect();
        diesel::insert_into(recovery_codes::table).values(rows).execute(pg)?;
        Ok(())
    }

    /// Takes all codes of an account away.
    pub fn remove_all(&mut self, user: UserId) -> Result<(), StorageError> {
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user.0)))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses a code up. False: the account has none like it, or it was used before.
    pub fn spend(
        &mut self,
        user: UserId,
        code: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let unused = recovery_codes::table
            .filter(recovery_codes::user_id.eq(user.0))
            .filter(recovery_codes::code_hash.eq(code.as_bytes()))
            .filter(recovery_codes::used_at.is_null());
        let spent = diesel::update(unused)
            .set(recovery_codes::used_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(spent > 0)
    }

    /// When the codes of an account were made, and how many of them are left; `None`: it has none.
    pub fn standing(&mut self, user: UserId) -> Result<Option<(DateTime<Utc>, u32)>, StorageError> {
        let rows: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = recovery_codes::table
            .filter(recovery_codes::user_id.eq(user.0))
            .select((recovery_codes::created_at, recovery_codes::used_at))
            .load(self.0.reading())?;
        let left = rows.iter().filter(|(_, used_at)| used_at.is_none()).count();
        let made_at = rows.first().map(|(made_at, _)| *made_at);
        Ok(made_at.map(|made_at| (made_at, u32::try_from(left).unwrap_or(u32::MAX))))
    }
}

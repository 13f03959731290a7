//! Locks and questions that keep in order what happens to accounts at the same time.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamptz, Uuid as SqlUuid};

use super::StorageError;
use super::instance::InstanceRow;
use super::one_time_links::OneTimeLinks;
use super::prepared::sql;
use super::users::Users;
use crate::kernel::ids::UserId;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

impl Users<'_> {
    /// Keeps an account and its credentials as they are until the transaction ends: whoever
    /// changes them begins with the account's row, and waits. Several may hold it at once.
    pub fn hold(&mut self, id: UserId) -> Result<(), StorageError> {
        sql("SELECT 1 FROM users WHERE id = $1 FOR SHARE")
            .bind::<SqlUuid, _>(id.0)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Takes the right to change an account, its credentials and its links, until the transaction
    /// ends. Whoever changes several of them begins with this: in another order two of them would
    /// wait for each other for ever.
    pub fn lock(&mut self, id: UserId) -> Result<(), StorageError> {
        sql("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE")
            .bind::<SqlUuid, _>(id.0)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Takes the right to change who is left with a role, until the transaction ends.
    pub fn lock_role(&mut self, role: &str) -> Result<(), StorageError> {
        sql("SELECT pg_advisory_xact_lock(hashtextextended('role ' || $1, 0))")
            .bind::<Text, _>(role)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Whether somebody else with this role can use their account.
    pub fn other_active_holder(
        &mut self,
        role: &str,
        except: UserId,
    ) -> Result<bool, StorageError> {
        let found: Answer = sql("SELECT EXISTS (SELECT 1 FROM roles r \
             JOIN user_roles h ON h.role_id = r.id JOIN users u ON u.id = h.user_id \
             WHERE r.name = $1 AND u.id <> $2 AND u.status = 'active') AS answer")
        .bind::<Text, _>(role)
        .bind::<SqlUuid, _>(except.0)
        .get_result(self.0.reading())?;
        Ok(found.answer)
    }
}

impl OneTimeLinks<'_> {
    /// Uses up every link that would make the first administrator.
    pub fn kill_setup_links(&mut self, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE one_time_links SET consumed_at = $1 \
             WHERE purpose = 'administrator' AND consumed_at IS NULL")
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(())
    }
}

impl InstanceRow<'_> {
    /// Whether the first administrator was made, ever.
    pub fn administrator_exists(&mut self) -> Result<bool, StorageError> {
        let found: Answer = sql(
            "SELECT EXISTS (SELECT 1 FROM instance WHERE administrator_at IS NOT NULL) AS answer",
        )
        .get_result(self.0.reading())?;
        Ok(found.answer)
    }
}

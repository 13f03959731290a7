//! What names a person, and is never given to another one: taken by an account, or reserved after
//! one that is gone.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::StorageError;
use super::users::Users;
use crate::domain::address::Identifier;
use crate::domain::user::{Leaving, RetiredKind};
use crate::kernel::ids::UserId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::{addresses, retired_identifiers, users};

/// How long the removal of an account waits for whoever holds one of its rows.
const PATIENCE: &str = "SELECT set_config('lock_timeout', '100ms', true)";

#[diesel::dsl::auto_type]
pub(super) fn reserved<'a>(kind: &'a str, hash: &'a [u8]) -> _ {
    retired_identifiers::table
        .filter(retired_identifiers::kind.eq(kind))
        .filter(retired_identifiers::hash.eq(hash))
}

impl Users<'_> {
    /// Whether anybody has this identifier, verified or not, or had it before their account was
    /// removed: `retired` is the hash under which it would be reserved.
    pub fn identifier_taken(
        &mut self,
        identifier: &Identifier,
        retired: TokenHash,
    ) -> Result<bool, StorageError> {
        let taken = match identifier {
            Identifier::Email(email) => {
                let owned = addresses::table.filter(addresses::canonical.eq(email.canonical()));
                let gone = reserved(RetiredKind::Address.as_str(), retired.as_bytes());
                select(exists(owned).or(exists(gone))).get_result(self.0.reading())?
            }
            Identifier::Username(username) => {
                let owned = users::table.filter(users::username.eq(username.as_str()));
                let gone = reserved(RetiredKind::Username.as_str(), retired.as_bytes());
                select(exists(owned).or(exists(gone))).get_result(self.0.reading())?
            }
        };
        Ok(taken)
    }

    /// Whether anybody has this `sub`, or had it before their account was removed.
    pub fn subject_taken(
        &mut self,
        subject: &str,
        retired: TokenHash,
    ) -> Result<bool, StorageError> {
        let owned = users::table.filter(users::subject.eq(subject));
        let gone = reserved(RetiredKind::Subject.as_str(), retired.as_bytes());
        Ok(select(exists(owned).or(exists(gone))).get_result(self.0.reading())?)
    }

    /// What names an account whose deletion was asked for before then: two statements. Its row is
    /// locked until the transaction ends. `None`: it was brought back, or somebody holds it.
    pub fn lock_leaving(
        &mut self,
        id: UserId,
        before: DateTime<Utc>,
    ) -> Result<Option<Leaving>, StorageError> {
        let pg = self.0.writing()?;
        let found: Option<(String, Option<String>)> = users::table
            .find(id.0)
            .filter(users::deleting_since.le(before))
            .select((users::subject, users::username))
            .for_update()
            .skip_locked()
            .first(pg)
            .optional()?;
        let Some((subject, username)) = found else { return Ok(None) };
        let addresses = addresses::table
            .filter(addresses::user_id.eq(id.0))
            .filter(addresses::verified_at.is_not_null())
            .select(addresses::canonical)
            .load(pg)?;
        Ok(Some(Leaving { subject, username, addresses }))
    }

    /// Reserves identifiers for ever, under keyed hashes.
    pub fn retire(
        &mut self,
        identifiers: &[(RetiredKind, TokenHash)],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let rows: Vec<_> = identifiers
            .iter()
            .map(|(kind, hash)| {
                (
                    retired_identifiers::kind.eq(kind.as_str()),
                    retired_identifiers::hash.eq(hash.as_bytes()),
                    retired_identifiers::retired_at.eq(now),
                )
            })
            .collect();
        diesel::insert_into(retired_identifiers::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Removes an account with everything that is its own: two statements. Fails with
    /// [`StorageError::Timeout`] when somebody holds one of its rows for more than a moment.
    pub fn remove(&mut self, id: UserId) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        diesel::sql_query(PATIENCE).execute(pg)?;
        diesel::delete(users::table.find(id.0)).execute(pg)?;
        Ok(())
    }
}

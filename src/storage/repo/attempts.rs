//! Counted attempts: exact over all nodes, because Postgres counts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Int4, Text, Timestamptz};

use super::{Handle, StorageError};
use crate::domain::rate_limit::{AttemptKind, Counted, Limit};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::attempt_counters;

/// Counted attempts.
pub struct Attempts<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName, Queryable, Selectable)]
#[diesel(table_name = attempt_counters, check_for_backend(diesel::pg::Pg))]
struct CounterRow {
    #[diesel(sql_type = Int4)]
    count: i32,
    #[diesel(sql_type = Timestamptz)]
    window_ends_at: DateTime<Utc>,
}

impl CounterRow {
    fn into_counted(self) -> Result<Counted, StorageError> {
        let count = u32::try_from(self.count);
        Ok(Counted {
            count: count.map_err(|_| StorageError::Corrupt("attempt_counters.count"))?,
            window_ends_at: self.window_ends_at,
        })
    }
}

impl Attempts<'_> {
    /// Counts one more attempt and tells the count, this one included. A window that has ended
    /// starts anew.
    pub fn reserve(
        &mut self,
        kind: AttemptKind,
        key: TokenHash,
        limit: Limit,
        now: DateTime<Utc>,
    ) -> Result<Counted, StorageError> {
        diesel::sql_query(
            "INSERT INTO attempt_counters AS old (kind, key, window_started_at, window_ends_at, count) \
             VALUES ($1, $2, $3, $4, 1) \
             ON CONFLICT (kind, key) DO UPDATE SET \
             count = CASE WHEN old.window_ends_at <= $3 THEN 1 \
             ELSE LEAST(old.count, 2147483646) + 1 END, \
             window_started_at = CASE WHEN old.window_ends_at <= $3 THEN $3 \
             ELSE old.window_started_at END, \
             window_ends_at = CASE WHEN old.window_ends_at <= $3 THEN $4 \
             ELSE old.window_ends_at END \
             RETURNING count, window_ends_at",
        )
        .bind::<Text, _>(kind.as_str())
        .bind::<Bytea, _>(key.as_bytes())
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + limit.window)
        .get_result::<CounterRow>(self.0.writing()?)?
        .into_counted()
    }

    /// Takes one attempt back, because it succeeded. The count never falls below zero.
    pub fn release(&mut self, kind: AttemptKind, key: TokenHash) -> Result<(), StorageError> {
        let counted = attempt_counters::table
            .find((kind.as_str(), key.as_bytes()))
            .filter(attempt_counters::count.gt(0));
        diesel::update(counted)
            .set(attempt_counters::count.eq(attempt_counters::count - 1))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Forgets the count.
    pub fn reset(&mut self, kind: AttemptKind, key: TokenHash) -> Result<(), StorageError> {
        diesel::delete(attempt_counters::table.find((kind.as_str(), key.as_bytes())))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The count, unless its window has ended.
    pub fn peek(
        &mut self,
        kind: AttemptKind,
        key: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<Counted>, StorageError> {
        attempt_counters::table
            .find((kind.as_str(), key.as_bytes()))
            .filter(attempt_counters::window_ends_at.gt(now))
            .select(CounterRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(CounterRow::into_counted)
            .transpose()
    }
}

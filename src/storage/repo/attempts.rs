//! Counted attempts: exact over all nodes, because Postgres counts.
//!
//! Whoever takes several counters takes them in the order of kind and key, so that nobody waits in a
//! circle, and begins with [`Attempts::hold`] where one statement does not take them all; and as the
//! last thing of a transaction, because everybody at one address waits for them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bytea, Int4, Nullable, Text, Timestamptz};

use super::prepared::sql;
use super::{Handle, StorageError, hash, parse};
use crate::domain::rate_limit::{AttemptKind, Counted};
use crate::kernel::token_hash::TokenHash;

/// Counted attempts.
pub struct Attempts<'t>(pub(in crate::storage) Handle<'t>);

/// A counter: what it counts, and for whom.
pub type CounterId = (AttemptKind, TokenHash);

/// How many bytes the keys of counters have in common that are forgotten together.
pub const PREFIX: usize = 16;

#[derive(QueryableByName)]
struct CounterRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bytea)]
    key: Vec<u8>,
    #[diesel(sql_type = Int4)]
    count: i32,
    #[diesel(sql_type = Timestamptz)]
    window_ends_at: DateTime<Utc>,
}

impl CounterRow {
    fn into_counted(self) -> Result<(CounterId, Counted), StorageError> {
        let id =
            (parse(&self.kind, "attempt_counters.kind")?, hash(&self.key, "attempt_counters.key")?);
        let count = u32::try_from(self.count);
        let counted = Counted {
            count: count.map_err(|_| StorageError::Corrupt("attempt_counters.count"))?,
            window_ends_at: self.window_ends_at,
        };
        Ok((id, counted))
    }
}

/// What the rows say of each counter; `None` where there is no row.
fn in_order(
    ids: &[CounterId],
    rows: Vec<CounterRow>,
) -> Result<Vec<Option<Counted>>, StorageError> {
    let found: Vec<_> = rows.into_iter().map(CounterRow::into_counted).collect::<Result<_, _>>()?;
    let of = |id: &CounterId| found.iter().find(|(it, _)| it == id).map(|(_, counted)| *counted);
    Ok(ids.iter().map(of).collect())
}

fn columns(ids: &[CounterId]) -> (Vec<&'static str>, Vec<&[u8]>) {
    ids.iter().map(|(kind, key)| (kind.as_str(), key.as_bytes())).unzip()
}

/// The rows of the counters of kind $1 from $2 to $3, locked in the order that everybody
/// keeps.
macro_rules! between {
    () => {
        "SELECT c.kind, c.key FROM attempt_counters c \
         JOIN unnest($1::text[], $2::bytea[], $3::bytea[]) AS asked (kind, least, most) \
         ON c.kind = asked.kind AND c.key >= asked.least AND c.key <= asked.most \
         ORDER BY c.kind, c.key FOR UPDATE OF c"
    };
}

/// The kinds, and the first and last keys that begin like these.
fn ranges(ids: &[CounterId]) -> (Vec<&'static str>, Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (kinds, keys) = columns(ids);
    let ends = |filler: u8| -> Vec<Vec<u8>> {
        let end = |key: &&[u8]| {
            let begin = key.iter().copied().take(PREFIX);
            begin.chain(std::iter::repeat_n(filler, key.len() - PREFIX)).collect()
        };
        keys.iter().map(end).collect()
    };
    (kinds, ends(0), ends(u8::MAX))
}

impl Attempts<'_> {
    /// The counts, in the order of `ids`; `None` where nothing was counted or the window has ended.
    pub fn load(
        &mut self,
        ids: &[CounterId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Option<Counted>>, StorageError> {
        let (kinds, keys) = columns(ids);
        let rows = sql("SELECT c.kind, c.key, c.count, c.window_ends_at FROM attempt_counters c \
             JOIN unnest($1::text[], $2::bytea[]) AS asked (kind, key) \
             ON c.kind = asked.kind AND c.key = asked.key WHERE c.window_ends_at > $3")
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Bytea>, _>(keys)
        .bind::<Timestamptz, _>(now)
        .load(self.0.reading())?;
        in_order(ids, rows)
    }

    /// Counts one more attempt in each, whose window lasts until the time beside it if it begins
    /// now, and tells the counts, these attempts included. A window that has ended starts anew.
    pub fn reserve(
        &mut self,
        counters: &[(CounterId, DateTime<Utc>)],
        now: DateTime<Utc>,
    ) -> Result<Vec<Counted>, StorageError> {
        let ids: Vec<CounterId> = counters.iter().map(|(id, _)| *id).collect();
        let ends: Vec<DateTime<Utc>> = counters.iter().map(|(_, end)| *end).collect();
        let (kinds, keys) = columns(&ids);
        let rows = sql("INSERT INTO attempt_counters AS old \
             (kind, key, window_started_at, window_ends_at, count) \
             SELECT kind, key, $4, ends, 1 \
             FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS asked (kind, key, ends) \
             ORDER BY kind, key \
             ON CONFLICT (kind, key) DO UPDATE SET \
             count = CASE WHEN old.window_ends_at <= $4 THEN 1 \
             ELSE LEAST(old.count, 2147483646) + 1 END, \
             window_started_at = CASE WHEN old.window_ends_at <= $4 THEN $4 \
             ELSE old.window_started_at END, \
             window_ends_at = CASE WHEN old.window_ends_at <= $4 THEN excluded.window_ends_at \
             ELSE old.window_ends_at END \
             RETURNING kind, key, count, window_ends_at")
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Bytea>, _>(keys)
        .bind::<Array<Timestamptz>, _>(ends)
        .bind::<Timestamptz, _>(now)
        .load(self.0.writing()?)?;
        let counted: Option<Vec<_>> = in_order(&ids, rows)?.into_iter().collect();
        counted.ok_or(StorageError::Corrupt("attempt_counters.key"))
    }

    /// Takes one attempt back from each. No count falls below zero.
    pub fn release(&mut self, ids: &[CounterId]) -> Result<(), StorageError> {
        self.settle(ids, &[])
    }

    /// Forgets the counts that are below `limit`.
    pub fn reset(&mut self, ids: &[CounterId], limit: u32) -> Result<(), StorageError> {
        self.settle(&[], &ids.iter().map(|id| (*id, limit)).collect::<Vec<_>>())
    }

    /// [`Attempts::release`] for the first, and [`Attempts::reset`] for the others, each with its own
    /// limit, in one statement. All of them are different.
    pub fn settle(
        &mut self,
        given_back: &[CounterId],
        forgotten: &[(CounterId, u32)],
    ) -> Result<(), StorageError> {
        let below = |limit: &u32| i32::try_from(*limit).unwrap_or(i32::MAX);
        let all = given_back.iter().map(|id| (*id, None));
        let all = all.chain(forgotten.iter().map(|(id, limit)| (*id, Some(below(limit)))));
        let (ids, below): (Vec<_>, Vec<_>) = all.unzip();
        debug_assert!((1..ids.len()).all(|at| !ids[..at].contains(&ids[at])), "a counter twice");
        let (kinds, keys) = columns(&ids);
        sql("WITH held AS (SELECT c.kind, c.key, asked.below FROM attempt_counters c \
             JOIN unnest($1::text[], $2::bytea[], $3::int4[]) AS asked (kind, key, below) \
             ON c.kind = asked.kind AND c.key = asked.key \
             ORDER BY c.kind, c.key FOR UPDATE OF c), \
             forgotten AS (DELETE FROM attempt_counters c USING held \
             WHERE c.kind = held.kind AND c.key = held.key AND c.count < held.below) \
             UPDATE attempt_counters c SET count = c.count - 1 FROM held \
             WHERE c.kind = held.kind AND c.key = held.key AND held.below IS NULL AND c.count > 0")
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Bytea>, _>(keys)
        .bind::<Array<Nullable<Int4>>, _>(below)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Takes the counters, and all whose key begins like one of `alike`, until the transaction ends.
    /// Whoever needs several statements for them begins with this.
    pub fn hold(&mut self, ids: &[CounterId], alike: &[CounterId]) -> Result<(), StorageError> {
        let (kinds, least) = columns(ids);
        let (alike_kinds, alike_least, alike_most) = ranges(alike);
        let kinds = [kinds, alike_kinds].concat();
        let least: Vec<Vec<u8>> = least.into_iter().map(<[u8]>::to_vec).collect();
        let most = [least.clone(), alike_most].concat();
        sql(concat!("SELECT 1 FROM (", between!(), ") AS held"))
            .bind::<Array<Text>, _>(kinds)
            .bind::<Array<Bytea>, _>([least, alike_least].concat())
            .bind::<Array<Bytea>, _>(most)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Forgets every count whose key begins like one of these in their first [`PREFIX`] bytes.
    pub fn reset_alike(&mut self, ids: &[CounterId]) -> Result<(), StorageError> {
        let (kinds, least, most) = ranges(ids);
        sql(concat!(
            "WITH held AS (",
            between!(),
            ") DELETE FROM attempt_counters c USING held \
             WHERE c.kind = held.kind AND c.key = held.key"
        ))
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Bytea>, _>(least)
        .bind::<Array<Bytea>, _>(most)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Lets the present window of a counter last until then.
    pub fn prolong(&mut self, id: CounterId, until: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE attempt_counters SET window_ends_at = $3 WHERE kind = $1 AND key = $2")
            .bind::<Text, _>(id.0.as_str())
            .bind::<Bytea, _>(id.1.as_bytes())
            .bind::<Timestamptz, _>(until)
            .execute(self.0.writing()?)?;
        Ok(())
    }
}

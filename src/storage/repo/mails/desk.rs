//! Letters as operators see them, and what they do with them.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::{Mails, attempts, sealed};
use crate::domain::mail::{MailRecord, MailState};
use crate::domain::sealed::Sealed;
use crate::kernel::ids::{MailId, UserId};
use crate::storage::error::StorageError;
use crate::storage::repo::parse;
use crate::storage::repo::prepared::sql;
use crate::storage::schema::mails;

/// How many letters wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// So many are queued or being sent.
    pub count: u64,
    /// When the oldest of them was written.
    pub since: Option<DateTime<Utc>>,
    /// So many were given up, and not purged yet.
    pub dead: u64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mails, check_for_backend(Pg))]
struct MailRow {
    id: Uuid,
    user_id: Option<Uuid>,
    recipient: String,
    kind: String,
    language: String,
    seal_key_id: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    state: String,
    attempts: i32,
    due_at: DateTime<Utc>,
    last_error: Option<String>,
    finished_at: Option<DateTime<Utc>>,
}

impl MailRow {
    fn into_record(self) -> Result<MailRecord, StorageError> {
        Ok(MailRecord {
            id: MailId(self.id),
            user_id: self.user_id.map(UserId),
            recipient: self.recipient,
            kind: self.kind,
            language: self.language,
            state: parse(&self.state, "mails.state")?,
            attempts: attempts(self.attempts)?,
            created_at: self.created_at,
            due_at: self.due_at,
            expires_at: self.expires_at,
            finished_at: self.finished_at,
            last_error: self.last_error,
            is_sealed: self.seal_key_id.is_some(),
        })
    }
}

impl Mails<'_> {
    /// A letter as operators see it.
    pub fn find(&mut self, id: MailId) -> Result<Option<MailRecord>, StorageError> {
        let row: Option<MailRow> = mails::table
            .find(id.0)
            .select(MailRow::as_select())
            .first(self.0.reading())
            .optional()?;
        row.map(MailRow::into_record).transpose()
    }

    /// The latest letters, or the latest of them in this state.
    pub fn list(
        &mut self,
        state: Option<MailState>,
        limit: u32,
    ) -> Result<Vec<MailRecord>, StorageError> {
        let mut query = mails::table
            .order((mails::created_at.desc(), mails::id.desc()))
            .limit(i64::from(limit))
            .select(MailRow::as_select())
            .into_boxed();
        if let Some(state) = state {
            query = query.filter(mails::state.eq(state.as_str()));
        }
        let rows: Vec<MailRow> = query.load(self.0.reading())?;
        rows.into_iter().map(MailRow::into_record).collect()
    }

    /// Makes a letter due at once, with all its attempts before it. False: it does not stand as it did
    /// in `seen`.
    pub fn retry(&mut self, seen: &MailRecord, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let done = sql("UPDATE mails SET state = 'queued', lease_id = NULL, due_at = $4, \
             attempts = 0, finished_at = NULL \
             WHERE id = $1 AND state = $2 AND due_at = $3 AND sealed_letter IS NOT NULL")
        .bind::<SqlUuid, _>(seen.id.0)
        .bind::<Text, _>(seen.state.as_str())
        .bind::<Timestamptz, _>(seen.due_at)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(done > 0)
    }

    /// Takes a letter out, and wipes what it says. False: as for [`Mails::retry`].
    pub fn discard(&mut self, seen: &MailRecord, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let done = sql(concat!(
            "UPDATE mails SET state = 'dropped', lease_id = NULL, \
             finished_at = COALESCE(finished_at, $4), ",
            wiped!(),
            " WHERE id = $1 AND state = $2 AND due_at = $3"
        ))
        .bind::<SqlUuid, _>(seen.id.0)
        .bind::<Text, _>(seen.state.as_str())
        .bind::<Timestamptz, _>(seen.due_at)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(done > 0)
    }

    /// How many letters wait, and for how long.
    pub fn waiting(&mut self) -> Result<Waiting, StorageError> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            count: i64,
            #[diesel(sql_type = Nullable<Timestamptz>)]
            since: Option<DateTime<Utc>>,
            #[diesel(sql_type = BigInt)]
            dead: i64,
        }
        let row: Row = sql("SELECT count(*) AS count, min(created_at) AS since, \
             (SELECT count(*) FROM mails WHERE state = 'dead') AS dead \
             FROM mails WHERE state IN ('queued', 'sending')")
        .get_result(self.0.reading())?;
        let natural = |count: i64| u64::try_from(count).unwrap_or_default();
        Ok(Waiting { count: natural(row.count), since: row.since, dead: natural(row.dead) })
    }

    /// What the letters of `latchkey dev` say, latest first, with what is known of them.
    pub fn kept(&mut self, limit: u32) -> Result<Vec<(MailRecord, Sealed)>, StorageError> {
        type Row = (MailRow, Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);
        let rows: Vec<Row> = mails::table
            .filter(mails::state.eq(MailState::Kept.as_str()))
            .order((mails::created_at.desc(), mails::id.desc()))
            .limit(i64::from(limit))
            .select((
                MailRow::as_select(),
                mails::sealed_letter,
                mails::seal_key_id,
                mails::seal_nonce,
            ))
            .load(self.0.reading())?;
        rows.into_iter()
            .map(|(row, letter, key_id, nonce)| {
                let (Some(letter), Some(key_id), Some(nonce)) = (letter, key_id, nonce) else {
                    return Err(StorageError::Corrupt("mails.sealed_letter"));
                };
                Ok((row.into_record()?, sealed(key_id, nonce, letter)?))
            })
            .collect()
    }
}

//! Mail that is to be sent: the queue that all nodes share, and what has become of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Int4, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError, parse};
use crate::domain::address::EmailAddress;
use crate::domain::mail::{Attempt, MailState, MessageKind};
use crate::domain::sealed::Sealed;
use crate::kernel::ids::{LeaseId, MailId, UserId};

/// Takes away what a letter says.
macro_rules! wiped {
    () => {
        "sealed_letter = NULL, seal_key_id = NULL, seal_nonce = NULL"
    };
}

/// What is left of a letter whose lease is over or given back, in each update that ends an attempt.
macro_rules! own {
    ($set:literal) => {
        concat!("UPDATE mails SET lease_id = NULL, ", $set, " WHERE id = $1 AND lease_id = $2")
    };
}

mod desk;
mod seals;

/// Mail that is to be sent.
pub struct Mails<'t>(pub(in crate::storage) Handle<'t>);

/// A letter that is written down.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// The row, and the Message-ID.
    pub id: MailId,
    /// Whose account it concerns.
    pub user_id: Option<UserId>,
    /// Where it goes.
    pub recipient: &'a EmailAddress,
    /// What it is about.
    pub kind: MessageKind,
    /// Its language.
    pub language: &'a str,
    /// What it says.
    pub sealed: &'a Sealed,
    /// From when on it is not sent any more.
    pub expires_at: DateTime<Utc>,
    /// Whether it only stays here, to be looked at.
    pub is_kept: bool,
}

/// A letter that a node has leased.
#[derive(Debug)]
pub struct Leased {
    /// The row, and the Message-ID.
    pub id: MailId,
    /// Where it goes; `None`: that is no address.
    pub recipient: Option<EmailAddress>,
    /// What it is about.
    pub kind: MessageKind,
    /// Its language.
    pub language: String,
    /// What it says.
    pub sealed: Sealed,
    /// The attempt that this is.
    pub attempt: Attempt,
}

fn attempts(stored: i32) -> Result<u32, StorageError> {
    u32::try_from(stored).map_err(|_| StorageError::Corrupt("mails.attempts"))
}

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Bytea)]
    sealed_letter: Vec<u8>,
    #[diesel(sql_type = Text)]
    seal_key_id: String,
    #[diesel(sql_type = Bytea)]
    seal_nonce: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    expires_at: DateTime<Utc>,
    #[diesel(sql_type = Int4)]
    attempts: i32,
}

impl SealedRow {
    fn into_leased(self) -> Result<Leased, StorageError> {
        Ok(Leased {
            id: MailId(self.id),
            recipient: EmailAddress::parse(&self.recipient).ok(),
            kind: parse(&self.kind, "mails.kind")?,
            language: self.language,
            sealed: sealed(self.seal_key_id, self.seal_nonce, self.sealed_letter)?,
            attempt: Attempt { number: attempts(self.attempts)?, expires_at: self.expires_at },
        })
    }
}

fn sealed(key_id: String, nonce: Vec<u8>, ciphertext: Vec<u8>) -> Result<Sealed, StorageError> {
    let nonce = nonce.try_into().map_err(|_| StorageError::Corrupt("mails.seal_nonce"))?;
    Ok(Sealed { key_id, nonce, ciphertext })
}

impl Mails<'_> {
    /// Writes a letter down. Unless it is `real` the statement is the same, and writes nothing.
    pub fn insert_if(
        &mut self,
        real: bool,
        mail: &NewMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let (state, finished_at) =
            if mail.is_kept { (MailState::Kept, Some(now)) } else { (MailState::Queued, None) };
        sql("INSERT INTO mails (id, user_id, recipient, kind, language, sealed_letter, \
             seal_key_id, seal_nonce, created_at, expires_at, state, due_at, finished_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, $12 WHERE $13")
        .bind::<SqlUuid, _>(mail.id.0)
        .bind::<Nullable<SqlUuid>, _>(mail.user_id.map(|user| user.0))
        .bind::<Text, _>(mail.recipient.as_typed())
        .bind::<Text, _>(mail.kind.as_str())
        .bind::<Text, _>(mail.language)
        .bind::<Bytea, _>(&mail.sealed.ciphertext)
        .bind::<Text, _>(&mail.sealed.key_id)
        .bind::<Bytea, _>(mail.sealed.nonce.to_vec())
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(mail.expires_at)
        .bind::<Text, _>(state.as_str())
        .bind::<Nullable<Timestamptz>, _>(finished_at)
        .bind::<Bool, _>(real)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Takes up to `limit` letters that are due, until `until`, and counts an attempt for each. A
    /// letter whose lease has run out is due again; one that somebody is just taking is passed over,
    /// and so are those of kinds that only a later release knows.
    pub fn lease(
        &mut self,
        lease: LeaseId,
        until: DateTime<Utc>,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<Leased>, StorageError> {
        let rows: Vec<SealedRow> =
            sql("UPDATE mails SET state = 'sending', lease_id = $1, due_at = $2, \
             attempts = attempts + 1 WHERE id = ANY (ARRAY(SELECT id FROM mails \
             WHERE state IN ('queued', 'sending') AND due_at <= $3 AND expires_at > $3 \
             AND kind = ANY ($4) ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED)) \
             RETURNING id, recipient, kind, language, sealed_letter, seal_key_id, seal_nonce, \
             expires_at, attempts")
            .bind::<SqlUuid, _>(lease.0)
            .bind::<Timestamptz, _>(until)
            .bind::<Timestamptz, _>(now)
            .bind::<Array<Text>, _>(MessageKind::ALL.map(MessageKind::as_str).to_vec())
            .bind::<BigInt, _>(i64::from(limit))
            .load(self.0.writing()?)?;
        rows.into_iter().map(SealedRow::into_leased).collect()
    }

    /// Notes that a server took it; what it said is wiped. False: the lease was over, and another node
    /// has the letter.
    pub fn sent(
        &mut self,
        id: MailId,
        lease: LeaseId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = sql(concat!(
            "UPDATE mails SET lease_id = NULL, state = 'sent', finished_at = $3, ",
            wiped!(),
            " WHERE id = $1 AND lease_id = $2"
        ))
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(lease.0)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(done > 0)
    }

    /// Puts it back into the queue until then, because of `error`; without counting the attempt
    /// unless `counts`. False: as for [`Mails::sent`].
    pub fn put_back(
        &mut self,
        id: MailId,
        lease: LeaseId,
        due_at: DateTime<Utc>,
        counts: bool,
        error: &str,
    ) -> Result<bool, StorageError> {
        let done = sql(own!(
            "state = 'queued', due_at = $3, last_error = $4, \
             attempts = GREATEST(attempts - $5, 0)"
        ))
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(lease.0)
        .bind::<Timestamptz, _>(due_at)
        .bind::<Text, _>(error)
        .bind::<Int4, _>(i32::from(!counts))
        .execute(self.0.writing()?)?;
        Ok(done > 0)
    }

    /// Gives it up because of `error`; what it says stays until its end, so that it can be tried
    /// again. False: as for [`Mails::sent`].
    pub fn died(
        &mut self,
        id: MailId,
        lease: LeaseId,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = sql(own!("state = 'dead', finished_at = $3, last_error = $4"))
            .bind::<SqlUuid, _>(id.0)
            .bind::<SqlUuid, _>(lease.0)
            .bind::<Timestamptz, _>(now)
            .bind::<Text, _>(error)
            .execute(self.0.writing()?)?;
        Ok(done > 0)
    }

    /// Ends up to `limit` letters whose time is over, and wipes what they and dead ones say. Tells how
    /// many were still to be sent.
    pub fn expire(&mut self, limit: u32, now: DateTime<Utc>) -> Result<u64, StorageError> {
        #[derive(QueryableByName)]
        struct Ended {
            #[diesel(sql_type = Text)]
            state: String,
        }
        let ended: Vec<Ended> = sql(concat!(
            "UPDATE mails SET state = CASE state WHEN 'dead' THEN 'dead' ELSE 'expired' END, \
             lease_id = NULL, finished_at = COALESCE(finished_at, $1), ",
            wiped!(),
            " WHERE id = ANY (ARRAY(SELECT id FROM mails WHERE sealed_letter IS NOT NULL \
             AND expires_at <= $1 AND (state IN ('queued', 'dead') \
             OR (state = 'sending' AND due_at <= $1)) LIMIT $2 FOR UPDATE SKIP LOCKED)) \
             RETURNING state"
        ))
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(i64::from(limit))
        .load(self.0.writing()?)?;
        let dead = MailState::Dead.as_str();
        Ok(ended.iter().filter(|it| it.state != dead).count() as u64)
    }
}

//! Codes and links that were mailed.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Int4, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError, hash, parse};
use crate::domain::address::EmailAddress;
use crate::domain::credential::mailed_code::{CodePurpose, MAX_MISSES, MailedCode};
use crate::kernel::ids::{FlowId, MailedCodeId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::mailed_codes;

/// Codes and links that were mailed.
pub struct MailedCodes<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mailed_codes, check_for_backend(Pg))]
struct CodeRow {
    id: Uuid,
    purpose: String,
    flow_id: Uuid,
    user_id: Option<Uuid>,
    email: String,
    code_hash: Vec<u8>,
    link_hash: Option<Vec<u8>>,
    misses: i32,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
}

impl CodeRow {
    fn new(code: &MailedCode) -> Result<Self, StorageError> {
        Ok(Self {
            id: code.id.0,
            purpose: code.purpose.as_str().to_owned(),
            flow_id: code.flow.0,
            user_id: code.user.map(|user| user.0),
            email: code.email.as_typed().to_owned(),
            code_hash: code.code.as_bytes().to_vec(),
            link_hash: code.link.map(|link| link.as_bytes().to_vec()),
            misses: i32::try_from(code.misses)
                .map_err(|_| StorageError::Corrupt("mailed_codes.misses"))?,
            created_at: code.created_at,
            expires_at: code.expires_at,
            consumed_at: code.consumed_at,
        })
    }

    fn into_code(self) -> Result<MailedCode, StorageError> {
        Ok(MailedCode {
            id: MailedCodeId(self.id),
            purpose: parse(&self.purpose, "mailed_codes.purpose")?,
            flow: FlowId(self.flow_id),
            user: self.user_id.map(UserId),
            email: EmailAddress::parse(&self.email)
                .map_err(|_| StorageError::Corrupt("mailed_codes.email"))?,
            code: hash(&self.code_hash, "mailed_codes.code_hash")?,
            link: match &self.link_hash {
                Some(link) => Some(hash(link, "mailed_codes.link_hash")?),
                None => None,
            },
            misses: u32::try_from(self.misses)
                .map_err(|_| StorageError::Corrupt("mailed_codes.misses"))?,
            created_at: self.created_at,
            expires_at: self.expires_at,
            consumed_at: self.consumed_at,
        })
    }
}

impl MailedCodes<'_> {
    /// Writes a code down. Those of the same flow are to be killed before.
    pub fn insert(&mut self, code: &MailedCode) -> Result<(), StorageError> {
        diesel::insert_into(mailed_codes::table)
            .values(CodeRow::new(code)?)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The newest code of a flow for this purpose. Used, dead and expired ones are found too.
    pub fn latest(
        &mut self,
        flow: FlowId,
        purpose: CodePurpose,
    ) -> Result<Option<MailedCode>, StorageError> {
        mailed_codes::table
            .filter(mailed_codes::flow_id.eq(flow.0))
            .filter(mailed_codes::purpose.eq(purpose.as_str()))
            // Of several, all but the newest are dead.
            .order((
                mailed_codes::consumed_at.is_null().desc(),
                mailed_codes::created_at.desc(),
                mailed_codes::id.desc(),
            ))
            .select(CodeRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(CodeRow::into_code)
            .transpose()
    }

    /// The code beside which a link with this secret was mailed. Used and expired ones are found too.
    pub fn find_by_link(&mut self, link: TokenHash) -> Result<Option<MailedCode>, StorageError> {
        mailed_codes::table
            .filter(mailed_codes::link_hash.eq(link.as_bytes()))
            .select(CodeRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(CodeRow::into_code)
            .transpose()
    }

    /// Counts that a code was typed, before it is looked at. False: it is over, and none is looked at.
    pub fn count(&mut self, id: MailedCodeId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let counted = sql("UPDATE mailed_codes SET misses = misses + 1 WHERE id = $1 \
             AND consumed_at IS NULL AND expires_at > $2 AND misses < $3")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .bind::<Int4, _>(i32::try_from(MAX_MISSES).unwrap_or(i32::MAX))
        .execute(self.0.writing()?)?;
        Ok(counted > 0)
    }

    /// Takes back that one was typed: it was right, and is to be typed once more.
    pub fn uncount(&mut self, id: MailedCodeId) -> Result<(), StorageError> {
        sql("UPDATE mailed_codes SET misses = misses - 1 WHERE id = $1 AND misses > 0")
            .bind::<SqlUuid, _>(id.0)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses a code up. False: it was used already, has expired, or is another one by now.
    pub fn consume(
        &mut self,
        id: MailedCodeId,
        code: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let consumed = sql("UPDATE mailed_codes SET consumed_at = $3 WHERE id = $1 \
             AND code_hash = $2 AND consumed_at IS NULL AND expires_at > $3")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Bytea, _>(code.as_bytes())
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(consumed > 0)
    }

    /// Puts another code in the place of this one: the link beside it was opened in another browser.
    /// False: it is over.
    pub fn replace(
        &mut self,
        id: MailedCodeId,
        code: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let replaced = sql("UPDATE mailed_codes SET code_hash = $2 WHERE id = $1 \
             AND consumed_at IS NULL AND expires_at > $3 AND misses < $4")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Bytea, _>(code.as_bytes())
        .bind::<Timestamptz, _>(now)
        .bind::<Int4, _>(i32::try_from(MAX_MISSES).unwrap_or(i32::MAX))
        .execute(self.0.writing()?)?;
        Ok(replaced > 0)
    }

    /// Kills every code of a flow, whatever its purpose.
    pub fn kill_for_flow(&mut self, flow: FlowId, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE mailed_codes SET consumed_at = $2 WHERE flow_id = $1 AND consumed_at IS NULL")
            .bind::<SqlUuid, _>(flow.0)
            .bind::<Timestamptz, _>(now)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Kills every code of somebody.
    pub fn kill_for_user(&mut self, user: UserId, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE mailed_codes SET consumed_at = $2 WHERE user_id = $1 AND consumed_at IS NULL")
            .bind::<SqlUuid, _>(user.0)
            .bind::<Timestamptz, _>(now)
            .execute(self.0.writing()?)?;
        Ok(())
    }
}

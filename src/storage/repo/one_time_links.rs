//! Links that work once.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::kernel::ids::{OneTimeLinkId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::one_time_links;

/// Links that work once.
pub struct OneTimeLinks<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_links, check_for_backend(Pg))]
struct LinkRow {
    id: Uuid,
    purpose: String,
    user_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
    session_id: Option<Uuid>,
    email: Option<String>,
}

/// The account and the session that a link is about.
fn about(purpose: LinkPurpose) -> (Option<Uuid>, Option<Uuid>) {
    match purpose {
        LinkPurpose::Administrator => (None, None),
        LinkPurpose::Password(user) | LinkPurpose::Invitation(user) => (Some(user.0), None),
        LinkPurpose::NotMe { user, session } => (Some(user.0), Some(session.0)),
    }
}

impl LinkRow {
    fn into_link(self) -> Result<OneTimeLink, StorageError> {
        let user = self.user_id.map(UserId);
        let purpose = match (self.purpose.as_str(), user, self.session_id) {
            ("administrator", None, None) => LinkPurpose::Administrator,
            ("password", Some(user), None) => LinkPurpose::Password(user),
            ("invitation", Some(user), None) => LinkPurpose::Invitation(user),
            ("not_me", Some(user), Some(session)) => {
                LinkPurpose::NotMe { user, session: SessionId(session) }
            }
            _ => return Err(StorageError::Corrupt("one_time_links.purpose")),
        };
        Ok(OneTimeLink {
            id: OneTimeLinkId(self.id),
            purpose,
            mailed_to: self.email,
            created_at: self.created_at,
            expires_at: self.expires_at,
            consumed_at: self.consumed_at,
        })
    }
}

impl OneTimeLinks<'_> {
    /// Makes a link. `secret` is the hash of what stands in it.
    pub fn insert(&mut self, link: &OneTimeLink, secret: TokenHash) -> Result<(), StorageError> {
        self.insert_if(true, link, secret)
    }

    /// [`OneTimeLinks::insert`]; unless it is `real` the statement is the same, and makes nothing.
    pub fn insert_if(
        &mut self,
        real: bool,
        link: &OneTimeLink,
        secret: TokenHash,
    ) -> Result<(), StorageError> {
        let (user, session) = about(link.purpose);
        sql("INSERT INTO one_time_links (id, purpose, secret_hash, user_id, session_id, email, \
             created_at, expires_at, consumed_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $10")
        .bind::<SqlUuid, _>(link.id.0)
        .bind::<Text, _>(link.purpose.as_str())
        .bind::<Bytea, _>(secret.as_bytes())
        .bind::<Nullable<SqlUuid>, _>(user)
        .bind::<Nullable<SqlUuid>, _>(session)
        .bind::<Nullable<Text>, _>(link.mailed_to.as_deref())
        .bind::<Timestamptz, _>(link.created_at)
        .bind::<Timestamptz, _>(link.expires_at)
        .bind::<Nullable<Timestamptz>, _>(link.consumed_at)
        .bind::<Bool, _>(real)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The link of a secret. Used and expired ones are found too.
    pub fn find(&mut self, secret: TokenHash) -> Result<Option<OneTimeLink>, StorageError> {
        one_time_links::table
            .filter(one_time_links::secret_hash.eq(secret.as_bytes()))
            .select(LinkRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(LinkRow::into_link)
            .transpose()
    }

    /// Uses a link up. False: it was used already, or has expired.
    pub fn consume(&mut self, id: OneTimeLinkId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let usable = one_time_links::table
            .find(id.0)
            .filter(one_time_links::consumed_at.is_null())
            .filter(one_time_links::expires_at.gt(now));
        let consumed = diesel::update(usable)
            .set(one_time_links::consumed_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(consumed > 0)
    }

    /// Uses up the links of somebody that set a password, and are of these kinds; without an account
    /// the statement is the same.
    pub fn supersede(
        &mut self,
        user: Option<UserId>,
        kinds: &[&str],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        sql("UPDATE one_time_links SET consumed_at = $3 \
             WHERE user_id = $1 AND purpose = ANY ($2) AND consumed_at IS NULL")
        .bind::<Nullable<SqlUuid>, _>(user.map(|user| user.0))
        .bind::<Array<Text>, _>(kinds)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses up every link of somebody.
    pub fn kill_for_user(&mut self, user: UserId, now: DateTime<Utc>) -> Result<(), StorageError> {
        let unused = one_time_links::table
            .filter(one_time_links::user_id.eq(user.0))
            .filter(one_time_links::consumed_at.is_null());
        diesel::update(unused)
            .set(one_time_links::consumed_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(())
    }
}

//! Links that work once.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::kernel::ids::{OneTimeLinkId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::one_time_links;

/// Links that work once.
pub struct OneTimeLinks<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_links, check_for_backend(Pg))]
struct LinkRow {
    id: Uuid,
    purpose: String,
    user_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
}

impl From<&OneTimeLink> for LinkRow {
    fn from(link: &OneTimeLink) -> Self {
        let (purpose, user_id) = match link.purpose {
            LinkPurpose::Administrator => ("administrator", None),
            LinkPurpose::Password(user) => ("password", Some(user.0)),
        };
        Self {
            id: link.id.0,
            purpose: purpose.to_owned(),
            user_id,
            created_at: link.created_at,
            expires_at: link.expires_at,
            consumed_at: link.consumed_at,
        }
    }
}

impl LinkRow {
    fn into_link(self) -> Result<OneTimeLink, StorageError> {
        let purpose = match (self.purpose.as_str(), self.user_id) {
            ("administrator", None) => LinkPurpose::Administrator,
            ("password", Some(user)) => LinkPurpose::Password(UserId(user)),
            _ => return Err(StorageError::Corrupt("one_time_links.purpose")),
        };
        Ok(OneTimeLink {
            id: OneTimeLinkId(self.id),
            purpose,
            created_at: self.created_at,
            expires_at: self.expires_at,
            consumed_at: self.consumed_at,
        })
    }
}

impl OneTimeLinks<'_> {
    /// Makes a link. `secret` is the hash of what stands in it.
    pub fn insert(&mut self, link: &OneTimeLink, secret: TokenHash) -> Result<(), StorageError> {
        diesel::insert_into(one_time_links::table)
            .values((LinkRow::from(link), one_time_links::secret_hash.eq(secret.as_bytes())))
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

//! Access tokens that were revoked although they belong to no grant.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::client::ClientId;
use crate::storage::schema::revoked_tokens;

/// Access tokens that were revoked although they belong to no grant.
pub struct RevokedTokens<'t>(pub(in crate::storage) Handle<'t>);

impl RevokedTokens<'_> {
    /// Notes that the token `jti`, which would live until `expires_at`, is revoked. Once is enough.
    pub fn insert(
        &mut self,
        jti: &str,
        client: &ClientId,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        diesel::insert_into(revoked_tokens::table)
            .values((
                revoked_tokens::jti.eq(jti),
                revoked_tokens::client_id.eq(client.as_str()),
                revoked_tokens::revoked_at.eq(now),
                revoked_tokens::expires_at.eq(expires_at),
            ))
            .on_conflict_do_nothing()
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Whether the token `jti` was revoked.
    pub fn contains(&mut self, jti: &str) -> Result<bool, StorageError> {
        let found = revoked_tokens::table.filter(revoked_tokens::jti.eq(jti));
        Ok(select(exists(found)).get_result(self.0.reading())?)
    }
}

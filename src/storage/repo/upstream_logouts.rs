//! What providers said of the end of sessions there.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::upstream_session::{UpstreamLogout, UpstreamMark};
use crate::kernel::ids::{ProviderId, UpstreamLogoutId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::upstream_logouts;

/// What providers said of the end of sessions there.
pub struct UpstreamLogouts<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

impl UpstreamLogouts<'_> {
    /// Keeps it. False: the same was said before.
    pub fn insert(
        &mut self,
        id: UpstreamLogoutId,
        provider: ProviderId,
        logout: &UpstreamLogout,
    ) -> Result<bool, StorageError> {
        let bytes = |hash: &Option<TokenHash>| hash.as_ref().map(|hash| hash.as_bytes().to_vec());
        let written = diesel::insert_into(upstream_logouts::table)
            .values((
                upstream_logouts::id.eq(id.0),
                upstream_logouts::provider_id.eq(provider.0),
                upstream_logouts::jti_hash.eq(logout.jti.as_bytes()),
                upstream_logouts::issuer.eq(&logout.mark.issuer),
                upstream_logouts::subject_hash.eq(bytes(&logout.mark.subject)),
                upstream_logouts::sid_hash.eq(bytes(&logout.mark.sid)),
                upstream_logouts::issued_at.eq(logout.issued_at),
                upstream_logouts::expires_at.eq(logout.expires_at),
            ))
            .on_conflict((upstream_logouts::provider_id, upstream_logouts::jti_hash))
            .do_nothing()
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Whether it was said of the session that an ID token of `issued_at` came from. Of a person's
    /// sessions altogether it is said of those before, and not of one of the same second: that one may
    /// have begun after it.
    pub fn cover(
        &mut self,
        provider: ProviderId,
        mark: &UpstreamMark,
        issued_at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let found: Answer = sql("SELECT EXISTS (SELECT 1 FROM upstream_logouts \
             WHERE provider_id = $1 AND issuer = $2 AND issued_at >= $5 \
             AND (sid_hash = $4 AND (subject_hash IS NULL OR subject_hash = $3) \
             OR subject_hash = $3 AND (sid_hash IS NULL OR $4 IS NULL) AND issued_at > $5)) \
             AS answer")
        .bind::<SqlUuid, _>(provider.0)
        .bind::<Text, _>(&mark.issuer)
        .bind::<Nullable<Bytea>, _>(mark.subject.as_ref().map(TokenHash::as_bytes))
        .bind::<Nullable<Bytea>, _>(mark.sid.as_ref().map(TokenHash::as_bytes))
        .bind::<Timestamptz, _>(issued_at)
        .get_result(self.0.reading())?;
        Ok(found.answer)
    }
}

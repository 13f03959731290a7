//! Refresh tokens.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::grants::{LiveRow, into_live};
use super::lock::lock_rows;
use super::prepared::sql;
use super::profile::is_primary_address;
use super::vocabulary::successors;
use super::{Handle, StorageError};
use crate::domain::token::{PresentedRefresh, RefreshToken};
use crate::kernel::ids::{GrantId, RefreshTokenId};
use crate::storage::schema::{addresses, clients, grants, refresh_tokens, sessions, users};

/// Refresh tokens.
pub struct RefreshTokens<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, check_for_backend(Pg))]
struct RefreshRow {
    id: Uuid,
    grant_id: Uuid,
    kid: String,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    rotated_at: Option<DateTime<Utc>>,
    successor_id: Option<Uuid>,
}

impl RefreshRow {
    fn into_token(self) -> RefreshToken {
        RefreshToken {
            id: RefreshTokenId(self.id),
            grant_id: GrantId(self.grant_id),
            kid: self.kid,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            rotated: self.rotated_at.zip(self.successor_id.map(RefreshTokenId)),
        }
    }
}

impl RefreshTokens<'_> {
    /// A presented token with its family. The rows of the token and of its grant are locked until the
    /// transaction ends, so that the refreshes of a family, and its revocation, come one after the
    /// other.
    pub fn find_for_update(
        &mut self,
        id: RefreshTokenId,
    ) -> Result<Option<PresentedRefresh>, StorageError> {
        let query = refresh_tokens::table
            .inner_join(grants::table.inner_join(users::table).inner_join(clients::table))
            .left_join(addresses::table.on(is_primary_address()))
            .left_join(sessions::table.on(grants::session_id.eq(sessions::id.nullable())))
            .left_join(successors.on(
                successors.field(refresh_tokens::id).nullable().eq(refresh_tokens::successor_id),
            ))
            .filter(refresh_tokens::id.eq(id.0))
            .select((
                RefreshRow::as_select(),
                successors.field(refresh_tokens::rotated_at).nullable(),
                <LiveRow as SelectableHelper<Pg>>::as_select(),
            ));
        let found: Option<(RefreshRow, Option<DateTime<Utc>>, LiveRow)> =
            lock_rows(query, "refresh_tokens, grants").get_result(self.0.writing()?).optional()?;
        found
            .map(|(token, successor_rotated_at, live)| {
                Ok(PresentedRefresh {
                    token: token.into_token(),
                    successor_was_used: successor_rotated_at.is_some(),
                    live: into_live(live)?,
                })
            })
            .transpose()
    }

    /// A token by its row.
    pub fn find(&mut self, id: RefreshTokenId) -> Result<Option<RefreshToken>, StorageError> {
        let found: Option<RefreshRow> = refresh_tokens::table
            .find(id.0)
            .select(RefreshRow::as_select())
            .first(self.0.reading())
            .optional()?;
        Ok(found.map(RefreshRow::into_token))
    }

    /// Whether a family has a token left, of whatever worth.
    pub fn any_of(&mut self, family: GrantId) -> Result<bool, StorageError> {
        let family = refresh_tokens::table.filter(refresh_tokens::grant_id.eq(family.0));
        Ok(select(exists(family)).get_result(self.0.reading())?)
    }

    /// Exchanges a token for its successor, which joins the same family. False: it was exchanged
    /// already, and nothing is added.
    pub fn rotate(
        &mut self,
        old: RefreshTokenId,
        successor: &RefreshToken,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let added =
            sql("WITH rotated AS (UPDATE refresh_tokens SET rotated_at = $2, successor_id = $3 \
             WHERE id = $1 AND rotated_at IS NULL RETURNING grant_id) \
             INSERT INTO refresh_tokens (id, grant_id, kid, issued_at, expires_at) \
             SELECT $3, grant_id, $4, $5, $6 FROM rotated")
            .bind::<SqlUuid, _>(old.0)
            .bind::<Timestamptz, _>(now)
            .bind::<SqlUuid, _>(successor.id.0)
            .bind::<Text, _>(&successor.kid)
            .bind::<Timestamptz, _>(successor.issued_at)
            .bind::<Timestamptz, _>(successor.expires_at)
            .execute(self.0.writing()?)?;
        Ok(added > 0)
    }
}

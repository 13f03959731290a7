//! What is deleted when its time is over. A call is one small batch; no batch waits for a row that
//! somebody holds: it is left for the next time.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::kernel::ids::UserId;

/// What is deleted when its time is over.
pub struct Purge<'t>(pub(in crate::storage) Handle<'t>);

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Rows deleted.
    pub deleted: u64,
    /// Whether there may be more of them.
    pub more: bool,
}

/// Deletes a batch of the rows of `$table` that meet `$condition` ($1 is the time), oldest first.
macro_rules! delete_oldest {
    ($self:ident, $before:ident, $limit:ident, $table:literal, $condition:literal, $order:literal) => {{
        let deleted = diesel::sql_query(concat!(
            "DELETE FROM ",
            $table,
            " WHERE ctid = ANY (ARRAY(SELECT ctid FROM ",
            $table,
            " WHERE ",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT $2 FOR UPDATE SKIP LOCKED))"
        ))
        .bind::<Timestamptz, _>($before)
        .bind::<BigInt, _>(i64::from($limit))
        .execute($self.0.writing()?)? as u64;
        Ok(Batch { deleted, more: deleted >= u64::from($limit) })
    }};
}

impl Purge<'_> {
    /// Challenges to passkeys that expired before then. One that was answered expires too.
    pub fn passkey_ceremonies(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "passkey_ceremonies", "expires_at <= $1", "expires_at")
    }

    /// Sign-ins at a provider that expired before then. An answered one expires too.
    pub fn upstream_requests(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "upstream_requests", "expires_at <= $1", "expires_at")
    }

    /// Logout tokens of providers that would not be taken any more before then.
    pub fn upstream_logouts(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "upstream_logouts", "expires_at <= $1", "expires_at")
    }

    /// Ways to a provider to sign out that expired before then. One who came back expires too.
    pub fn upstream_departures(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "upstream_departures", "expires_at <= $1", "expires_at")
    }

    /// Sign-ins that expired before then. A finished one expires too.
    pub fn flows(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "flows", "expires_at <= $1", "expires_at")
    }

    /// Mailed codes that expired before then. A used one expires too.
    pub fn mailed_codes(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "mailed_codes", "expires_at <= $1", "expires_at")
    }

    /// Registrations that expired before then. A finished one expires too.
    pub fn registrations(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "registrations", "expires_at <= $1", "expires_at")
    }

    /// Refresh tokens that expired before then.
    pub fn expired_refresh_tokens(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "refresh_tokens", "expires_at <= $1", "expires_at")
    }

    /// Refresh tokens that were rotated before then.
    pub fn rotated_refresh_tokens(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "refresh_tokens", "rotated_at <= $1", "rotated_at")
    }

    /// Grants that expired before then, and under which no refresh token is left.
    pub fn grants(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        delete_oldest!(
            self,
            before,
            limit,
            "grants",
            "expires_at <= $1 AND NOT EXISTS \
             (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.id)",
            "expires_at"
        )
    }

    /// Sessions that expired before then: four statements, none of which changes more than a batch of
    /// rows. What apps were given in one goes on without it if it was for offline access. One whose
    /// grant or flow is in somebody's hands, or that has more of them than a batch, stays.
    pub fn sessions(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        let pg = self.0.writing()?;
        let dead: Vec<Row> = diesel::sql_query(
            "SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 \
             FOR UPDATE SKIP LOCKED",
        )
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(i64::from(limit))
        .load(pg)?;
        let ids: Vec<Uuid> = dead.into_iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Batch { deleted: 0, more: false });
        }
        let mut more = false;
        for detach in [
            "UPDATE grants SET session_id = NULL WHERE id IN \
             (SELECT id FROM grants WHERE session_id = ANY ($1) LIMIT $2 FOR UPDATE SKIP LOCKED)",
            "UPDATE flows SET session_id = NULL WHERE id IN \
             (SELECT id FROM flows WHERE session_id = ANY ($1) LIMIT $2 FOR UPDATE SKIP LOCKED)",
        ] {
            let detached = diesel::sql_query(detach)
                .bind::<Array<SqlUuid>, _>(&ids)
                .bind::<BigInt, _>(i64::from(limit))
                .execute(pg)? as u64;
            more |= detached >= u64::from(limit);
        }
        let deleted = diesel::sql_query(
            "DELETE FROM sessions WHERE id = ANY ($1) \
             AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.session_id = sessions.id) \
             AND NOT EXISTS (SELECT 1 FROM flows WHERE flows.session_id = sessions.id)",
        )
        .bind::<Array<SqlUuid>, _>(&ids)
        .execute(pg)? as u64;
        // Where nothing could go, the same ones would be met again.
        more |= deleted > 0 && ids.len() as u64 >= u64::from(limit);
        Ok(Batch { deleted, more })
    }

    /// Notes of revoked tokens that expired before then.
    pub fn revoked_tokens(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "revoked_tokens", "expires_at <= $1", "expires_at")
    }

    /// Links that expired before then. A used one expires too.
    pub fn one_time_links(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "one_time_links", "expires_at <= $1", "expires_at")
    }

    /// Counters whose window ended before then.
    pub fn attempt_counters(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(
            self,
            before,
            limit,
            "attempt_counters",
            "window_ends_at <= $1",
            "window_ends_at"
        )
    }

    /// Known browsers in which nobody has signed in for too long.
    pub fn devices(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "devices", "expires_at <= $1", "expires_at")
    }

    /// Authenticator apps that were begun before then and never confirmed.
    pub fn unconfirmed_authenticators(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(
            self,
            before,
            limit,
            "authenticators",
            "confirmed_at IS NULL AND created_at <= $1",
            "created_at"
        )
    }

    /// Mails with which nothing was to be done any more before then.
    pub fn mails(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "mails", "finished_at <= $1", "finished_at")
    }

    /// Client secrets that ended before then.
    pub fn client_secrets(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "client_secrets", "expires_at <= $1", "expires_at")
    }

    /// Reasons of refusals from before then.
    pub fn refusals(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "refusals", "at <= $1", "at")
    }

    /// Entries of the audit trail from before then.
    pub fn audit_events(
        &mut self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        delete_oldest!(self, before, limit, "audit_events", "at <= $1", "at")
    }

    /// Accounts whose deletion was asked for before then, in the order of their rows, from behind
    /// `after`.
    pub fn accounts(
        &mut self,
        before: DateTime<Utc>,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StorageError> {
        let found: Vec<Row> = diesel::sql_query(
            "SELECT id FROM users WHERE deleting_since <= $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind::<Timestamptz, _>(before)
        .bind::<SqlUuid, _>(after.map_or(Uuid::nil(), |id| id.0))
        .bind::<BigInt, _>(i64::from(limit))
        .load(self.0.reading())?;
        Ok(found.into_iter().map(|row| UserId(row.id)).collect())
    }

    /// What an account whose deletion was asked for before then has in the tables that can be long, so
    /// that little is left when its own row goes: four statements. Nothing, where it was brought back.
    pub fn left_behind(
        &mut self,
        user: UserId,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Batch, StorageError> {
        let pg = self.0.writing()?;
        let mut batch = Batch { deleted: 0, more: false };
        let leaving: Option<Row> = diesel::sql_query(
            "SELECT id FROM users WHERE id = $1 AND deleting_since <= $2 FOR UPDATE SKIP LOCKED",
        )
        .bind::<SqlUuid, _>(user.0)
        .bind::<Timestamptz, _>(before)
        .get_result(pg)
        .optional()?;
        if leaving.is_none() {
            return Ok(batch);
        }
        for statement in [
            "DELETE FROM refresh_tokens WHERE id IN (SELECT r.id FROM refresh_tokens r \
             JOIN grants g ON g.id = r.grant_id WHERE g.user_id = $1 LIMIT $2 \
             FOR UPDATE OF r SKIP LOCKED)",
            "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE user_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE grant_id = grants.id) LIMIT $2 \
             FOR UPDATE SKIP LOCKED)",
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM grants WHERE session_id = sessions.id) \
             AND NOT EXISTS (SELECT 1 FROM flows WHERE session_id = sessions.id) LIMIT $2 \
             FOR UPDATE SKIP LOCKED)",
        ] {
            let deleted = diesel::sql_query(statement)
                .bind::<SqlUuid, _>(user.0)
                .bind::<BigInt, _>(i64::from(limit))
                .execute(pg)? as u64;
            batch.deleted += deleted;
            batch.more |= deleted >= u64::from(limit);
        }
        Ok(batch)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

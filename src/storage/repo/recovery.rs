//! What ends, over several tables, when an account gets another password, or its owner disowns a sign-in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};

use super::StorageError;
use super::devices::Devices;
use super::prepared::sql;
use super::sessions::Sessions;
use super::users::Users;
use crate::domain::user::User;
use crate::kernel::ids::UserId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::users;

/// Which browsers an account knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Acquaintance {
    /// The one that was asked about.
    #[diesel(sql_type = Bool)]
    pub this: bool,
    /// Any, or one in which somebody has signed out.
    #[diesel(sql_type = Bool)]
    pub any: bool,
}

impl Users<'_> {
    /// Ends whatever was begun for an account and would let somebody in, or change its address: half
    /// sign-ins, mailed codes, challenges of passkeys, and the links that were mailed for it. Links
    /// that only undo something stay: their holder may need them most after somebody else's change.
    ///
    /// A step of a sign-in locks its own rows before the account's, which the caller holds, so rows in
    /// use are passed over. Their step then waits for the account, and finds itself older than
    /// [`User::counts_since`].
    pub fn end_beginnings(&mut self, id: UserId, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("WITH codes AS (UPDATE mailed_codes SET consumed_at = $2 WHERE id IN \
             (SELECT id FROM mailed_codes WHERE user_id = $1 AND consumed_at IS NULL \
             FOR NO KEY UPDATE SKIP LOCKED)), \
             challenges AS (UPDATE passkey_ceremonies SET consumed_at = $2 WHERE id IN \
             (SELECT id FROM passkey_ceremonies WHERE consumed_at IS NULL AND (user_id = $1 \
             OR session_id IN (SELECT id FROM sessions WHERE user_id = $1)) \
             FOR NO KEY UPDATE SKIP LOCKED)), \
             links AS (UPDATE one_time_links SET consumed_at = $2 WHERE user_id = $1 \
             AND purpose IN ('password', 'invitation', 'confirm_address') \
             AND consumed_at IS NULL) \
             UPDATE flows SET user_id = NULL, proofs = NULL, remember = NULL WHERE id IN \
             (SELECT id FROM flows WHERE user_id = $1 FOR NO KEY UPDATE SKIP LOCKED)")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Notes that the owner of an account said of a sign-in that it was not theirs.
    pub fn disowned(&mut self, id: UserId, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.set_disowned(id, Some(now))
    }

    /// Notes that nobody knows the password of an account but its owner, whatever was disowned before.
    pub fn owned_again(&mut self, id: UserId) -> Result<(), StorageError> {
        self.set_disowned(id, None)
    }

    fn set_disowned(&mut self, id: UserId, at: Option<DateTime<Utc>>) -> Result<(), StorageError> {
        diesel::update(users::table.find(id.0))
            .set(users::disowned_at.eq(at))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Notes that an address is known to be somebody's, unless another account has shown that before.
    /// The caller has locked the identifier.
    pub fn address_verified(
        &mut self,
        id: UserId,
        canonical: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let verified = sql("UPDATE addresses SET verified_at = $3 WHERE user_id = $1 \
             AND canonical = $2 AND verified_at IS NULL AND NOT EXISTS (SELECT FROM addresses o \
             WHERE o.canonical = $2 AND o.verified_at IS NOT NULL)")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(canonical)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(verified > 0)
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

impl Sessions<'_> {
    /// Whether somebody has signed in to an account after that.
    pub fn any_since(&mut self, user: UserId, since: DateTime<Utc>) -> Result<bool, StorageError> {
        let found: Found = sql("SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1 \
             AND greatest(auth_time, created_at) > $2) AS found")
        .bind::<SqlUuid, _>(user.0)
        .bind::<Timestamptz, _>(since)
        .get_result(self.0.reading())?;
        Ok(found.found)
    }
}

impl Devices<'_> {
    /// Whether the account of `user` knows the browser with this secret, and whether it knows any.
    pub fn acquaintance(
        &mut self,
        secret: Option<TokenHash>,
        user: &User,
        now: DateTime<Utc>,
    ) -> Result<Acquaintance, StorageError> {
        let secret = secret.as_ref().map(TokenHash::as_bytes);
        Ok(sql("SELECT coalesce(bool_or(secret_hash = $2), false) AS this, \
             count(*) > 0 OR EXISTS (SELECT FROM sessions WHERE user_id = $1 \
             AND created_at >= $4 AND ended_at IS NOT NULL) AS any FROM devices \
             WHERE user_id = $1 AND expires_at > $3 AND created_at >= $4")
        .bind::<SqlUuid, _>(user.id.0)
        .bind::<Nullable<diesel::sql_types::Bytea>, _>(secret)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(user.credentials_changed_at)
        .get_result(self.0.reading())?)
    }
}

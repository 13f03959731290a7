//! What accounts can be entered with, over all kinds of credentials.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz, Uuid as SqlUuid};

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::factor::Enrolled;
use crate::kernel::ids::UserId;

/// What accounts can be entered with.
pub struct Factors<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName)]
struct EnrolledRow {
    #[diesel(sql_type = Bool)]
    password: bool,
    #[diesel(sql_type = Bool)]
    mailbox: bool,
    #[diesel(sql_type = Bool)]
    totp: bool,
    #[diesel(sql_type = Bool)]
    passkey: bool,
    #[diesel(sql_type = Bool)]
    passkey_alone: bool,
    #[diesel(sql_type = BigInt)]
    recovery_codes: i64,
    #[diesel(sql_type = Bool)]
    provider: bool,
    #[diesel(sql_type = Bool)]
    second_provider: bool,
}

impl Factors<'_> {
    /// Takes away what an account has come to be entered with since then: passkeys, apps, recovery codes,
    /// identities at providers, and the password.
    pub fn remove_since(&mut self, user: UserId, since: DateTime<Utc>) -> Result<(), StorageError> {
        sql("WITH keys AS (DELETE FROM passkeys WHERE user_id = $1 AND created_at > $2), \
             apps AS (DELETE FROM authenticators WHERE user_id = $1 AND created_at > $2), \
             codes AS (DELETE FROM recovery_codes WHERE user_id = $1 AND created_at > $2), \
             links AS (DELETE FROM federation_links WHERE user_id = $1 AND created_at > $2) \
             DELETE FROM password_credentials WHERE user_id = $1 AND changed_at > $2")
        .bind::<SqlUuid, _>(user.0)
        .bind::<Timestamptz, _>(since)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// What an account can be entered with.
    pub fn enrolled(&mut self, user: UserId) -> Result<Enrolled, StorageError> {
        let row: EnrolledRow = sql(
            "SELECT EXISTS (SELECT FROM password_credentials WHERE user_id = $1) AS password, \
             EXISTS (SELECT FROM addresses WHERE user_id = $1 AND is_primary \
             AND verified_at IS NOT NULL) AS mailbox, \
             EXISTS (SELECT FROM authenticators WHERE user_id = $1 \
             AND confirmed_at IS NOT NULL) AS totp, \
             EXISTS (SELECT FROM passkeys WHERE user_id = $1) AS passkey, \
             EXISTS (SELECT FROM passkeys WHERE user_id = $1 AND disowned_at IS NULL) \
             AS passkey_alone, \
             (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) \
             AS recovery_codes, \
             EXISTS (SELECT FROM federation_links JOIN providers ON providers.id = provider_id \
             WHERE user_id = $1 AND disabled_at IS NULL) AS provider, \
             EXISTS (SELECT FROM federation_links JOIN providers ON providers.id = provider_id \
             WHERE user_id = $1 AND disabled_at IS NULL \
             AND policy @> '{\"is_second_factor\": true}') AS second_provider",
        )
        .bind::<SqlUuid, _>(user.0)
        .get_result(self.0.reading())?;
        Ok(Enrolled {
            password: row.password,
            mailbox: row.mailbox,
            totp: row.totp,
            passkey: row.passkey,
            passkey_alone: row.passkey_alone,
            recovery_codes: u32::try_from(row.recovery_codes).unwrap_or(u32::MAX),
            provider: row.provider,
            second_provider: row.second_provider,
        })
    }
}

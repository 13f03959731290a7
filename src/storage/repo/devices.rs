//! Browsers that an account knows.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::device::{Device, MAX_DEVICES};
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::devices;

/// Browsers that an account knows.
pub struct Devices<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = devices, check_for_backend(Pg))]
struct DeviceRow {
    id: Uuid,
    user_id: Uuid,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    trusted_until: Option<DateTime<Utc>>,
    ip: Option<String>,
}

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        Self {
            id: device.id.0,
            user_id: device.user_id.0,
            user_agent: device.user_agent.clone(),
            created_at: device.created_at,
            last_used_at: device.last_used_at,
            expires_at: device.expires_at,
            trusted_until: device.trusted_until,
            ip: device.ip.clone(),
        }
    }
}

impl DeviceRow {
    fn into_device(self) -> Device {
        Device {
            id: DeviceId(self.id),
            user_id: UserId(self.user_id),
            user_agent: self.user_agent,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            trusted_until: self.trusted_until,
            ip: self.ip,
        }
    }
}

impl Devices<'_> {
    /// The browser with this secret, as this account knows it. Expired and outdated ones are found
    /// too. Without an account or a secret the statement is made all the same, and finds nothing.
    pub fn find(
        &mut self,
        secret: Option<TokenHash>,
        user: Option<UserId>,
    ) -> Result<Option<Device>, StorageError> {
        let secret = secret.unwrap_or_else(|| TokenHash::of(""));
        let found: Option<DeviceRow> = devices::table
            .filter(devices::secret_hash.eq(secret.as_bytes()))
            .filter(devices::user_id.eq(user.map_or(Uuid::nil(), |user| user.0)))
            .select(DeviceRow::as_select())
            .first(self.0.reading())
            .optional()?;
        Ok(found.map(DeviceRow::into_device))
    }

    /// Makes an account know a browser: two statements. Of more than [`MAX_DEVICES`] the one that
    /// was not used for the longest time is forgotten.
    pub fn insert(&mut self, device: &Device, secret: TokenHash) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        diesel::insert_into(devices::table)
            .values((DeviceRow::from(device), devices::secret_hash.eq(secret.as_bytes())))
            .execute(pg)?;
        sql("DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE user_id = $1 \
             ORDER BY last_used_at DESC, id DESC OFFSET $2 FOR UPDATE SKIP LOCKED)")
        .bind::<SqlUuid, _>(device.user_id.0)
        .bind::<BigInt, _>(i64::from(MAX_DEVICES))
        .execute(pg)?;
        Ok(())
    }

    /// Gives a browser another secret, in all accounts that know it but `user`, which forgets it: two
    /// statements.
    pub fn change_secret(
        &mut self,
        old: TokenHash,
        new: TokenHash,
        user: UserId,
    ) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        let of_secret = devices::table.filter(devices::secret_hash.eq(old.as_bytes()));
        diesel::delete(of_secret.filter(devices::user_id.eq(user.0))).execute(pg)?;
        diesel::update(of_secret).set(devices::secret_hash.eq(new.as_bytes())).execute(pg)?;
        Ok(())
    }

    /// Notes that somebody signed in there, with this browser and from this address.
    pub fn used(
        &mut self,
        id: DeviceId,
        (user_agent, ip): (Option<&str>, Option<&str>),
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        diesel::update(devices::table.find(id.0))
            .set((
                devices::user_agent.eq(user_agent),
                devices::ip.eq(ip),
                devices::last_used_at.eq(now),
                devices::expires_at.eq(expires_at),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The account asks for no second factor in the browser with this secret, until then.
    pub fn trust(
        &mut self,
        secret: TokenHash,
        user: UserId,
        until: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let theirs = devices::table
            .filter(devices::secret_hash.eq(secret.as_bytes()))
            .filter(devices::user_id.eq(user.0));
        diesel::update(theirs).set(devices::trusted_until.eq(until)).execute(self.0.writing()?)?;
        Ok(())
    }

    /// The account trusts no browser any more: its factors have changed.
    pub fn end_trust(&mut self, user: UserId) -> Result<(), StorageError> {
        let trusted = devices::table
            .filter(devices::user_id.eq(user.0))
            .filter(devices::trusted_until.is_not_null());
        diesel::update(trusted)
            .set(devices::trusted_until.eq(None::<DateTime<Utc>>))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The browsers of an account, those used last first. Expired and outdated ones are among them.
    pub fn list(&mut self, user: UserId) -> Result<Vec<Device>, StorageError> {
        let rows: Vec<DeviceRow> = devices::table
            .filter(devices::user_id.eq(user.0))
            .order((devices::last_used_at.desc(), devices::id.desc()))
            .select(DeviceRow::as_select())
            .load(self.0.reading())?;
        Ok(rows.into_iter().map(DeviceRow::into_device).collect())
    }

    /// Makes an account forget all browsers.
    pub fn forget_all(&mut self, user: UserId) -> Result<(), StorageError> {
        diesel::delete(devices::table.filter(devices::user_id.eq(user.0)))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Makes an account forget one browser. False: it knows none with this id.
    pub fn forget(&mut self, user: UserId, id: DeviceId) -> Result<bool, StorageError> {
        let theirs = devices::table.find(id.0).filter(devices::user_id.eq(user.0));
        Ok(diesel::delete(theirs).execute(self.0.writing()?)? > 0)
    }
}

//! Browsers that an account knows, because somebody signed in to it there.

use chrono::{DateTime, Utc};

use super::{DeviceCookie, Step};
use crate::domain::device::Device;
use crate::domain::setting::seconds;
use crate::domain::user::User;
use crate::kernel::env::Env;
use crate::kernel::ids::DeviceId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Step {
    /// The browser, if the account knows it. The statement is the same without an account.
    pub(in crate::identity) fn known_device(
        &self,
        tx: &mut Tx<'_>,
        user: Option<&User>,
    ) -> Result<Option<DeviceId>, StorageError> {
        let found = tx.devices().find(self.at.device_secret, user.map(|user| user.id))?;
        let is_known = |device: &Device| user.is_some_and(|user| device.is_known(user, self.now()));
        Ok(found.filter(is_known).map(|device| device.id))
    }

    /// Makes the account know the browser, in which somebody has just signed in.
    ///
    /// An account that comes new to a browser gives it a new secret, in the other accounts too:
    /// whoever used the browser before may have kept a copy of the old one.
    pub(super) fn know(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        known: Option<DeviceId>,
    ) -> Result<DeviceCookie, StorageError> {
        let now = self.now();
        let expires_at = now + seconds(self.settings.device_lifetime);
        if let Some(id) = known {
            let seen = (self.ctx.user_agent.as_deref(), self.ctx.ip.as_deref());
            tx.devices().used(id, seen, now, expires_at)?;
            return Ok(DeviceCookie { secret: None, expires_at });
        }
        let browser = Introduced {
            old_secret: self.at.device_secret,
            user_agent: self.ctx.user_agent.as_deref(),
            ip: self.ctx.ip.as_deref(),
            expires_at,
        };
        browser.to(tx, &self.env, user)
    }
}

/// A browser that an account is to know.
pub(in crate::identity) struct Introduced<'a> {
    /// The secret that it sent.
    pub(in crate::identity) old_secret: Option<TokenHash>,
    /// What it calls itself.
    pub(in crate::identity) user_agent: Option<&'a str>,
    /// Where it is.
    pub(in crate::identity) ip: Option<&'a str>,
    /// When it is forgotten, unless somebody signs in before.
    pub(in crate::identity) expires_at: DateTime<Utc>,
}

impl Introduced<'_> {
    /// Makes the account know it, under a new secret.
    pub(in crate::identity) fn to(
        &self,
        tx: &mut Tx<'_>,
        env: &Env,
        user: &User,
    ) -> Result<DeviceCookie, StorageError> {
        let (secret, now) = (env.random_token(""), env.now());
        let hash = TokenHash::of(secret.expose());
        if let Some(old) = self.old_secret {
            tx.devices().change_secret(old, hash, user.id)?;
        }
        let device = Device {
            id: DeviceId::new(env),
            user_id: user.id,
            user_agent: self.user_agent.map(str::to_owned),
            ip: self.ip.map(str::to_owned),
            created_at: now.max(user.credentials_changed_at),
            last_used_at: now,
            expires_at: self.expires_at,
            trusted_until: None,
        };
        tx.devices().insert(&device, hash)?;
        Ok(DeviceCookie { secret: Some(secret), expires_at: self.expires_at })
    }
}

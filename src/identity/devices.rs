//! The browsers that somebody's account knows, and what it forgets.

use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::device::Device;
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

/// Why no browser was forgotten.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The account knows none with this id.
    #[error("there is no such browser")]
    NotFound,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A browser that an account knows.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    /// What is known of it.
    pub device: Device,
    /// Whether the account asks for no second factor there.
    pub is_trusted: bool,
    /// Whether it is the one that asks.
    pub is_present: bool,
}

impl Identity {
    /// The browsers that somebody's account knows, the last used first. `present` is what the browser
    /// that asks is known by.
    pub async fn devices(
        &self,
        user: UserId,
        present: Option<TokenHash>,
    ) -> Result<Vec<KnownDevice>, StorageError> {
        let now = self.env().now();
        self.db()
            .load(move |tx| {
                let Some(profile) = tx.users().find(user)? else { return Ok(vec![]) };
                let here = tx.devices().find(present, Some(user))?.map(|device| device.id);
                let known = tx.devices().list(user)?.into_iter();
                let known = known.filter(|device| device.is_known(&profile.user, now));
                let described = known.map(|device| KnownDevice {
                    is_trusted: device.is_trusted(&profile.user, now),
                    is_present: Some(device.id) == here,
                    device,
                });
                Ok(described.collect())
            })
            .await
    }

    /// Makes somebody's account forget a browser: it asks for everything there again.
    pub async fn forget_device(
        &self,
        user: UserId,
        device: DeviceId,
        ctx: &RequestContext,
    ) -> Result<(), DeviceError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                if !tx.devices().forget(user, device)? {
                    return Err(Stop::Refused(DeviceError::NotFound));
                }
                Ok(record(tx, &env, &ctx, &forgotten(user))?)
            })
            .await?
    }

    /// Makes somebody's account forget every browser.
    pub async fn forget_devices(
        &self,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.change(move |tx| {
            tx.devices().forget_all(user)?;
            let event = forgotten(user).details(serde_json::json!({ "all": true }));
            record(tx, &env, &ctx, &event)
        })
        .await
    }
}

fn forgotten(user: UserId) -> AuditEvent {
    AuditEvent::new(Action::DeviceForgotten, Actor::User(user)).target("user", user)
}

//! A browser that an account knows.

use chrono::{DateTime, Utc};

use super::user::User;
use crate::kernel::ids::{DeviceId, UserId};

/// How many browsers an account knows at most; those that were used last.
pub const MAX_DEVICES: u32 = 30;

/// A browser in which somebody has signed in to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The row.
    pub id: DeviceId,
    /// The account that knows it.
    pub user_id: UserId,
    /// What it called itself at the last sign-in.
    pub user_agent: Option<String>,
    /// The network address of that sign-in.
    pub ip: Option<String>,
    /// When the account came to know it.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in to the account there.
    pub last_used_at: DateTime<Utc>,
    /// When it is forgotten, unless somebody signs in before.
    pub expires_at: DateTime<Utc>,
    /// Until when the account asks for no second factor there.
    pub trusted_until: Option<DateTime<Utc>>,
}

impl Device {
    /// Whether the account of `user` knows it at `now`. A change of credentials makes strangers of
    /// all browsers.
    pub fn is_known(&self, user: &User, now: DateTime<Utc>) -> bool {
        self.user_id == user.id
            && now < self.expires_at
            && self.created_at >= user.credentials_changed_at
    }

    /// Whether the account asks for no second factor there.
    pub fn is_trusted(&self, user: &User, now: DateTime<Utc>) -> bool {
        self.is_known(user, now) && self.trusted_until.is_some_and(|until| now < until)
    }
}

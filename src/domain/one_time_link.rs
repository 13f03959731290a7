//! Links that work once: to make the first administrator, to set a password.

use chrono::{DateTime, Utc};

use crate::kernel::ids::{OneTimeLinkId, UserId};

/// A link that works once, known by the hash of its secret.
#[derive(Clone, Debug)]
pub struct OneTimeLink {
    /// The row.
    pub id: OneTimeLinkId,
    /// What it does.
    pub purpose: LinkPurpose,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it is too late.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub consumed_at: Option<DateTime<Utc>>,
}

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes the first administrator of the database.
    Administrator,
    /// Sets the password of this person.
    Password(UserId),
}

impl OneTimeLink {
    /// Whether it still works at `now`.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.consumed_at.is_none() && now < self.expires_at
    }
}

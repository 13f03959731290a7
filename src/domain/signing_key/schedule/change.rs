//! What can happen to a chain of keys.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::signing_key::{KeyState, SigningKey};

/// A step that was taken, to be written down.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A key was added.
    Published(Box<SigningKey>),
    /// The moment at which the next key takes over was brought forward.
    Scheduled {
        /// The key.
        kid: String,
        /// That moment.
        at: DateTime<Utc>,
    },
    /// The active key ended.
    Retired {
        /// The key.
        kid: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The next key took over.
    Activated {
        /// The key.
        kid: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A key left the key set; its private half is erased.
    Withdrawn {
        /// The key.
        kid: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A key was declared compromised; its private half is erased.
    Revoked {
        /// The key.
        kid: String,
        /// When.
        at: DateTime<Utc>,
        /// Where it stood.
        was: KeyState,
    },
    /// A key's row was removed.
    Forgotten {
        /// The key.
        kid: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(key) => write!(f, "{} is published", key.kid),
            Self::Scheduled { kid, at } => write!(f, "{kid} takes over at {at}"),
            Self::Retired { kid, at } => write!(f, "{kid} has signed until {at}"),
            Self::Activated { kid, at } => write!(f, "{kid} signs since {at}"),
            Self::Withdrawn { kid, .. } => write!(f, "{kid} has left the key set"),
            Self::Revoked { kid, .. } => write!(f, "{kid} is revoked"),
            Self::Forgotten { kid } => write!(f, "{kid} is forgotten"),
        }
    }
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing at present.
    Nothing,
    /// Steps to note.
    Steps,
    /// A key to make, and perhaps steps to note.
    Spare,
}

/// Why a key is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRevoked {
    /// There is none of that name.
    #[error("there is no such signing key")]
    Unknown,
    /// It was before.
    #[error("that signing key was revoked before")]
    Already,
}

//! Links that work once: to make the first administrator, to set a password, to disown a sign-in, to
//! confirm or to keep an address, to bring an account back.

use chrono::{DateTime, TimeDelta, Utc};

use super::address::EmailAddress;
use crate::kernel::ids::{OneTimeLinkId, SessionId, UserId};

/// For how long after a link was used, in the browser in which it was, another press of its button counts
/// as the second click of a double one. A browser without scripts sends both, and shows the answer to the
/// second, which may wait behind the first for a database that is slow.
pub const DOUBLE_CLICK: TimeDelta = TimeDelta::minutes(1);

/// A link that works once, known by the hash of its secret.
#[derive(Clone, Debug)]
pub struct OneTimeLink {
    /// The row.
    pub id: OneTimeLinkId,
    /// What it does.
    pub purpose: LinkPurpose,
    /// The address that it was mailed to and shown nowhere else, in its canonical form: whoever uses
    /// the link reads mail there. One that sets a password and was mailed on anybody's word is worth
    /// nothing after the next sign-in: its owner found another way.
    pub mailed_to: Option<String>,
    /// The address that it is about, where it is about one: to be confirmed, or to be brought back. Of a
    /// sign-in it is the primary one of that time, to which the link was mailed, if that was confirmed.
    pub email: Option<EmailAddress>,
    /// Whether the address that is confirmed takes the place of the primary one.
    pub replaces: bool,
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
    /// Sets the first password of this person, whom an operator made an account for.
    Invitation(UserId),
    /// Ends a sign-in to this account that was not its owner's, and starts recovery.
    NotMe {
        /// The account.
        user: UserId,
        /// The session of the sign-in.
        session: SessionId,
    },
    /// Adds an address to the account of this person.
    ConfirmAddress(UserId),
    /// Takes the addresses of this person back to what they were when the link was made.
    KeepAddress(UserId),
    /// Brings the account of this person back, which is being deleted.
    RestoreAccount(UserId),
}

impl LinkPurpose {
    /// Whether links of this kind are about an address.
    pub fn is_about_an_address(self) -> bool {
        match self {
            Self::ConfirmAddress(_) | Self::KeepAddress(_) | Self::NotMe { .. } => true,
            Self::Administrator
            | Self::Password(_)
            | Self::Invitation(_)
            | Self::RestoreAccount(_) => false,
        }
    }

    /// What links of this kind are called in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Password(_) => "password",
            Self::Invitation(_) => "invitation",
            Self::NotMe { .. } => "not_me",
            Self::ConfirmAddress(_) => "confirm_address",
            Self::KeepAddress(_) => "keep_address",
            Self::RestoreAccount(_) => "restore_account",
        }
    }
}

impl OneTimeLink {
    /// Whether it still works at `now`.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.consumed_at.is_none() && now < self.expires_at
    }
}

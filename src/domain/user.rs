//! A person's account.

use chrono::{DateTime, TimeDelta, Utc};

use super::address::{Address, EmailAddress, Username};
use super::client::text_enum;
use super::details::{Detail, Details};
use super::picture::PictureName;
use crate::kernel::ids::UserId;

/// How long a deleted account can be brought back.
pub const DELETION_UNDO: TimeDelta = TimeDelta::days(14);

/// A person's account.
#[derive(Clone, Debug)]
pub struct User {
    /// The row; never shown to relying parties.
    pub id: UserId,
    /// The `sub` claim (OIDC Core §2).
    pub subject: String,
    /// The name to sign in with besides the addresses; the `preferred_username` claim.
    pub username: Option<Username>,
    /// The full name; the `name` claim.
    pub name: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// An IANA time zone.
    pub zoneinfo: Option<String>,
    /// The name of the picture, if there is one.
    pub picture: Option<PictureName>,
    /// What else the person told about themselves, without the three above.
    pub contact: Details,
    /// Whether the account can be used.
    pub status: UserStatus,
    /// Sessions, grants, codes and links made before this moment are not honoured.
    pub credentials_changed_at: DateTime<Utc>,
    /// When its owner last said of a sign-in that it was not theirs. `None`: never, or a password was set by
    /// mail or by an operator since, so that nobody else knows it any more.
    pub disowned_at: Option<DateTime<Utc>>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When the profile last changed; the `updated_at` claim.
    pub updated_at: DateTime<Utc>,
}

/// Whether an account can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserStatus {
    /// It can.
    Active,
    /// An operator closed it.
    Disabled,
    /// The person closed it, and can open it again.
    Deactivated {
        /// When, or when an operator has since set a password.
        since: DateTime<Utc>,
    },
    /// It is being deleted, and can be brought back for [`DELETION_UNDO`].
    Deleting {
        /// When the deletion was asked for.
        since: DateTime<Utc>,
    },
}

text_enum! {
    /// What stays reserved when an account is gone.
    RetiredKind {
        /// The `sub` claim.
        Subject = "subject",
        /// An address, in its canonical form.
        Address = "address",
        /// The username.
        Username = "username",
    }
}

/// What names an account that is about to be removed.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// The `sub` claim.
    pub subject: String,
    /// The username.
    pub username: Option<String>,
    /// The verified addresses, in their canonical form. One that was only claimed may be somebody
    /// else's, who shall not be locked out of it.
    pub addresses: Vec<String>,
}

/// What of an account decides whether its sessions and grants are honoured.
#[derive(Clone, Copy, Debug)]
pub struct AccountState {
    /// Neither disabled nor being deleted.
    pub is_active: bool,
    /// What is older is not honoured.
    pub credentials_changed_at: DateTime<Utc>,
}

impl User {
    /// What decides whether its sessions and grants are honoured.
    pub fn state(&self) -> AccountState {
        AccountState {
            is_active: self.is_active(),
            credentials_changed_at: self.credentials_changed_at,
        }
    }

    /// What was proved in a sign-in before this moment counts no more.
    pub fn counts_since(&self) -> DateTime<Utc> {
        self.disowned_at
            .map_or(self.credentials_changed_at, |at| at.max(self.credentials_changed_at))
    }

    /// The details that have a field, and a column, of their own.
    pub const APART: &[Detail] = &[Detail::Name, Detail::Locale, Detail::Zoneinfo];

    /// All that the person told about themselves.
    pub fn details(&self) -> Details {
        let mut all = self.contact.clone();
        let apart = [&self.name, &self.locale, &self.zoneinfo];
        for (detail, text) in Self::APART.iter().zip(apart) {
            // What an older release took in and the rule refuses today stays where it is.
            let _ = all.set(*detail, text.as_deref().unwrap_or_default());
        }
        all
    }

    /// Whether the person may sign in and tokens may be issued.
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// Whether the person closed the account, and can open it again.
    pub fn is_deactivated(&self) -> bool {
        matches!(self.status, UserStatus::Deactivated { .. })
    }

    /// Whether it was deactivated, or is being deleted. An operator may have begun the latter.
    pub fn is_closed_by_its_person(&self) -> bool {
        matches!(self.status, UserStatus::Deactivated { .. } | UserStatus::Deleting { .. })
    }

    /// What pages call the person.
    pub fn display_name<'a>(&'a self, primary: Option<&'a Address>) -> &'a str {
        self.name
            .as_deref()
            .or_else(|| primary.map(|address| address.email.as_typed()))
            .or_else(|| self.username.as_ref().map(Username::as_str))
            .unwrap_or(&self.subject)
    }
}

/// An account with what claims and pages show of it, loaded in one statement.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The account.
    pub user: User,
    /// The primary address, if there is one.
    pub primary_address: Option<Address>,
    /// Names of the roles, sorted.
    pub roles: Vec<String>,
    /// Whether one of them asks for a second factor.
    pub needs_second_factor: bool,
}

/// What is needed to make an account.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The primary address.
    pub email: EmailAddress,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// A username, if wanted.
    pub username: Option<Username>,
    /// The full name, if given.
    pub name: Option<String>,
    /// An imported subject; otherwise a random one is made.
    pub subject: Option<String>,
    /// The password's PHC string, hashed beforehand.
    pub password_phc: Option<String>,
    /// Names of the roles to grant.
    pub roles: Vec<String>,
}

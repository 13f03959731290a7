//! Mail that is to be sent.

mod budget;
mod letter;
mod outgoing;
mod problem;

use std::fmt;
use std::str::FromStr;

pub use budget::MailBudget;
pub use letter::{Letter, Mailing};
pub use outgoing::{
    Attempt, LEASE, LONGEST_ATTEMPT, MAX_ATTEMPTS, MailRecord, MailState, Next, NotChanged, Outcome,
};
pub use problem::Problem;

/// What a message is about. Each kind has its own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Whoever registered, or added an address, is to show that it is theirs.
    ConfirmAddress,
    /// The account is there, and its address confirmed.
    Welcome,
    /// A code to sign in with.
    SignInCode,
    /// A link to sign in with.
    SignInLink,
    /// A link to set a new password with.
    PasswordReset,
    /// The password was changed.
    PasswordChanged,
    /// Somebody signed in with a browser that the account did not know.
    NewSignIn,
    /// A way to sign in was added.
    FactorAdded,
    /// A way to sign in was removed.
    FactorRemoved,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A passkey was refused, because there may be a copy of it.
    PasskeyCopied,
    /// To the new address: it is to be confirmed before it replaces the old one.
    AddressChange,
    /// To the old address: another one is to replace it, or has.
    AddressChanged,
    /// An address was removed from an account.
    AddressRemoved,
    /// Too many failed attempts have locked the account, for a while or until something is done.
    AccountLocked,
    /// Wrong codes of somebody who had come past the first step have locked a second one.
    SecondFactorLocked,
    /// Somebody tried to register with an address that has an account.
    RegistrationAttempt,
    /// An administrator made an account for somebody.
    Invitation,
    /// The account was deleted, and can be restored for some days.
    AccountDeleted,
    /// The person closed the account, and can open it again.
    AccountDeactivated,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::ConfirmAddress,
        Self::Welcome,
        Self::SignInCode,
        Self::SignInLink,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::NewSignIn,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::PasskeyCopied,
        Self::AddressChange,
        Self::AddressChanged,
        Self::AddressRemoved,
        Self::AccountLocked,
        Self::SecondFactorLocked,
        Self::RegistrationAttempt,
        Self::Invitation,
        Self::AccountDeleted,
        Self::AccountDeactivated,
    ];

    /// Its name, in the database, in figures and on the command line. Never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmAddress => "confirm-address",
            Self::Welcome => "welcome",
            Self::SignInCode => "sign-in-code",
            Self::SignInLink => "sign-in-link",
            Self::PasswordReset => "password-reset",
            Self::PasswordChanged => "password-changed",
            Self::NewSignIn => "new-sign-in",
            Self::FactorAdded => "factor-added",
            Self::FactorRemoved => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::PasskeyCopied => "passkey-copied",
            Self::AddressChange => "address-change",
            Self::AddressChanged => "address-changed",
            Self::AddressRemoved => "address-removed",
            Self::AccountLocked => "account-locked",
            Self::SecondFactorLocked => "second-factor-locked",
            Self::RegistrationAttempt => "registration-attempt",
            Self::Invitation => "invitation",
            Self::AccountDeleted => "account-deleted",
            Self::AccountDeactivated => "account-deactivated",
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of message")]
pub struct UnknownKind;

impl FromStr for MessageKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for kind in MessageKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("newsletter".parse::<MessageKind>(), Err(UnknownKind));
    }
}

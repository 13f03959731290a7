//! The messages, each with what it needs to know.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::address::EmailAddress;
use crate::domain::credential::passkey::PasskeyName;
use crate::domain::mail::MessageKind;
use crate::domain::place::Place;
use crate::domain::user_agent;
use crate::i18n::Locale;
use crate::kernel::secret::Secret;
use crate::kernel::urls::Issuer;

/// A message. Tokens are the secrets of links, as they stand in the address; how long they live is
/// told in whole minutes, hours or days.
#[derive(Clone, Debug)]
pub enum Message {
    /// To an address that nobody has confirmed: it is to be shown that it is theirs.
    ConfirmAddress {
        /// Of the link that confirms it.
        token: Secret<String>,
        /// What confirms it as well, on the page that asked for it; the digits.
        code: Option<Secret<String>>,
        /// How long both work.
        lifetime: TimeDelta,
        /// When and where it was entered.
        occasion: Occasion,
    },
    /// The account is there, and its address confirmed.
    Welcome,
    /// A code to sign in with.
    SignInCode {
        /// The digits.
        code: Secret<String>,
        /// How long it works.
        lifetime: TimeDelta,
        /// When and where it was asked for.
        occasion: Occasion,
    },
    /// A link to sign in with.
    SignInLink {
        /// Of the link.
        token: Secret<String>,
        /// How long it works.
        lifetime: TimeDelta,
        /// When and where it was asked for.
        occasion: Occasion,
    },
    /// A link to choose a new password with.
    PasswordReset {
        /// Of the link.
        token: Secret<String>,
        /// How long it works.
        lifetime: TimeDelta,
        /// Who had it mailed.
        asked_by: Asker,
        /// When and where it was asked for.
        occasion: Occasion,
    },
    /// The password was changed.
    PasswordChanged {
        /// When and where.
        occasion: Occasion,
    },
    /// Somebody signed in with a browser that the account did not know.
    NewSignIn {
        /// Of the link that ends the session and starts recovery.
        token: Secret<String>,
        /// When and where.
        occasion: Occasion,
    },
    /// A way to sign in was added.
    FactorAdded {
        /// Which.
        factor: Factor,
        /// When and where.
        occasion: Occasion,
    },
    /// A way to sign in was removed.
    FactorRemoved {
        /// Which.
        factor: Factor,
        /// When and where.
        occasion: Occasion,
    },
    /// New recovery codes were made, and those before them do not work any more.
    RecoveryCodesMade {
        /// When and where.
        occasion: Occasion,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
        /// When and where.
        occasion: Occasion,
    },
    /// A passkey was refused, because there may be a copy of it.
    PasskeyCopied {
        /// As the person calls it.
        name: PasskeyName,
        /// When and where it was used.
        occasion: Occasion,
    },
    /// To a new address: once confirmed it replaces the present one.
    AddressChange {
        /// Of the link that confirms it.
        token: Secret<String>,
        /// How long the link works.
        lifetime: TimeDelta,
        /// When and where it was entered.
        occasion: Occasion,
    },
    /// To the old address.
    AddressChanged {
        /// The new address, of which mail shows only the beginning and the domain.
        new: EmailAddress,
        /// How far it is.
        stage: ChangeStage,
        /// Of the link that keeps the old address and starts recovery.
        token: Secret<String>,
        /// When and where.
        occasion: Occasion,
    },
    /// An address was removed, to that one and to the primary one.
    AddressRemoved {
        /// The one that was removed, of which mail shows only the beginning and the domain.
        removed: EmailAddress,
        /// Whether whoever reads this has the one that was removed.
        is_former: bool,
        /// When and where.
        occasion: Occasion,
    },
    /// Too many failed attempts have locked the account.
    AccountLocked {
        /// Until then; `None`: until the password is set, or an operator unlocks it.
        until: Option<DateTime<Utc>>,
        /// When and where the last attempt was.
        occasion: Occasion,
    },
    /// Too many wrong codes of somebody who had come past the first step have locked a second one.
    SecondFactorLocked {
        /// Which.
        factor: Factor,
        /// Until then.
        until: DateTime<Utc>,
        /// When and where the last code was typed.
        occasion: Occasion,
    },
    /// Somebody tried to register with an address that has an account.
    RegistrationAttempt {
        /// When and where.
        occasion: Occasion,
    },
    /// An administrator made an account for somebody.
    Invitation {
        /// Of the link to choose a password with.
        token: Secret<String>,
        /// How long the link works.
        lifetime: TimeDelta,
    },
    /// The account was deleted.
    AccountDeleted {
        /// When it is gone for good.
        until: DateTime<Utc>,
        /// Of the link that restores it.
        token: Secret<String>,
        /// When and where; `None` where it was not the person.
        occasion: Option<Occasion>,
    },
    /// The person closed the account, or asked for a new password of one that they closed.
    AccountDeactivated {
        /// Of the link that opens it again.
        token: Secret<String>,
        /// How long the link works.
        lifetime: TimeDelta,
        /// Who had it mailed.
        asked_by: Asker,
        /// When and where.
        occasion: Occasion,
    },
}

/// Who had a link mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Anybody who knows the address or the username.
    Anybody,
    /// Somebody who was let in, or has a link that only the mailbox told, or an operator.
    Insider,
}

/// How far the change of an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStage {
    /// It waits until the new address is confirmed.
    Asked,
    /// The new address has replaced the old one.
    Done,
    /// The new address belongs to the account as well.
    Added,
    /// The new address is the main one; the old one still belongs to the account.
    Second,
}

/// A way to sign in, or to get back in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factor {
    /// A password.
    Password,
    /// A passkey.
    Passkey,
    /// An app that shows codes.
    AuthenticatorApp,
    /// Codes on paper.
    RecoveryCodes,
    /// Codes that are mailed.
    MailedCode,
    /// An account elsewhere, by the name that people know it by (`Google`).
    Provider(String),
}

/// When and where something was done, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// When.
    pub(super) at: DateTime<Utc>,
    /// From which address.
    pub(super) ip: Option<IpAddr>,
    /// Browser and system, in words of ours.
    pub(super) device: (Option<String>, Option<String>),
    /// Where that address is, as far as a database knows it.
    pub(super) place: Option<Place>,
}

impl Occasion {
    /// Of a request that came at `at` from the address `ip` with this `User-Agent`. What is no
    /// address and no known browser is left out, so that nobody puts words into a mail.
    pub fn new(at: DateTime<Utc>, ip: Option<&str>, user_agent: Option<&str>) -> Self {
        Self {
            at,
            ip: ip.and_then(|text| text.parse().ok()),
            device: user_agent::describe(user_agent.unwrap_or_default()),
            place: None,
        }
    }

    /// The same, with where the address is.
    #[must_use]
    pub fn at_place(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }
}

/// For whom a message is written, and in whose name.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// Where every link leads. The configured one, whatever a request claims.
    pub issuer: &'a Issuer,
    /// What the service is called.
    pub brand: &'a str,
    /// The language of the person.
    pub locale: Locale,
    /// The person's name, where there is one. It is greeted only at an address that is known to be
    /// theirs, and left out where it looks like an address that mail programs would make a link of.
    pub person: Option<&'a str>,
    /// Where the operator helps people; an address the configuration has accepted.
    pub help: Option<&'a str>,
}

impl Message {
    /// Its kind.
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::ConfirmAddress { .. } => MessageKind::ConfirmAddress,
            Self::Welcome => MessageKind::Welcome,
            Self::SignInCode { .. } => MessageKind::SignInCode,
            Self::SignInLink { .. } => MessageKind::SignInLink,
            Self::PasswordReset { .. } => MessageKind::PasswordReset,
            Self::PasswordChanged { .. } => MessageKind::PasswordChanged,
            Self::NewSignIn { .. } => MessageKind::NewSignIn,
            Self::FactorAdded { .. } => MessageKind::FactorAdded,
            Self::FactorRemoved { .. } => MessageKind::FactorRemoved,
            Self::RecoveryCodesMade { .. } => MessageKind::RecoveryCodesMade,
            Self::RecoveryCodeUsed { .. } => MessageKind::RecoveryCodeUsed,
            Self::PasskeyCopied { .. } => MessageKind::PasskeyCopied,
            Self::AddressChange { .. } => MessageKind::AddressChange,
            Self::AddressChanged { .. } => MessageKind::AddressChanged,
            Self::AddressRemoved { .. } => MessageKind::AddressRemoved,
            Self::AccountLocked { .. } => MessageKind::AccountLocked,
            Self::SecondFactorLocked { .. } => MessageKind::SecondFactorLocked,
            Self::RegistrationAttempt { .. } => MessageKind::RegistrationAttempt,
            Self::Invitation { .. } => MessageKind::Invitation,
            Self::AccountDeleted { .. } => MessageKind::AccountDeleted,
            Self::AccountDeactivated { .. } => MessageKind::AccountDeactivated,
        }
    }

    /// When and where what it tells of was done.
    pub(super) fn occasion(&self) -> Option<&Occasion> {
        match self {
            Self::ConfirmAddress { occasion, .. }
            | Self::SignInCode { occasion, .. }
            | Self::SignInLink { occasion, .. }
            | Self::PasswordReset { occasion, .. }
            | Self::PasswordChanged { occasion }
            | Self::NewSignIn { occasion, .. }
            | Self::FactorAdded { occasion, .. }
            | Self::FactorRemoved { occasion, .. }
            | Self::RecoveryCodesMade { occasion }
            | Self::RecoveryCodeUsed { occasion, .. }
            | Self::PasskeyCopied { occasion, .. }
            | Self::AddressChange { occasion, .. }
            | Self::AddressChanged { occasion, .. }
            | Self::AddressRemoved { occasion, .. }
            | Self::AccountLocked { occasion, .. }
            | Self::SecondFactorLocked { occasion, .. }
            | Self::AccountDeactivated { occasion, .. }
            | Self::RegistrationAttempt { occasion } => Some(occasion),
            Self::AccountDeleted { occasion, .. } => occasion.as_ref(),
            Self::Welcome | Self::Invitation { .. } => None,
        }
    }

    /// How long its code or link works.
    pub fn lifetime(&self) -> Option<TimeDelta> {
        match self {
            Self::ConfirmAddress { lifetime, .. }
            | Self::SignInCode { lifetime, .. }
            | Self::SignInLink { lifetime, .. }
            | Self::PasswordReset { lifetime, .. }
            | Self::AddressChange { lifetime, .. }
            | Self::AccountDeactivated { lifetime, .. }
            | Self::Invitation { lifetime, .. } => Some(*lifetime),
            Self::Welcome
            | Self::PasswordChanged { .. }
            | Self::NewSignIn { .. }
            | Self::FactorAdded { .. }
            | Self::FactorRemoved { .. }
            | Self::RecoveryCodesMade { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::PasskeyCopied { .. }
            | Self::AddressChanged { .. }
            | Self::AddressRemoved { .. }
            | Self::AccountLocked { .. }
            | Self::SecondFactorLocked { .. }
            | Self::RegistrationAttempt { .. }
            | Self::AccountDeleted { .. } => None,
        }
    }
}

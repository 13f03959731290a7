//! A made-up message of every kind, to be looked at and tested.

use chrono::{DateTime, TimeDelta, Utc};

use super::message::{Asker, ChangeStage, Factor, Message, Occasion};
use crate::domain::address::{EmailAddress, InvalidEmail};
use crate::domain::credential::passkey::PasskeyName;
use crate::domain::mail::MessageKind;
use crate::kernel::secret::Secret;

const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Who gets the samples.
pub fn reader() -> Result<EmailAddress, InvalidEmail> {
    EmailAddress::parse("alice@example.com")
}

/// A made-up message of this kind, about something that happened at `at`. Its links lead to pages,
/// and their secret opens nothing. Refused when the address in this file is none.
pub fn sample(kind: MessageKind, at: DateTime<Utc>) -> Result<Message, InvalidEmail> {
    let token = || Secret::from("c2FtcGxlLW9mLWEtc2VjcmV0LXRoYXQtb3BlbnMtbm8");
    let occasion = Occasion::new(at, Some("192.0.2.7"), Some(BROWSER));
    let quarter = TimeDelta::minutes(15);
    Ok(match kind {
        MessageKind::ConfirmAddress => {
            let (code, lifetime) = (Some(Secret::from("483920")), TimeDelta::minutes(10));
            Message::ConfirmAddress { token: token(), code, lifetime, occasion }
        }
        MessageKind::Welcome => Message::Welcome,
        MessageKind::SignInCode => Message::SignInCode {
            code: Secret::from("483920"),
            lifetime: TimeDelta::minutes(10),
            occasion,
        },
        MessageKind::SignInLink => {
            Message::SignInLink { token: token(), lifetime: quarter, occasion }
        }
        MessageKind::PasswordReset => {
            let (lifetime, asked_by) = (TimeDelta::hours(1), Asker::Anybody);
            Message::PasswordReset { token: token(), lifetime, asked_by, occasion }
        }
        MessageKind::PasswordChanged => Message::PasswordChanged { occasion },
        MessageKind::NewSignIn => Message::NewSignIn { token: token(), occasion },
        MessageKind::FactorAdded => Message::FactorAdded { factor: Factor::Passkey, occasion },
        MessageKind::FactorRemoved => {
            Message::FactorRemoved { factor: Factor::AuthenticatorApp, occasion }
        }
        MessageKind::RecoveryCodesMade => Message::RecoveryCodesMade { occasion },
        MessageKind::RecoveryCodeUsed => Message::RecoveryCodeUsed { left: 7, occasion },
        MessageKind::PasskeyCopied => Message::PasskeyCopied {
            name: PasskeyName::stored("Alice\u{2019}s phone".to_owned()),
            occasion,
        },
        MessageKind::AddressChange => {
            Message::AddressChange { token: token(), lifetime: TimeDelta::days(1), occasion }
        }
        MessageKind::AddressChanged => Message::AddressChanged {
            new: EmailAddress::parse("new.alice@example.org")?,
            stage: ChangeStage::Asked,
            token: token(),
            occasion,
        },
        MessageKind::AddressRemoved => Message::AddressRemoved {
            removed: EmailAddress::parse("old.alice@example.org")?,
            is_former: false,
            occasion,
        },
        MessageKind::AccountLocked => {
            Message::AccountLocked { until: Some(at + quarter), occasion }
        }
        MessageKind::SecondFactorLocked => Message::SecondFactorLocked {
            factor: Factor::AuthenticatorApp,
            until: at + quarter,
            occasion,
        },
        MessageKind::RegistrationAttempt => Message::RegistrationAttempt { occasion },
        MessageKind::Invitation => {
            Message::Invitation { token: token(), lifetime: TimeDelta::days(7) }
        }
        MessageKind::AccountDeleted => Message::AccountDeleted {
            until: at + TimeDelta::days(14),
            token: token(),
            occasion: Some(occasion),
        },
        MessageKind::AccountDeactivated => {
            let (lifetime, asked_by) = (TimeDelta::days(30), Asker::Insider);
            Message::AccountDeactivated { token: token(), lifetime, asked_by, occasion }
        }
    })
}

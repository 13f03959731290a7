//! Which budget of its recipient a message takes from: whoever adds a message says here who can cause it.

use super::message::{Asker, Message};
use crate::domain::mail::MailBudget;

impl Message {
    /// What it takes room from.
    pub fn budget(&self) -> MailBudget {
        match self {
            Self::ConfirmAddress { .. }
            | Self::SignInCode { .. }
            | Self::SignInLink { .. }
            | Self::AddressChange { .. }
            | Self::AccountLocked { .. }
            | Self::PasswordReset { asked_by: Asker::Anybody, .. }
            | Self::AccountDeactivated { asked_by: Asker::Anybody, .. } => MailBudget::Strangers,
            Self::RegistrationAttempt { .. } => MailBudget::Attempts,
            Self::Welcome
            | Self::PasswordReset { asked_by: Asker::Insider, .. }
            | Self::PasswordChanged { .. }
            | Self::NewSignIn { .. }
            | Self::FactorAdded { .. }
            | Self::FactorRemoved { .. }
            | Self::RecoveryCodesMade { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::PasskeyCopied { .. }
            | Self::AddressChanged { .. }
            | Self::AddressRemoved { .. }
            | Self::SecondFactorLocked { .. }
            | Self::Invitation { .. }
            | Self::AccountDeleted { .. }
            | Self::AccountDeactivated { asked_by: Asker::Insider, .. } => MailBudget::Acts,
        }
    }
}

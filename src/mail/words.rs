//! Which sentences of the catalogue a message consists of.

use super::message::{ChangeStage, Message};

/// The keys of the sentences of a message.
pub(super) struct Words {
    pub(super) subject: &'static str,
    pub(super) lead: &'static str,
    /// What to do, and what if it was not you.
    pub(super) aside: &'static str,
    /// The words on the button.
    pub(super) action: Option<&'static str>,
    /// Why this was sent.
    pub(super) why: &'static str,
}

/// Because the address belongs to an account.
const OWNED: &str = "mail-why-account";
/// Because the address belonged to an account.
const FORMER: &str = "mail-why-former";
/// Because somebody typed the address.
const ENTERED: &str = "mail-why-entered";

/// The sentences of one kind; their keys differ in the ending only, which the test of the catalogues
/// knows.
macro_rules! words {
    ($stem:literal, $action:expr, $why:expr) => {
        Words {
            subject: concat!($stem, "-subject"),
            lead: concat!($stem, "-lead"),
            aside: concat!($stem, "-aside"),
            action: $action,
            why: $why,
        }
    };
}

impl Words {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::ConfirmAddress { code: Some(_), .. } => Words {
                subject: "mail-sign-in-code-subject",
                lead: "mail-confirm-address-code-lead",
                aside: "mail-confirm-address-code-aside",
                action: Some("mail-confirm-action"),
                why: ENTERED,
            },
            Message::ConfirmAddress { code: None, .. } => {
                words!("mail-confirm-address", Some("mail-confirm-action"), ENTERED)
            }
            Message::Welcome => words!("mail-welcome", Some("next-account"), OWNED),
            Message::SignInCode { .. } => words!("mail-sign-in-code", None, OWNED),
            Message::SignInLink { .. } => words!("mail-sign-in-link", Some("sign-in"), OWNED),
            Message::PasswordReset { .. } => {
                words!("mail-password-reset", Some("set-password-title"), OWNED)
            }
            Message::PasswordChanged { .. } => {
                words!("mail-password-changed", Some("mail-reset-password"), OWNED)
            }
            Message::NewSignIn { .. } => words!("mail-new-sign-in", Some("mail-not-me"), OWNED),
            Message::FactorAdded { .. } => {
                words!("mail-factor-added", Some("mail-check-account"), OWNED)
            }
            Message::FactorRemoved { .. } => {
                words!("mail-factor-removed", Some("mail-check-account"), OWNED)
            }
            Message::RecoveryCodesMade { .. } => {
                words!("mail-recovery-codes-made", Some("mail-check-account"), OWNED)
            }
            Message::RecoveryCodeUsed { .. } => {
                words!("mail-recovery-code-used", Some("mail-check-account"), OWNED)
            }
            Message::PasskeyCopied { .. } => {
                words!("mail-passkey-copied", Some("mail-check-account"), OWNED)
            }
            Message::AddressChange { .. } => {
                words!("mail-address-change", Some("mail-confirm-action"), ENTERED)
            }
            Message::AddressChanged { stage: ChangeStage::Asked, .. } => {
                words!("mail-address-changing", Some("mail-not-me"), OWNED)
            }
            Message::AddressChanged { stage: ChangeStage::Done, .. } => {
                words!("mail-address-changed", Some("mail-not-me"), FORMER)
            }
            Message::AddressChanged { stage: ChangeStage::Added, .. } => {
                words!("mail-address-added", Some("mail-not-me"), OWNED)
            }
            Message::AddressChanged { stage: ChangeStage::Second, .. } => {
                words!("mail-address-second", Some("mail-not-me"), OWNED)
            }
            Message::AddressRemoved { is_former, .. } => {
                let why = if *is_former { FORMER } else { OWNED };
                words!("mail-address-removed", Some("mail-check-account"), why)
            }
            Message::AccountLocked { until: Some(_), .. } => {
                words!("mail-account-locked", Some("mail-reset-password"), OWNED)
            }
            Message::AccountLocked { until: None, .. } => {
                words!("mail-account-locked-finally", Some("mail-reset-password"), OWNED)
            }
            Message::SecondFactorLocked { .. } => {
                words!("mail-second-factor-locked", Some("mail-reset-password"), OWNED)
            }
            Message::RegistrationAttempt { .. } => {
                words!("mail-registration-attempt", Some("sign-in"), OWNED)
            }
            Message::Invitation { .. } => {
                words!("mail-invitation", Some("mail-invitation-action"), "mail-why-invited")
            }
            Message::AccountDeleted { .. } => {
                words!("mail-account-deleted", Some("mail-account-deleted-action"), OWNED)
            }
            Message::AccountDeactivated { .. } => {
                words!("mail-account-deactivated", Some("mail-account-deactivated-action"), OWNED)
            }
        }
    }
}

//! What one signs in with, and the page that changes one's password.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::passkeys::PasskeyRow;
use super::password::PasswordError;
use super::problem::{Problem, Problems};
use super::removal::Removal;
use super::wait;

/// What one signs in with, a row each. The form for the trusted browsers sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security.html")]
pub struct SecurityView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// How well the account is protected.
    pub protection: Protection,
    /// Whether the account has a password.
    pub has_password: bool,
    /// Where it is changed, or chosen.
    pub change_password: String,
    /// The passkeys, oldest first.
    pub passkeys: Vec<FactorRow>,
    /// Where a passkey is added, where it can be.
    pub add_passkey: Option<String>,
    /// The authenticator apps, oldest first.
    pub apps: Vec<FactorRow>,
    /// Where an app is added, where there is room for one.
    pub add_app: Option<String>,
    /// How many recovery codes are left; `None`: there are none.
    pub recovery_codes: Option<u32>,
    /// Where new ones are made.
    pub make_codes: String,
    /// In how many browsers no second step is asked for.
    pub trusted: u32,
    /// Where the form goes that ends that.
    pub distrust: String,
}

/// A factor of which an account can have several.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// As the person calls it.
    pub name: String,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Where it is renamed.
    pub rename: String,
    /// The path of the question whether to remove it.
    pub remove: String,
    /// There may be a copy of it.
    pub copied: bool,
    /// It was added when somebody else may have been signed in, and lets nobody in by itself.
    pub in_doubt: bool,
}

impl From<PasskeyRow> for FactorRow {
    fn from(passkey: PasskeyRow) -> Self {
        Self {
            name: passkey.name,
            added_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            rename: passkey.rename,
            remove: passkey.remove,
            copied: passkey.copied,
            in_doubt: passkey.in_doubt,
        }
    }
}

/// How well an account is protected, in one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// By a password alone.
    Password,
    /// By whoever reads the mail alone.
    Mail,
    /// By a provider alone.
    Provider,
    /// By a provider, and past it by whoever reads the mail.
    MailOrProvider,
    /// There is nothing to sign in with.
    Nothing,
    /// There is a second step, and nobody asks for it.
    NotAsked,
    /// By two steps, and no recovery codes.
    NoCodes,
    /// By two steps, and few recovery codes.
    FewCodes,
    /// By two steps, and recovery codes.
    Strong,
}

impl Protection {
    /// The key of the sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::Password => "protection-password",
            Self::Mail => "protection-mail",
            Self::Provider => "protection-provider",
            Self::MailOrProvider => "protection-mail-or-provider",
            Self::Nothing => "protection-nothing",
            Self::NotAsked => "protection-not-asked",
            Self::NoCodes => "protection-no-codes",
            Self::FewCodes => "protection-few-codes",
            Self::Strong => "protection-strong",
        }
    }
}

impl SecurityView {
    /// What is said of the password.
    pub fn password_state(&self) -> String {
        let key = if self.has_password { "security-password" } else { "security-no-password" };
        self.frame.locale.text(key)
    }

    /// What the button does, for whoever hears it out of its row.
    pub fn password_action(&self) -> String {
        let key = if self.has_password { "change-password-title" } else { "set-password-title" };
        self.frame.locale.text(key)
    }
}

/// A name is given to an app: a new one, or one that is there. Sends `name`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security/name.html")]
pub struct NameView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What it is called now; `None`: it is a new app.
    pub present: Option<String>,
    /// What was typed, or is suggested.
    pub name: String,
    /// What was wrong with what was sent.
    pub error: Option<NameError>,
}

/// Why an app was not begun, or has the name that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing was typed.
    Missing,
    /// It is too long, or cannot be shown.
    Unusable,
    /// There is no room for another app.
    TooMany,
    /// One that was begun cannot be gone on with.
    Over,
}

/// Asks before a factor is removed. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/remove.html")]
pub struct RemoveFactorView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What the person calls it.
    pub name: String,
    /// Why it stays.
    pub error: Option<RemoveFactorError>,
}

/// Why a factor stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveFactorError {
    /// The account must have a second factor.
    SecondFactorNeeded,
    /// There is no other way in.
    LastWayIn,
}

/// The recovery codes of an account. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security/recovery-codes.html")]
pub struct RecoveryCodesView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes; `None`: there is nothing that codes could stand in for.
    pub action: Option<String>,
    /// How many are left; `None`: there are none.
    pub left: Option<u32>,
    /// Where "Not now" leads.
    pub cancel: String,
}

/// Changing one's own password. Sends `current_password` where there is one, `password` and, where it
/// is ticked, `end_others` (`on`).
#[derive(Clone, Debug, Template)]
#[template(path = "account/password.html")]
pub struct ChangePasswordView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// The address or username of the account, for password managers.
    pub username: String,
    /// Whether the account has a password, which is then asked for.
    pub has_password: bool,
    /// The least number of characters.
    pub password_min: u32,
    /// Whether all other browsers are to be signed out.
    pub end_others: bool,
    /// What was wrong with what was sent, in the order of the fields.
    pub errors: Vec<ChangePasswordError>,
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangePasswordError {
    /// The current password was not sent.
    CurrentMissing,
    /// The current password is another one.
    CurrentWrong,
    /// The new password cannot be taken.
    New(PasswordError),
    /// The new password is the current one.
    Unchanged,
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl Page for SecurityView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-security")
    }
}

impl Page for ChangePasswordView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        let key = if self.has_password { "change-password-title" } else { "set-password-title" };
        self.frame.locale.text(key)
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        let at = |field, key| Problem { field: Some(field), text: locale.text(key) };
        let problem = |error: &ChangePasswordError| match error {
            ChangePasswordError::CurrentMissing => {
                at("current_password", "error-no-current-password")
            }
            ChangePasswordError::CurrentWrong => {
                at("current_password", "error-current-password-wrong")
            }
            ChangePasswordError::New(error) => error.problem(locale),
            ChangePasswordError::Unchanged => at("password", "error-password-unchanged"),
            ChangePasswordError::TooManyAttempts { seconds } => {
                let minutes = seconds.div_ceil(60);
                let text = wait::sentence(locale, wait::SIGN_IN, minutes);
                Problem { field: None, text }
            }
        };
        self.errors.iter().map(problem).collect()
    }
}

impl Page for NameView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        match &self.present {
            Some(name) => self.frame.locale.text_with("factor-rename-title", "name", name),
            None => self.frame.locale.text("app-new-title"),
        }
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        let problem = |error| {
            let (field, key) = match error {
                NameError::Missing => (Some("name"), "error-app-name-missing"),
                NameError::Unusable => (Some("name"), "error-app-name-unusable"),
                NameError::TooMany => (None, "error-app-too-many"),
                NameError::Over => (None, "error-app-expired"),
            };
            Problem { field, text: locale.text(key) }
        };
        self.error.map(problem).into_iter().collect()
    }
}

impl Removal for RemoveFactorView {
    const WHAT: &'static str = "factor";

    fn lead(&self) -> String {
        self.frame.locale.text("factor-remove-lead")
    }

    fn label(&self) -> String {
        self.frame.locale.text_with("factor-remove-named", "name", &self.name)
    }
}

impl Page for RemoveFactorView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("factor-remove-title", "name", &self.name)
    }

    fn problems(&self) -> Problems {
        let problem = |error| Problem {
            field: None,
            text: self.frame.locale.text(match error {
                RemoveFactorError::SecondFactorNeeded => "error-factor-needed",
                RemoveFactorError::LastWayIn => "error-factor-last",
            }),
        };
        self.error.map(problem).into_iter().collect()
    }
}

impl Page for RecoveryCodesView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("recovery-title")
    }
}

//! What one signs in with, and the page that changes one's password.

use askama::Template;

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::password::PasswordError;
use super::problem::{Problem, Problems};
use super::wait;

/// What one signs in with, a row each.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security.html")]
pub struct SecurityView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Whether the account has a password.
    pub has_password: bool,
    /// Where it is changed, or chosen.
    pub change_password: String,
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

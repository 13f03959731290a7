//! New accounts: registration, and the first administrator.

use askama::Template;

use super::frame::{AppView, Frame};
use super::page::Page;
use super::passkeys::{PasskeyForm, PasskeyProblem};
use super::password::PasswordError;
use super::problem::{Problem, Problems};
use super::wait;
use crate::i18n::Locale;

/// Creating an account. Sends `name`, `email`, `username` where it is asked for, and `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "register.html")]
pub struct RegisterView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app the account is created for.
    pub app: Option<AppView>,
    /// Where the form goes.
    pub action: String,
    /// What was typed before.
    pub name: String,
    /// What was typed before, or the app's hint.
    pub email: String,
    /// What was typed before; `None` where people have no usernames.
    pub username: Option<String>,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// What was wrong with what was sent.
    pub errors: Vec<NewAccountError>,
    /// Whether a script may offer an account with a passkey in the place of the password (`passkey`: `on`).
    pub passkey: bool,
    /// Where one signs in instead.
    pub login: String,
}

/// Making the passkey that a new account begins with. Sends what [`PasskeyForm`] says.
#[derive(Clone, Debug, Template)]
#[template(path = "register-passkey.html")]
pub struct RegisterPasskeyView {
    /// What surrounds it.
    pub frame: Frame,
    /// The address that is confirmed.
    pub email: String,
    /// The form.
    pub passkey: PasskeyForm,
    /// Where one registers with a password instead.
    pub password: String,
    /// What was wrong with what was sent.
    pub error: Option<PasskeyProblem>,
}

impl RegisterView {
    /// The label of the field for the username, which may stay empty.
    pub fn username_label(&self) -> String {
        let locale = self.frame.locale;
        locale.text_with("optional-field", "label", locale.text("username"))
    }
}

/// The first administrator, by a link that works once. Sends `email`, `name` and `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "setup.html")]
pub struct SetupView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// What was typed before.
    pub name: String,
    /// What was typed before.
    pub email: String,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// What was wrong with what was sent.
    pub errors: Vec<NewAccountError>,
}

/// Why an account was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewAccountError {
    /// No name.
    NameMissing,
    /// A name that is too long.
    NameTooLong,
    /// No address.
    EmailMissing,
    /// Not an address.
    EmailInvalid,
    /// There is an account with this address.
    EmailTaken,
    /// Characters or a length that usernames cannot have.
    UsernameInvalid,
    /// There is an account with this username.
    UsernameTaken,
    /// The password.
    Password(PasswordError),
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl NewAccountError {
    /// The sentence and its field.
    pub fn problem(self, locale: Locale) -> Problem {
        let (field, key) = match self {
            Self::NameMissing => ("name", "error-no-name"),
            Self::NameTooLong => ("name", "error-name-too-long"),
            Self::EmailMissing => ("email", "error-no-email"),
            Self::EmailInvalid => ("email", "error-email-invalid"),
            Self::EmailTaken => ("email", "error-email-taken"),
            Self::UsernameInvalid => ("username", "error-username-invalid"),
            Self::UsernameTaken => ("username", "error-username-taken"),
            Self::Password(error) => return error.problem(locale),
            Self::TooManyAttempts { seconds } => {
                let minutes = seconds.div_ceil(60);
                let text = wait::sentence(locale, wait::SIGN_IN, minutes);
                return Problem { field: None, text };
            }
        };
        Problem { field: Some(field), text: locale.text(key) }
    }
}

impl Page for RegisterView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        match &self.app {
            Some(app) => self.frame.locale.text_with("register-title-app", "app", &app.name),
            None => self.frame.locale.text("register-title"),
        }
    }

    fn problems(&self) -> Problems {
        self.errors.iter().map(|error| error.problem(self.frame.locale)).collect()
    }
}

impl Page for RegisterPasskeyView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("register-passkey-title")
    }

    fn problems(&self) -> Problems {
        self.error.map(|error| error.problem(&self.frame)).into_iter().collect()
    }
}

impl Page for SetupView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("setup-title")
    }

    fn problems(&self) -> Problems {
        self.errors.iter().map(|error| error.problem(self.frame.locale)).collect()
    }
}

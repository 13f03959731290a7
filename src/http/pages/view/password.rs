//! Choosing a new password by a one-time link.

use askama::Template;

use super::frame::{Frame, NextStep};
use super::page::Page;
use super::problem::{Problem, Problems};
use crate::domain::credential::password::Weakness;
use crate::i18n::Locale;

/// Why a new password was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Nothing was sent.
    Missing,
    /// Fewer characters than the rule asks for.
    TooShort {
        /// The least number of characters.
        min: u32,
    },
    /// More characters than are taken.
    TooLong {
        /// The greatest number of characters.
        max: u32,
    },
    /// One of those that are guessed first.
    Guessable(Weakness),
    /// Known to have leaked.
    Breached,
    /// Little more than the person's name, address or username, or the name of the service.
    Personal,
}

impl PasswordError {
    /// The sentence, at the field `password`.
    pub fn problem(self, locale: Locale) -> Problem {
        let text = match self {
            Self::Missing => locale.text("error-no-password"),
            Self::TooShort { min } => locale.text_with("error-password-short", "count", min),
            Self::TooLong { max } => locale.text_with("error-password-long", "count", max),
            Self::Guessable(weakness) => locale.text(match weakness {
                Weakness::Common => "error-password-common",
                Weakness::NearlyCommon => "error-password-nearly-common",
                Weakness::Word => "error-password-word",
                Weakness::Name => "error-password-name",
                Weakness::Keyboard => "error-password-keyboard",
                Weakness::Repetition => "error-password-repetition",
                Weakness::Sequence => "error-password-sequence",
                Weakness::Date => "error-password-date",
            }),
            Self::Breached => locale.text("error-password-breached"),
            Self::Personal => locale.text("error-password-personal"),
        };
        Problem { field: Some("password"), text }
    }
}

/// A new password by a one-time link. Sends `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "set-password.html")]
pub struct SetPasswordView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// The address or username of the account, for the person and for password managers.
    pub account: String,
    /// The least number of characters.
    pub password_min: u32,
    /// What was wrong with what was sent.
    pub error: Option<PasswordError>,
}

impl Page for SetPasswordView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("set-password-title")
    }

    fn problems(&self) -> Problems {
        self.error.map(|error| error.problem(self.frame.locale)).into_iter().collect()
    }
}

/// The password was saved.
#[derive(Clone, Debug, Template)]
#[template(path = "password-saved.html")]
pub struct PasswordSavedView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go on.
    pub next: Option<NextStep>,
}

impl Page for PasswordSavedView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("password-saved-title")
    }
}

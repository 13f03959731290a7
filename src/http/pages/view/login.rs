//! The login page.

use askama::Template;

use super::frame::{AppView, Frame};
use super::page::Page;
use super::passkeys::PasskeyForm;
use super::problem::{Problem, Problems};
use super::providers::{NotIn, ProviderButton};
use super::wait;

/// Email or username and password on one page.
///
/// Sends `identifier`, `password` and, where it is ticked, `remember` (`on`).
#[derive(Clone, Debug, Template)]
#[template(path = "login.html")]
pub struct LoginView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app one signs in to; `None` at the account's own login.
    pub app: Option<AppView>,
    /// Where the form goes.
    pub action: String,
    /// What stands in the field: what was typed before, or the app's hint.
    pub identifier: String,
    /// Whether "Keep me signed in" is ticked.
    pub remember: bool,
    /// How long it keeps, in days; `None` leaves the choice out.
    pub remember_days: Option<u32>,
    /// The person is signed in and is asked again (`prompt=login`, `max_age`).
    pub confirming: bool,
    /// What was wrong with what was sent.
    pub error: Option<LoginError>,
    /// After a few more misses nobody is let in for a while.
    pub last_tries: bool,
    /// The form that a script shows where the browser has passkeys; `None` where there are none.
    pub passkey: Option<PasskeyForm>,
    /// Where one gets a new password; `None` where that is not available.
    pub forgot_password: Option<String>,
    /// Where a code is mailed, to whom the first field names; `None` where no mail is sent.
    pub email_code: Option<String>,
    /// Where one creates an account; `None` where registration is closed.
    pub registration: Option<String>,
    /// The account here is asked for, so no address leads to a provider.
    pub here: bool,
    /// The provider that the app hints at, which comes before the form.
    pub hinted: Option<ProviderButton>,
    /// With whom else one can sign in.
    pub providers: Vec<ProviderButton>,
    /// Who came back from a provider and is to sign in here, in a sentence.
    pub arrival: Option<String>,
    /// Why nobody came in from a provider.
    pub not_in: Option<NotIn>,
}

/// Why a login was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// No such account, wrong password or disabled: one sentence for all of them.
    WrongCredentials,
    /// The passkey is not known, its answer is wrong, or the account is closed: one sentence for all
    /// of them.
    PasskeyRefused,
    /// Nothing in the first field.
    IdentifierMissing,
    /// Nothing in the password field.
    PasswordMissing,
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl LoginView {
    /// What else somebody can do who is kept from signing in, or will be after another miss.
    pub fn other_ways(&self) -> Option<String> {
        let is_near =
            matches!(self.error, Some(LoginError::TooManyAttempts { .. })) || self.last_tries;
        is_near.then(|| self.frame.locale.text("login-other-ways"))
    }
}

impl Page for LoginView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        match &self.app {
            Some(app) => self.frame.locale.text_with("login-title-app", "app", &app.name),
            None => self.frame.locale.text("login-title"),
        }
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        let not_in = self.not_in.as_ref().map(NotIn::problem);
        self.error
            .map(|error| match error {
                LoginError::WrongCredentials => {
                    Problem { field: None, text: locale.text("login-error-wrong") }
                }
                LoginError::PasskeyRefused => {
                    Problem { field: None, text: locale.text("error-passkey-refused") }
                }
                LoginError::IdentifierMissing => Problem {
                    field: Some("identifier"),
                    text: locale.text("login-error-no-identifier"),
                },
                LoginError::PasswordMissing => Problem {
                    field: Some("password"),
                    text: locale.text("login-error-no-password"),
                },
                LoginError::TooManyAttempts { seconds } => Problem {
                    field: None,
                    text: wait::sentence(locale, wait::SIGN_IN, seconds.div_ceil(60)),
                },
            })
            .into_iter()
            .chain(not_in)
            .collect()
    }
}

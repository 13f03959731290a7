//! Passkeys: to sign in with, after another factor, and on the account pages.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use super::removal::Removal;
use super::second_factor::SecondStep;
use super::wait;

/// The form that the script shows where the browser has passkeys. Sends `ceremony`, `credential` (JSON of
/// a `PublicKeyCredential`) and, from the login page, `remember` (`on`).
#[derive(Clone, Debug)]
pub struct PasskeyForm {
    /// Where the script asks for a challenge: a POST with `csrf`, answered with JSON.
    pub options: String,
    /// Where the form goes.
    pub action: String,
    /// A new passkey is made.
    pub makes: bool,
    /// Passkeys are offered in the login field as well.
    pub in_field: bool,
}

/// Proving a second factor with a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/passkey.html")]
pub struct SecondFactorPasskeyView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// The form.
    pub passkey: PasskeyForm,
    /// What was wrong with what was sent.
    pub error: Option<PasskeyProblem>,
}

/// Why a passkey was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyProblem {
    /// Unknown, wrong, too late or of a closed account: one sentence for all of them.
    Refused,
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
    /// A new one could not be made of what was sent.
    NotAdded,
    /// A new account could not be made with what was sent.
    NotMade,
    /// There is such a passkey.
    Known,
    /// The account has as many as it can have.
    TooMany,
    /// The name cannot be taken.
    Name,
    /// Nobody could sign in without it.
    LastWayIn,
    /// It is the only second factor of an account that needs one.
    NeedsSecondFactor,
}

impl PasskeyProblem {
    pub(super) fn problem(self, frame: &Frame) -> Problem {
        let locale = frame.locale;
        let text = match self {
            Self::TooManyAttempts { seconds } => {
                wait::sentence(locale, wait::SIGN_IN, seconds.div_ceil(60))
            }
            Self::Refused => locale.text("error-passkey-refused"),
            Self::NotAdded => locale.text("error-passkey-not-added"),
            Self::NotMade => locale.text("error-passkey-not-made"),
            Self::Known => locale.text("error-passkey-known"),
            Self::TooMany => locale.text("error-passkey-too-many"),
            Self::Name => locale.text("error-passkey-name"),
            Self::LastWayIn => locale.text("error-passkey-last"),
            Self::NeedsSecondFactor => locale.text("error-passkey-needed"),
        };
        Problem { field: (self == Self::Name).then_some("name"), text }
    }
}

fn problems(frame: &Frame, error: Option<PasskeyProblem>) -> Problems {
    error.map(|error| error.problem(frame)).into_iter().collect()
}

/// The passkeys of an account, for whichever page includes `account/security/passkeys.html`.
#[derive(Clone, Debug)]
pub struct PasskeysPart {
    /// One each, oldest first.
    pub rows: Vec<PasskeyRow>,
    /// Where one is added; `None` where there are no passkeys.
    pub add: Option<String>,
}

/// A passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// As the person calls it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
    /// There may be a copy of it.
    pub copied: bool,
    /// It was added when somebody else may have been signed in, and lets nobody in by itself.
    pub in_doubt: bool,
    /// Where it gets another name.
    pub rename: String,
    /// Where one is asked whether to remove it.
    pub remove: String,
}

/// The passkeys of an account on a page of their own.
#[derive(Clone, Debug, Template)]
#[template(path = "account/passkeys.html")]
pub struct PasskeysView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The passkeys.
    pub passkeys: PasskeysPart,
}

/// Adding a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "account/add-passkey.html")]
pub struct AddPasskeyView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The form.
    pub passkey: PasskeyForm,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What was wrong with what was sent.
    pub error: Option<PasskeyProblem>,
}

/// Giving a passkey another name. Sends `name`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/rename-passkey.html")]
pub struct RenamePasskeyView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The name that it has, or that was typed.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What was wrong with what was sent.
    pub error: Option<PasskeyProblem>,
}

/// Asks before a passkey is removed. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/remove.html")]
pub struct RemovePasskeyView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// What it is called.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// Why it was not removed.
    pub error: Option<PasskeyProblem>,
}

impl Page for SecondFactorPasskeyView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("passkey-check-title")
    }

    fn problems(&self) -> Problems {
        problems(&self.frame, self.error)
    }
}

impl Page for PasskeysView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("passkeys-title")
    }
}

impl Page for AddPasskeyView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("passkey-add")
    }

    fn problems(&self) -> Problems {
        problems(&self.frame, self.error)
    }
}

impl Page for RenamePasskeyView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("passkey-rename-title")
    }

    fn problems(&self) -> Problems {
        problems(&self.frame, self.error)
    }
}

impl Removal for RemovePasskeyView {
    const WHAT: &'static str = "passkey";

    fn lead(&self) -> String {
        self.frame.locale.text("passkey-remove-lead")
    }

    fn label(&self) -> String {
        self.frame.locale.text_with("passkey-remove-named", "name", &self.name)
    }
}

impl Page for RemovePasskeyView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("passkey-remove-title", "name", &self.name)
    }

    fn problems(&self) -> Problems {
        problems(&self.frame, self.error)
    }
}

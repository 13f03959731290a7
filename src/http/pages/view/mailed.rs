//! Codes and links that are mailed: asked for, typed, opened.

use askama::Template;

use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use super::wait;
use crate::i18n::Locale;

/// Where a code or a link is asked for. Sends `email`, and `send`: `code` or `link`.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-address.html")]
pub struct MailedAddressView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// The account here is asked for, so no address leads to a provider.
    pub here: bool,
    /// What stands in the field.
    pub email: String,
    /// What was wrong with what was sent.
    pub error: Option<MailedError>,
    /// Where one signs in otherwise.
    pub login: String,
}

/// Where whoever proves a second factor asks for a code. Sends nothing but that.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-send.html")]
pub struct MailedSendView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// Where the code goes, masked.
    pub address: String,
    /// What was wrong with what was sent.
    pub error: Option<MailedError>,
}

/// Where a mailed code is typed. One form sends `code` and, where it is there, `username`, `remember`
/// and `trust`; the other sends `again`.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-code.html")]
pub struct MailedCodeView {
    /// What surrounds it.
    pub frame: Frame,
    /// What the code is for.
    pub page: CodePage,
    /// Where the forms go.
    pub action: String,
    /// Where it was sent, masked.
    pub address: String,
    /// How long it works, in minutes.
    pub minutes: u32,
    /// The username that is wanted, where it has to be another one.
    pub username: Option<String>,
    /// How long "Keep me signed in" keeps, in days; `None` leaves the choice out.
    pub remember_days: Option<u32>,
    /// For how many days this browser can be trusted; `None` leaves the choice out.
    pub trust_days: Option<u32>,
    /// What was wrong with what was sent.
    pub error: Option<MailedError>,
    /// Where another address is typed, if that can be.
    pub other_address: Option<String>,
    /// Where one signs in otherwise, if that can be.
    pub other_way: Option<String>,
}

/// What a mailed code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePage {
    /// To sign in; a code was mailed.
    SignIn,
    /// To sign in; a link was mailed, which shows a code in other browsers.
    Link,
    /// As a second factor.
    SecondFactor,
    /// To confirm the address of a new account.
    Register,
}

impl CodePage {
    fn heading(self) -> &'static str {
        match self {
            Self::SignIn => "mailed-title",
            Self::Link => "mailed-link-sent-title",
            Self::SecondFactor => "mailed-second-title",
            Self::Register => "mailed-register-title",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Link => "mailed-hint-link",
            Self::SignIn | Self::SecondFactor | Self::Register => "mailed-hint",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::SignIn => "mailed-sent-code",
            Self::Link => "mailed-sent-link",
            Self::SecondFactor => "mailed-sent-second",
            Self::Register => "mailed-sent-register",
        }
    }
}

/// A link of a mail that was opened. Its button sends `remember` where it is ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-link.html")]
pub struct MailedLinkView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// What it does.
    pub page: LinkPage,
    /// Whether this browser asked for it.
    pub here: bool,
    /// Where it was sent, masked.
    pub address: String,
    /// How long "Keep me signed in" keeps, in days; `None` leaves the choice out.
    pub remember_days: Option<u32>,
}

/// What a link of a mail does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPage {
    /// Signs in.
    SignIn,
    /// Confirms the address of a new account.
    Register,
}

impl MailedLinkView {
    fn lead(&self) -> String {
        let key = match (self.page, self.here) {
            (LinkPage::SignIn, true) => "mailed-link-lead",
            (LinkPage::Register, true) => "mailed-confirm-lead",
            (_, false) => "mailed-link-elsewhere",
        };
        self.frame.locale.text_with(key, "address", &self.address)
    }

    fn button(&self) -> String {
        let key = match (self.page, self.here) {
            (LinkPage::SignIn, true) => "sign-in",
            (LinkPage::Register, true) => "create-account",
            (_, false) => "mailed-show-code",
        };
        self.frame.locale.text(key)
    }
}

/// A code to be typed in the browser that asked for the link.
#[derive(Clone, Debug, Template)]
#[template(path = "matching-code.html")]
pub struct MatchingCodeView {
    /// What surrounds it.
    pub frame: Frame,
    /// The code, in groups.
    pub code: String,
}

/// What was wrong with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailedError {
    /// No address.
    EmailMissing,
    /// Not an address.
    EmailInvalid,
    /// Not six digits.
    CodeInvalid,
    /// Wrong, used, too old: one sentence for all of them.
    CodeWrong,
    /// Characters or a length that usernames cannot have.
    UsernameInvalid,
    /// Somebody else has the username by now.
    UsernameTaken,
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl MailedError {
    fn problem(self, locale: Locale) -> Problem {
        let (field, key) = match self {
            Self::EmailMissing => ("email", "error-no-email"),
            Self::EmailInvalid => ("email", "error-email-invalid"),
            Self::CodeInvalid => ("code", "mailed-error-invalid"),
            Self::CodeWrong => ("code", "mailed-error-wrong"),
            Self::UsernameInvalid => ("username", "error-username-invalid"),
            Self::UsernameTaken => ("username", "error-username-taken"),
            Self::TooManyAttempts { seconds } => {
                let text = wait::sentence(locale, wait::SIGN_IN, seconds.div_ceil(60));
                return Problem { field: None, text };
            }
        };
        Problem { field: Some(field), text: locale.text(key) }
    }
}

fn problems(error: Option<MailedError>, locale: Locale) -> Problems {
    error.map(|error| error.problem(locale)).into_iter().collect()
}

impl Page for MailedAddressView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("mailed-address-title")
    }

    fn problems(&self) -> Problems {
        problems(self.error, self.frame.locale)
    }
}

impl Page for MailedSendView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("mailed-second-title")
    }

    fn problems(&self) -> Problems {
        problems(self.error, self.frame.locale)
    }
}

impl Page for MailedCodeView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text(self.page.heading())
    }

    fn problems(&self) -> Problems {
        problems(self.error, self.frame.locale)
    }
}

impl Page for MailedLinkView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text(match (self.page, self.here) {
            (LinkPage::Register, _) => "mailed-register-title",
            (LinkPage::SignIn, _) => "login-title",
        })
    }
}

impl Page for MatchingCodeView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("mailed-match-title")
    }
}

//! Getting back into an account.

use askama::Template;
use chrono::{DateTime, Utc};

use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use super::providers::ProviderButton;
use super::wait;
use crate::domain::user_agent;

/// Asking for a link to set a new password. Sends `identifier`.
#[derive(Clone, Debug, Template)]
#[template(path = "forgot-password.html")]
pub struct ForgotView {
    /// What surrounds it.
    pub frame: Frame,
    /// Whether mail is sent here; where not, the page says whom to ask.
    pub open: bool,
    /// Where the form goes.
    pub action: String,
    /// What was typed before.
    pub identifier: String,
    /// Where its password is kept, if that is elsewhere.
    pub elsewhere: Option<ProviderButton>,
    /// What was wrong with what was sent.
    pub error: Option<ForgotError>,
    /// Where one signs in.
    pub login: String,
}

/// Why no link was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgotError {
    /// Nothing was typed.
    Missing,
    /// The requests are used up for a while.
    TooMany {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl Page for ForgotView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("forgot-title")
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        self.error
            .map(|error| match error {
                ForgotError::Missing => Problem {
                    field: Some("identifier"),
                    text: locale.text("login-error-no-identifier"),
                },
                ForgotError::TooMany { seconds } => Problem {
                    field: None,
                    text: wait::sentence(locale, wait::SIGN_IN, seconds.div_ceil(60)),
                },
            })
            .into_iter()
            .collect()
    }
}

/// After that, whoever it was and whether or not there is such an account.
#[derive(Clone, Debug, Template)]
#[template(path = "forgot-password-sent.html")]
pub struct ForgotSentView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where one asks once more.
    pub again: String,
    /// Where one signs in.
    pub login: String,
}

impl Page for ForgotSentView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("forgot-sent-title")
    }
}

/// A sign-in that may have been somebody else's. Sends nothing but that it was.
#[derive(Clone, Debug, Template)]
#[template(path = "not-me.html")]
pub struct NotMeView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// When it was.
    pub at: DateTime<Utc>,
    /// Where from.
    pub ip: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
}

impl NotMeView {
    /// Browser and system, in words of ours.
    pub fn device(&self) -> String {
        let locale = self.frame.locale;
        match user_agent::describe(self.user_agent.as_deref().unwrap_or_default()) {
            (Some(browser), Some(system)) => {
                locale.format("session-device", &[("browser", &browser), ("system", &system)])
            }
            (Some(known), None) | (None, Some(known)) => known,
            (None, None) => locale.text("session-unknown-device"),
        }
    }
}

impl Page for NotMeView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("not-me-title")
    }
}

/// The sign-in was ended.
#[derive(Clone, Debug, Template)]
#[template(path = "not-me-done.html")]
pub struct NotMeDoneView {
    /// What surrounds it.
    pub frame: Frame,
    /// What becomes of the link to choose another password with.
    pub disowning: Disowning,
    /// Where one asks for another link; `None` where none is mailed.
    pub again: Option<String>,
}

/// What became of "this was not me".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disowning {
    /// A link is on its way.
    LinkMailed,
    /// The person has got too many mails within the hour for another one.
    LinkLeftOut,
    /// No link is mailed to them.
    NoLink,
    /// The button was pressed before.
    Before,
}

impl NotMeDoneView {
    /// The message that says what to do next.
    fn lead(&self) -> &'static str {
        match self.disowning {
            Disowning::LinkMailed => "not-me-done-lead",
            Disowning::LinkLeftOut => "not-me-done-lead-left-out",
            Disowning::NoLink => "not-me-done-lead-operator",
            Disowning::Before => "not-me-done-lead-before",
        }
    }
}

impl Page for NotMeDoneView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("not-me-done-title")
    }
}

//! The page for everything that cannot go on.

use askama::Template;
use chrono::{DateTime, Utc};

use super::frame::{Frame, NextStep};
use super::page::Page;
use super::wait;

/// What happened, what to do next, and the number under which the log has the rest.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorView {
    /// What surrounds it.
    pub frame: Frame,
    /// What happened.
    pub kind: ErrorKind,
    /// What to do next, beside the advice that goes with the kind; the likeliest first.
    pub next: Vec<NextStep>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// What happened, as far as the person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The return address is not registered for the app.
    ReturnAddress {
        /// The app's name.
        app: String,
    },
    /// No such app.
    UnknownApp,
    /// The app's request is malformed and cannot be answered to the app itself.
    AppRequest,
    /// The flow's time is over.
    FlowExpired,
    /// The flow belongs to another browser, or there are no cookies.
    OtherBrowser,
    /// The form does not match: its `csrf` is missing, wrong or too old.
    FormTooOld,
    /// A one-time link that was used, has expired or never was.
    LinkUsed,
    /// The same of a link in mail, where it is known what such a link is for.
    DeadLink(DeadLink),
    /// No such page (404).
    NotFound,
    /// Not with this method (405).
    MethodNotAllowed,
    /// Unreadable: too large, not a form, a field twice.
    BadRequest,
    /// Registration is closed.
    RegistrationClosed,
    /// Too many attempts (429).
    TooManyAttempts {
        /// Until the next attempt, rounded up.
        minutes: u32,
    },
    /// Nobody came in from a provider, and there is no sign-in to go on with.
    Provider {
        /// Why, in a sentence.
        text: String,
        /// What they were on the way to goes on without it.
        goes_on: bool,
    },
    /// Overloaded, or the database is away (503).
    Busy,
    /// A fault of ours (500).
    Internal,
}

/// What a link was for that does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLink {
    /// To sign in.
    SignIn,
    /// To confirm an address, of an account that is to be made or of one that is there.
    Confirmation {
        /// An account can be made here.
        may_register: bool,
    },
    /// To take something back.
    Undoing {
        /// Another password can be set by mail.
        reset: bool,
    },
}

impl DeadLink {
    /// The key of what the person can do.
    fn advice(self) -> &'static str {
        match self {
            Self::SignIn => "fault-link-sign-in",
            Self::Confirmation { may_register: true } => "fault-link-confirm",
            Self::Confirmation { may_register: false } => "fault-link-address",
            Self::Undoing { reset: true } => "fault-link-undo",
            Self::Undoing { reset: false } => "fault-link-undo-operator",
        }
    }
}

impl ErrorView {
    /// What happened, in one sentence.
    pub fn what(&self) -> String {
        let locale = self.frame.locale;
        locale.text(match &self.kind {
            ErrorKind::ReturnAddress { app } => {
                return locale.text_with("fault-return-address", "app", app);
            }
            ErrorKind::UnknownApp => "fault-unknown-app",
            ErrorKind::AppRequest => "fault-app-request",
            ErrorKind::FlowExpired => "fault-expired",
            ErrorKind::OtherBrowser => "fault-browser",
            ErrorKind::FormTooOld => "fault-form",
            ErrorKind::LinkUsed | ErrorKind::DeadLink(_) => "fault-link",
            ErrorKind::NotFound => "fault-not-found",
            ErrorKind::MethodNotAllowed => "fault-method",
            ErrorKind::BadRequest => "fault-bad-request",
            ErrorKind::RegistrationClosed => "fault-registration",
            ErrorKind::TooManyAttempts { .. } => "fault-too-many",
            ErrorKind::Provider { text, .. } => return text.clone(),
            ErrorKind::Busy => "fault-busy",
            ErrorKind::Internal => "fault-internal",
        })
    }

    /// What the person can do.
    pub fn advice(&self) -> String {
        let locale = self.frame.locale;
        locale.text(match &self.kind {
            ErrorKind::ReturnAddress { .. } | ErrorKind::UnknownApp | ErrorKind::AppRequest => {
                "fault-app-next"
            }
            ErrorKind::FlowExpired => "fault-expired-next",
            ErrorKind::Provider { goes_on: true, .. } => "fault-provider-goes-on",
            ErrorKind::Provider { goes_on: false, .. } => "fault-provider-next",
            ErrorKind::OtherBrowser => "fault-browser-next",
            ErrorKind::FormTooOld => "fault-form-next",
            ErrorKind::LinkUsed => "fault-link-next",
            ErrorKind::DeadLink(link) => link.advice(),
            ErrorKind::NotFound => "fault-not-found-next",
            ErrorKind::MethodNotAllowed => "fault-method-next",
            ErrorKind::BadRequest => "fault-bad-request-next",
            ErrorKind::RegistrationClosed => "fault-registration-next",
            ErrorKind::TooManyAttempts { minutes } => {
                return wait::sentence(locale, wait::NEXT, *minutes);
            }
            ErrorKind::Busy => "fault-busy-next",
            ErrorKind::Internal => "fault-internal-next",
        })
    }
}

impl Page for ErrorView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text(match &self.kind {
            ErrorKind::ReturnAddress { .. } | ErrorKind::UnknownApp | ErrorKind::AppRequest => {
                "fault-app-title"
            }
            ErrorKind::FlowExpired => "fault-expired-title",
            ErrorKind::Provider { .. } => "fault-provider-title",
            ErrorKind::OtherBrowser => "fault-browser-title",
            ErrorKind::FormTooOld => "fault-form-title",
            ErrorKind::LinkUsed | ErrorKind::DeadLink(_) => "fault-link-title",
            ErrorKind::NotFound => "fault-not-found-title",
            ErrorKind::MethodNotAllowed => "fault-method-title",
            ErrorKind::BadRequest => "fault-bad-request-title",
            ErrorKind::RegistrationClosed => "fault-registration-title",
            ErrorKind::TooManyAttempts { .. } => "fault-too-many-title",
            ErrorKind::Busy => "fault-busy-title",
            ErrorKind::Internal => "fault-internal-title",
        })
    }

    fn document_title(&self) -> String {
        self.frame.locale.text_with("error-title", "title", self.heading())
    }
}

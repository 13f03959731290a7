//! An authenticator app that is being added, and recovery codes that were made: on the account pages
//! and in a sign-in alike.

use askama::Template;

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use super::qr;
use crate::i18n::Locale;
use crate::identity::authenticators::Begun;

/// An authenticator app that waits for its first code.
#[derive(Clone, Debug)]
pub struct EnrolmentView {
    /// Where the form goes.
    pub action: String,
    /// The field `authenticator`: which one it is.
    pub id: String,
    /// The secret, where it is shown.
    pub secret: Option<SecretView>,
    /// Where one begins again.
    pub again: String,
    /// What was wrong with the code.
    pub error: Option<EnrolmentError>,
}

/// The secret of an app, shown once.
#[derive(Clone, Debug)]
pub struct SecretView {
    /// For who types it.
    pub text: String,
    /// For apps on the same device.
    pub uri: String,
    /// For cameras, as SVG; `None` where the names are too long for a picture.
    pub picture: Option<String>,
}

/// Why an app was not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentError {
    /// What was sent is no code.
    Malformed,
    /// The code is wrong.
    Wrong,
}

impl SecretView {
    /// Of an app that was just begun.
    pub fn of(begun: &Begun, locale: Locale) -> Self {
        let uri = begun.uri.expose().clone();
        Self {
            text: begun.secret.expose().clone(),
            picture: qr::svg(&uri, &locale.text("app-picture")),
            uri,
        }
    }
}

impl EnrolmentView {
    /// What was just begun: the secret is shown.
    pub fn begun(begun: &Begun, action: String, again: String, locale: Locale) -> Self {
        let secret = Some(SecretView::of(begun, locale));
        Self { action, id: begun.id.to_string(), secret, again, error: None }
    }

    /// The heading of its page.
    pub fn heading(&self, locale: Locale) -> String {
        locale.text(if self.secret.is_some() { "app-scan-title" } else { "second-app-title" })
    }

    /// What was wrong with the code.
    pub fn problems(&self, locale: Locale) -> Problems {
        let problem = |error| Problem {
            field: Some("code"),
            text: locale.text(match error {
                EnrolmentError::Malformed => "error-code-malformed",
                EnrolmentError::Wrong => "error-app-code-wrong",
            }),
        };
        self.error.map(problem).into_iter().collect()
    }
}

/// An authenticator app is added on the account pages. Sends `authenticator` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security/confirm-app.html")]
pub struct ConfirmAppView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The app.
    pub enrolment: EnrolmentView,
}

/// Recovery codes that were just made, shown once.
#[derive(Clone, Debug)]
pub struct CodesView {
    /// Each as it is written down.
    pub codes: Vec<String>,
    /// Where the form goes that downloads them: it sends `csrf` and `codes`. `None`: nowhere.
    pub download: Option<String>,
    /// Where one goes on.
    pub next: String,
}

/// Recovery codes of somebody who has just set up a second step in a sign-in.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/codes.html")]
pub struct FirstCodesView {
    /// What surrounds it.
    pub frame: Frame,
    /// The codes.
    pub shown: CodesView,
}

/// Recovery codes that were made on the account pages.
#[derive(Clone, Debug, Template)]
#[template(path = "account/security/codes.html")]
pub struct NewCodesView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The codes.
    pub shown: CodesView,
}

impl CodesView {
    /// All codes in one field.
    pub fn joined(&self) -> String {
        self.codes.join(" ")
    }
}

impl Page for ConfirmAppView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.enrolment.heading(self.frame.locale)
    }

    fn problems(&self) -> Problems {
        self.enrolment.problems(self.frame.locale)
    }
}

impl Page for FirstCodesView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("recovery-list")
    }
}

impl Page for NewCodesView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("recovery-list")
    }
}

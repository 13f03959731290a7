//! What is kept about the person, and the end of the account; the username.

use askama::Template;

use super::account::AccountNav;
use super::frame::{Frame, NextStep};
use super::page::Page;
use super::problem::{Problem, Problems};
use super::wait;
use crate::identity::closing::WayBack;

/// What can be done with all of it. The form sends nothing but `csrf`, and is answered by a file.
#[derive(Clone, Debug, Template)]
#[template(path = "account/data.html")]
pub struct DataView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes that asks for the file.
    pub export: String,
    /// The path of the question whether to close the account for a while.
    pub deactivate: String,
    /// The path of the question whether to delete the account.
    pub delete: String,
}

/// Asks before the account is deleted. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/delete.html")]
pub struct DeleteAccountView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The address or username of the account, which stands on the button.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// Whether a mail with the link that brings it back will be sent.
    pub is_mailed: bool,
    /// Nobody could administer the server after this: there is no button.
    pub is_last_administrator: bool,
}

/// Asks before the account is closed for a while. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/deactivate.html")]
pub struct DeactivateView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The address or username of the account, which stands on the button.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// Whether a mail with the link that opens it again will be sent.
    pub is_mailed: bool,
    /// Nobody could administer the server after this: there is no button.
    pub is_last_administrator: bool,
}

/// The account is closed for a while.
#[derive(Clone, Debug, Template)]
#[template(path = "deactivated.html")]
pub struct DeactivatedView {
    /// What surrounds it.
    pub frame: Frame,
    /// How one comes back.
    pub back: WayBack,
    /// Where to go on.
    pub next: Option<NextStep>,
}

impl DeactivatedView {
    /// The message that says how.
    fn lead(&self) -> &'static str {
        match self.back {
            WayBack::Mailed => "deactivated-lead",
            WayBack::AskedFor => "deactivated-lead-asked-for",
            WayBack::Operator => "deactivated-lead-operator",
        }
    }
}

impl Page for DeactivateView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("deactivate-title")
    }
}

impl Page for DeactivatedView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("deactivated-title")
    }
}

/// The account is deleted.
#[derive(Clone, Debug, Template)]
#[template(path = "deleted.html")]
pub struct DeletedView {
    /// What surrounds it.
    pub frame: Frame,
    /// Whether a mail with the link that brings it back was written.
    pub is_mailed: bool,
    /// Where to go on.
    pub next: Option<NextStep>,
}

/// Changing the username. Sends `username`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/username.html")]
pub struct UsernameView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What stands in the field.
    pub username: String,
    /// Whether there is one, which nobody will get again.
    pub has_one: bool,
    /// What was wrong with what was sent.
    pub error: Option<UsernameViewError>,
}

/// Why the username stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameViewError {
    /// It is none.
    Invalid,
    /// Somebody has or had it.
    Taken,
    /// The tries are used up for a while.
    TooMany {
        /// Seconds until the next one.
        seconds: u32,
    },
}

impl Page for DataView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-data")
    }
}

impl Page for DeleteAccountView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("delete-title")
    }
}

impl Page for DeletedView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("deleted-title")
    }
}

impl Page for UsernameView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("username-title")
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        let problem = |error: UsernameViewError| match error {
            UsernameViewError::Invalid => {
                Problem { field: Some("username"), text: locale.text("error-username-invalid") }
            }
            UsernameViewError::Taken => {
                Problem { field: Some("username"), text: locale.text("error-username-taken") }
            }
            UsernameViewError::TooMany { seconds } => {
                let text = wait::sentence(locale, wait::NEXT, seconds.div_ceil(60));
                Problem { field: None, text }
            }
        };
        self.error.into_iter().map(problem).collect()
    }
}

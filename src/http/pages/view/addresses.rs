//! The addresses of the account, and the pages that mail about them leads to.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::{Frame, NextStep};
use super::page::Page;
use super::problem::{Problem, Problems};
use super::removal::Removal;
use super::wait;

/// The addresses of the account, a row each. The forms in the rows send nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/addresses.html")]
pub struct AddressesView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The primary one first.
    pub addresses: Vec<AddressRow>,
    /// Those that wait until they are confirmed.
    pub pending: Vec<PendingRow>,
    /// The path of the form that adds one; `None` where there is no mail.
    pub add: Option<String>,
}

/// An address of the account.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// The address.
    pub email: String,
    /// Whether mail goes there.
    pub is_primary: bool,
    /// Whether it was confirmed.
    pub is_confirmed: bool,
    /// Where the form goes that makes it the primary one.
    pub make_primary: Option<String>,
    /// The path of the question whether to remove it.
    pub remove: Option<String>,
}

/// An address that waits.
#[derive(Clone, Debug)]
pub struct PendingRow {
    /// The address.
    pub email: String,
    /// Whether it takes the place of the primary one.
    pub replaces: bool,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
    /// Where the form goes that drops it.
    pub drop: String,
}

/// Adding an address. Sends `email` and, where it is ticked, `replaces` (`on`).
#[derive(Clone, Debug, Template)]
#[template(path = "account/add-address.html")]
pub struct AddAddressView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What was typed.
    pub email: String,
    /// The present primary address, if there is one.
    pub primary: Option<String>,
    /// Whether the box was ticked.
    pub replaces: bool,
    /// What was wrong with what was sent.
    pub error: Option<AddAddressError>,
}

/// Why an address was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddAddressError {
    /// Nothing was typed.
    Missing,
    /// It is no address.
    Invalid,
    /// The account has it already.
    Own,
    /// The account has too many.
    Full,
    /// The changes are used up for a while.
    TooMany {
        /// Seconds until the next one.
        seconds: u32,
    },
}

/// Asks before an address is removed. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/remove.html")]
pub struct RemoveAddressView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The address.
    pub email: String,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
}

/// What a link in a mail does once its button is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailedAct {
    /// Confirms an address.
    Confirm {
        /// The address.
        email: String,
        /// Whether it takes the place of the primary one.
        replaces: bool,
    },
    /// Brings an address back.
    Keep {
        /// The address.
        email: String,
    },
    /// Brings an account back that is being deleted.
    Restore,
    /// Opens an account again that its person closed.
    Reactivate,
}

/// The page that a link in a mail opens: nothing happens before its button is pressed, because
/// programs that look through mail open links as well. Sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-act.html")]
pub struct MailedActView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// The address or username of the account.
    pub account: String,
    /// What the button does.
    pub act: MailedAct,
}

/// After the button.
#[derive(Clone, Debug, Template)]
#[template(path = "mailed-act-done.html")]
pub struct MailedActDoneView {
    /// What surrounds it.
    pub frame: Frame,
    /// What was done.
    pub act: MailedAct,
    /// Where to go on.
    pub next: Option<NextStep>,
}

impl MailedActView {
    /// What the button does, in a sentence or two.
    pub fn lead(&self) -> String {
        let (locale, account) = (self.frame.locale, &self.account);
        match &self.act {
            MailedAct::Confirm { email, replaces: false } => {
                locale.format("confirm-address-lead", &[("email", email), ("account", account)])
            }
            MailedAct::Confirm { email, replaces: true } => {
                locale.format("replace-address-lead", &[("email", email), ("account", account)])
            }
            MailedAct::Keep { email } => locale.text_with("keep-address-lead", "email", email),
            MailedAct::Restore => locale.text_with("restore-account-lead", "account", account),
            MailedAct::Reactivate => {
                locale.text_with("reactivate-account-lead", "account", account)
            }
        }
    }

    /// The words on the button.
    pub fn label(&self) -> String {
        self.frame.locale.text(match &self.act {
            MailedAct::Confirm { .. } => "mail-confirm-action",
            MailedAct::Keep { .. } => "keep-address-action",
            MailedAct::Restore => "restore-account-action",
            MailedAct::Reactivate => "reactivate-account-action",
        })
    }
}

impl MailedActDoneView {
    /// What was done.
    pub fn lead(&self) -> String {
        let locale = self.frame.locale;
        match &self.act {
            MailedAct::Confirm { email, .. } => {
                locale.text_with("confirm-address-done", "email", email)
            }
            MailedAct::Keep { email } => locale.text_with("keep-address-done", "email", email),
            MailedAct::Restore | MailedAct::Reactivate => locale.text("restore-account-done"),
        }
    }
}

impl AddAddressError {
    fn problem(self, frame: &Frame) -> Problem {
        let locale = frame.locale;
        let at = |key| Problem { field: Some("email"), text: locale.text(key) };
        match self {
            Self::Missing => at("error-no-email"),
            Self::Invalid => at("error-email-invalid"),
            Self::Own => at("error-address-own"),
            Self::Full => at("error-address-full"),
            Self::TooMany { seconds } => {
                let text = wait::sentence(locale, wait::NEXT, seconds.div_ceil(60));
                Problem { field: None, text }
            }
        }
    }
}

impl Page for AddressesView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("addresses-title")
    }
}

impl Page for AddAddressView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("address-add-title")
    }

    fn problems(&self) -> Problems {
        self.error.iter().map(|error| error.problem(&self.frame)).collect()
    }
}

impl Removal for RemoveAddressView {
    const WHAT: &'static str = "address";

    fn lead(&self) -> String {
        self.frame.locale.text("address-remove-lead")
    }

    fn label(&self) -> String {
        self.frame.locale.text_with("address-remove-named", "email", &self.email)
    }
}

impl Page for RemoveAddressView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("address-remove-title", "email", &self.email)
    }
}

impl Page for MailedActView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text(match &self.act {
            MailedAct::Confirm { .. } => "confirm-address-title",
            MailedAct::Keep { .. } => "keep-address-title",
            MailedAct::Restore => "restore-account-title",
            MailedAct::Reactivate => "reactivate-account-title",
        })
    }
}

impl Page for MailedActDoneView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text(match &self.act {
            MailedAct::Confirm { .. } => "confirm-address-done-title",
            MailedAct::Keep { .. } => "keep-address-done-title",
            MailedAct::Restore => "restore-account-done-title",
            MailedAct::Reactivate => "reactivate-account-done-title",
        })
    }
}

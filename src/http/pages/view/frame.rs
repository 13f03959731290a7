//! What surrounds every page.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::http::assets;
use crate::i18n::Locale;

/// Where the language menu goes: `GET` with `lang` (a tag) and `return_to` (a path of ours, to be
/// checked by whoever answers). It only sets the cookie with the chosen language.
pub const LANGUAGE_PATH: &str = "/language";

/// What surrounds every page: language, branding, warning and what the forms carry.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub locale: Locale,
    /// Whose page it is.
    pub branding: Branding,
    /// The zone of the times on it; `None`: UTC, which the script turns into that of the device.
    pub zone: Option<Tz>,
    /// A banner above everything.
    pub warning: Option<Warning>,
    /// The value of the hidden field `csrf` of every form; empty where the page has no form.
    pub csrf: String,
    /// The path (and query) that shows this page by GET, for the language menu. `None` leaves the
    /// menu out.
    pub language_return: Option<String>,
}

impl Frame {
    /// Every language of the menu.
    pub fn languages(&self) -> Vec<Locale> {
        Locale::all().collect()
    }

    /// A moment in words, in the zone of the page.
    pub fn date_time(&self, at: &DateTime<Utc>) -> String {
        self.locale.date_time_in(at, self.zone.unwrap_or(Tz::UTC))
    }

    /// The path of the stylesheet.
    pub fn stylesheet(&self) -> &'static str {
        assets::stylesheet_path()
    }

    /// The path of the script.
    pub fn script(&self) -> &'static str {
        assets::script_path()
    }

    /// The path of the script for passkeys.
    pub fn passkey_script(&self) -> &'static str {
        assets::passkey_script_path()
    }

    /// The path of the icon.
    pub fn icon(&self) -> &'static str {
        assets::icon_path()
    }

    /// Where the language menu goes.
    pub fn language_path(&self) -> &'static str {
        LANGUAGE_PATH
    }
}

/// Whose page it is: the app's name and logo where there is one, else the operator's, and the
/// operator's links.
#[derive(Clone, Debug, Default)]
pub struct Branding {
    /// Stands above the card, or is the alternative text of the logo.
    pub name: String,
    /// A logo served by us.
    pub logo_url: Option<String>,
    /// The operator's privacy notice.
    pub privacy: Option<String>,
    /// The operator's terms.
    pub terms: Option<String>,
    /// Where the operator helps people.
    pub help: Option<String>,
}

/// A banner that stands above every page of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// `latchkey dev`: made-up data only.
    Development,
    /// The issuer is http on an address others can reach.
    Insecure,
}

impl Warning {
    /// The key of its message.
    pub fn key(self) -> &'static str {
        match self {
            Self::Development => "warning-development",
            Self::Insecure => "warning-insecure",
        }
    }
}

/// An app as people see it.
#[derive(Clone, Debug)]
pub struct AppView {
    /// Its registered name.
    pub name: String,
    /// The host of its return address, such as `notes.example`, with the port where it is not the
    /// usual one. Empty: it has no address any more.
    pub host: String,
    /// Who offers it, where that is registered.
    pub publisher: Option<String>,
    /// Its privacy policy.
    pub privacy: Option<String>,
    /// Its terms of service.
    pub terms: Option<String>,
}

/// What a person does after a page that has no form. The text is the path it leads to.
#[derive(Clone, Debug)]
pub enum NextStep {
    /// The page before, or this one, once more.
    TryAgain(String),
    /// The login page.
    SignIn(String),
    /// Where one asks for a link to set a new password.
    ResetPassword(String),
    /// Where an account is made.
    Register(String),
    /// The addresses of the account.
    Addresses(String),
    /// The account home.
    Account(String),
    /// What comes next in a sign-in.
    GoOn(String),
    /// Back to an app, at an address registered for it.
    App {
        /// The app's name.
        name: String,
        /// The registered address.
        href: String,
    },
}

impl NextStep {
    /// Where people go who cannot go on: their account.
    pub fn home() -> Self {
        Self::Account("/account".to_owned())
    }

    /// Where it leads.
    pub fn href(&self) -> &str {
        match self {
            Self::TryAgain(href)
            | Self::SignIn(href)
            | Self::ResetPassword(href)
            | Self::Register(href)
            | Self::Addresses(href)
            | Self::Account(href)
            | Self::GoOn(href)
            | Self::App { href, .. } => href,
        }
    }

    /// The words on it.
    pub fn label(&self, frame: &Frame) -> String {
        let locale = frame.locale;
        match self {
            Self::TryAgain(_) => locale.text("next-try-again"),
            Self::SignIn(_) => locale.text("next-sign-in"),
            Self::ResetPassword(_) => locale.text("mail-reset-password"),
            Self::Register(_) => locale.text("create-account-link"),
            Self::Addresses(_) => locale.text("addresses-title"),
            Self::Account(_) => locale.text("next-account"),
            Self::GoOn(_) => locale.text("next-go-on"),
            Self::App { name, .. } => locale.text_with("next-app", "app", name),
        }
    }
}

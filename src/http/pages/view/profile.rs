//! Who one is here: the account home, the picture, language and time zone.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use super::wait;
use crate::domain::details::{Detail, InvalidDetail};
use crate::domain::time_zone;
use crate::i18n::Locale;

/// The account home: who one is here.
#[derive(Clone, Debug, Template)]
#[template(path = "account/profile.html")]
pub struct ProfileView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The path of the picture, where there is one.
    pub picture: Option<String>,
    /// Where that is changed.
    pub change_picture: String,
    /// The name to be called by, where one was given.
    pub name: Option<String>,
    /// The primary address.
    pub email: Option<String>,
    /// Whether that address was confirmed.
    pub email_verified: bool,
    /// One that waits until it is confirmed, where there is no other.
    pub email_waiting: Option<String>,
    /// The username.
    pub username: Option<String>,
    /// The language, as it calls itself.
    pub language: Option<String>,
    /// The time zone.
    pub zone: Option<String>,
    /// Where both are chosen.
    pub change_region: String,
    /// When the account was created.
    pub created_at: DateTime<Utc>,
    /// What else is known: label and text, which may have several lines.
    pub details: Vec<(String, String)>,
    /// Where all of it is changed.
    pub change: String,
    /// Where the addresses are.
    pub addresses: String,
    /// Where the username is changed.
    pub change_username: String,
}

/// Sending a picture. The form sends `csrf` and the file `picture`, in parts; the one that takes it away
/// sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/picture.html")]
pub struct PictureView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The path of the present one.
    pub picture: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// Where the form goes that takes it away.
    pub remove: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// Why the picture stays as it is.
    pub error: Option<PictureViewError>,
}

/// Why a picture stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureViewError {
    /// No file was chosen.
    Missing,
    /// Too many bytes.
    TooLarge,
    /// No PNG, JPEG or WebP.
    Kind,
    /// Too many pixels.
    TooManyPixels,
    /// It cannot be read.
    Broken,
    /// Too many pictures in a short time.
    TooMany {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

/// Choosing language and time zone. Sends `locale` and `zoneinfo`; empty means none.
#[derive(Clone, Debug, Template)]
#[template(path = "account/region.html")]
pub struct RegionView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// The tag of the chosen language; empty: none.
    pub language: String,
    /// The name of the chosen zone; empty: none.
    pub zone: String,
    /// What was wrong with what was sent.
    pub errors: Vec<InvalidDetail>,
}

impl RegionView {
    /// The languages of the menu.
    pub fn languages(&self) -> impl Iterator<Item = Locale> {
        Locale::all()
    }

    /// A chosen language that is none of the menu, as an app or an operator may have told it.
    pub fn other_language(&self) -> Option<&str> {
        Some(self.language.as_str())
            .filter(|tag| !tag.is_empty() && Locale::from_tag(tag).is_none())
    }

    /// The zones of the menu.
    pub fn zones(&self) -> impl Iterator<Item = &'static str> {
        time_zone::menu()
    }

    /// A chosen zone that is none of the menu.
    pub fn other_zone(&self) -> Option<&str> {
        Some(self.zone.as_str())
            .filter(|zone| !zone.is_empty() && !time_zone::menu().any(|known| known == *zone))
    }
}

impl PictureViewError {
    fn problem(self, locale: Locale) -> Problem {
        let at = |key| Problem { field: Some("picture"), text: locale.text(key) };
        match self {
            Self::Missing => at("error-picture-missing"),
            Self::TooLarge => at("error-picture-too-large"),
            Self::Kind => at("error-picture-kind"),
            Self::TooManyPixels => at("error-picture-pixels"),
            Self::Broken => at("error-picture-broken"),
            Self::TooMany { seconds } => {
                let text = wait::sentence(locale, wait::NEXT, seconds.div_ceil(60));
                Problem { field: None, text }
            }
        }
    }
}

impl Page for ProfileView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-profile")
    }
}

impl Page for PictureView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("picture-title")
    }

    fn problems(&self) -> Problems {
        self.error.iter().map(|error| error.problem(self.frame.locale)).collect()
    }
}

impl Page for RegionView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("region-title")
    }

    fn problems(&self) -> Problems {
        let problem = |InvalidDetail(detail): &InvalidDetail| {
            let key = match detail {
                Detail::Locale => "error-detail-locale",
                _ => "error-detail-zoneinfo",
            };
            Problem { field: Some(detail.as_str()), text: self.frame.locale.text(key) }
        };
        self.errors.iter().map(problem).collect()
    }
}

//! The pages of the viewer. They are for developers, and in English.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Delivered, read};
use crate::domain::mail::Letter;
use crate::http::pages::view::Frame;
use crate::i18n::Locale;

/// The stylesheet, beside that of all pages.
pub(super) const STYLE: &str = include_str!("../../../static/mailbox.css");

/// Everything that came.
#[derive(Template)]
#[template(path = "demo/mail/list.html")]
pub(super) struct ListPage {
    pub(super) frame: Frame,
    pub(super) letters: Vec<Delivered>,
}

/// One letter.
#[derive(Template)]
#[template(path = "demo/mail/letter.html")]
pub(super) struct LetterPage<'a> {
    pub(super) frame: Frame,
    pub(super) letter: &'a Letter,
    pub(super) at: DateTime<Utc>,
    /// Where its HTML is.
    pub(super) html: String,
    /// The list it is from.
    pub(super) back: String,
}

/// A letter of every kind, in one language.
#[derive(Template)]
#[template(path = "demo/mail/samples.html")]
pub(super) struct SamplesPage {
    pub(super) frame: Frame,
    /// The language of the letters.
    pub(super) language: Locale,
    pub(super) letters: Vec<Letter>,
}

impl LetterPage<'_> {
    fn code(&self) -> Option<&str> {
        read::code(&self.letter.text)
    }

    fn link(&self) -> Option<&str> {
        read::link(&self.letter.text)
    }

    /// The direction of its language.
    fn direction(&self) -> &'static str {
        Locale::from_tag(&self.letter.language).unwrap_or_default().direction().as_str()
    }
}

/// For a developer who waits for a mail, seconds count.
fn moment(at: &DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M:%S UTC").to_string()
}

fn machine(at: &DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Its kind in words.
fn kind(letter: &Letter) -> String {
    letter.kind.as_str().replace('-', " ")
}

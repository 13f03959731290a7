//! What stands in a message, ready to be laid out, and the two layouts.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::i18n::{Direction, Locale};

/// The style of the HTML. It stands in the document: mail has no other way.
const STYLE: &str = include_str!("../../templates/mail/style.css");

static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE))));

/// The style of every message as a source of a Content-Security-Policy (`'sha256-…'`), so that it can
/// be shown without allowing any other.
pub fn style_source() -> &'static str {
    &STYLE_SOURCE
}

/// What stands in a message, in its order.
pub(super) struct Sheet {
    pub(super) locale: Locale,
    pub(super) subject: String,
    pub(super) brand: String,
    pub(super) heading: String,
    pub(super) greeting: Option<String>,
    pub(super) lead: String,
    pub(super) code: Option<Code>,
    pub(super) action: Option<Action>,
    /// How long the code or the link works.
    pub(super) valid: Option<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) aside: String,
    pub(super) why: String,
    /// The address of the service.
    pub(super) home: String,
    /// Where the operator helps people.
    pub(super) help: Option<Fact>,
}

/// A code to type.
pub(super) struct Code {
    /// In groups.
    pub(super) shown: String,
    /// As it stands alone on a line of the plain text.
    pub(super) plain: String,
}

/// The one thing to do.
pub(super) struct Action {
    pub(super) label: String,
    pub(super) href: String,
}

/// A fact, such as when it was.
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
    /// Whether the value is a name or an address, which is written in a direction of its own.
    /// Otherwise it is words of the person's language.
    pub(super) is_name: bool,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    sheet: &'a Sheet,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    sheet: &'a Sheet,
    style: &'static str,
}

impl Sheet {
    pub(super) fn text(&self) -> String {
        rendered(&Text { sheet: self })
    }

    pub(super) fn html(&self) -> String {
        rendered(&Html { sheet: self, style: STYLE })
    }

    /// A fact on one line of the plain text.
    fn line(&self, fact: &Fact) -> String {
        let label = self.locale.text_with("mail-fact", "label", &fact.label);
        let space = if label.ends_with('：') { "" } else { " " };
        match self.locale.direction() {
            Direction::RightToLeft if fact.is_name => {
                format!("{label}{space}\u{2068}{}\u{2069}", fact.value)
            }
            _ => format!("{label}{space}{}", fact.value),
        }
    }
}

/// Writing to a string cannot fail, and the templates hold nothing else that could: a fault of ours,
/// which stops a debug build.
fn rendered(template: &impl Template) -> String {
    let rendered = template.render();
    debug_assert!(rendered.is_ok(), "a message cannot be written: {:?}", rendered.err());
    rendered.unwrap_or_default()
}

//! The languages there are, each with its messages.

use std::sync::OnceLock;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource};

use super::locale::Direction;

/// One language: how it is named and written, and its messages.
pub(super) struct Language {
    /// BCP 47 tag, as it stands in `lang` and in `ui_locales_supported`.
    pub(super) tag: &'static str,
    /// The name of the language in the language itself, for the language menu.
    pub(super) name: &'static str,
    pub(super) direction: Direction,
    /// The text of the catalogue's files.
    pub(super) sources: &'static [&'static str],
    bundle: OnceLock<FluentBundle<FluentResource>>,
}

macro_rules! sources {
    ($folder:literal) => {
        &[
            include_str!(concat!("../../locales/", $folder, "/common.ftl")),
            include_str!(concat!("../../locales/", $folder, "/sign-in.ftl")),
            include_str!(concat!("../../locales/", $folder, "/consent.ftl")),
            include_str!(concat!("../../locales/", $folder, "/account.ftl")),
            include_str!(concat!("../../locales/", $folder, "/errors.ftl")),
        ]
    };
}

/// Every language, English first: it is the fallback.
pub(super) static LANGUAGES: [Language; 2] = [
    Language {
        tag: "en",
        name: "English",
        direction: Direction::LeftToRight,
        sources: sources!("en"),
        bundle: OnceLock::new(),
    },
    Language {
        tag: "de",
        name: "Deutsch",
        direction: Direction::LeftToRight,
        sources: sources!("de"),
        bundle: OnceLock::new(),
    },
];

/// Reads the files of one language. What a file has wrong is skipped here and found by the tests.
fn bundle(tag: &str, sources: &[&str]) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
    // `Argument` isolates what needs it, so that plain names are not wrapped in marks nobody sees.
    bundle.set_use_isolating(false);
    for source in sources {
        let resource = match FluentResource::try_new((*source).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let added = bundle.add_resource(resource);
        debug_assert!(added.is_ok(), "a message is defined twice: {added:?}");
    }
    bundle
}

impl Language {
    /// The message with its variables filled in, or `None` where it is missing or cannot be filled.
    pub(super) fn message(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = self.bundle.get_or_init(|| bundle(self.tag, self.sources));
        let pattern = bundle.get_message(key)?.value()?;
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut faults).into_owned();
        faults.is_empty().then_some(text)
    }
}

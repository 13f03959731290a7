//! The languages there are, each with its messages.

use std::sync::OnceLock;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource};

use super::locale::Direction;
use super::plural;

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

/// The files of a language, one for each area of the pages. A new area is one more line here and
/// one more file in every folder.
macro_rules! sources {
    ($folder:literal) => {
        &[
            include_str!(concat!("../../locales/", $folder, "/common.ftl")),
            include_str!(concat!("../../locales/", $folder, "/sign-in.ftl")),
            include_str!(concat!("../../locales/", $folder, "/passwords.ftl")),
            include_str!(concat!("../../locales/", $folder, "/second-factor.ftl")),
            include_str!(concat!("../../locales/", $folder, "/consent.ftl")),
            include_str!(concat!("../../locales/", $folder, "/account.ftl")),
            include_str!(concat!("../../locales/", $folder, "/profile.ftl")),
            include_str!(concat!("../../locales/", $folder, "/addresses.ftl")),
            include_str!(concat!("../../locales/", $folder, "/data.ftl")),
            include_str!(concat!("../../locales/", $folder, "/activity.ftl")),
            include_str!(concat!("../../locales/", $folder, "/errors.ftl")),
            include_str!(concat!("../../locales/", $folder, "/mail.ftl")),
            include_str!(concat!("../../locales/", $folder, "/recovery.ftl")),
            include_str!(concat!("../../locales/", $folder, "/passkeys.ftl")),
            include_str!(concat!("../../locales/", $folder, "/mailed.ftl")),
            include_str!(concat!("../../locales/", $folder, "/providers.ftl")),
            include_str!(concat!("../../locales/", $folder, "/api.ftl")),
        ]
    };
}

/// An entry of the table; the folder is named as the tag.
macro_rules! language {
    ($tag:literal, $name:literal, $direction:ident) => {
        Language {
            tag: $tag,
            name: $name,
            direction: Direction::$direction,
            sources: sources!($tag),
            bundle: OnceLock::new(),
        }
    };
}

/// Every language, English first: it is the fallback. The others stand in the order of the language
/// menu, by their own names.
///
/// Of several entries of one language the first is for everybody whose region has none. Chinese is
/// tagged by its script, which is what tells one catalogue from another: `zh`, `zh-CN` and `zh-SG`
/// are written in it, and whoever asks for another Chinese reads it more easily than English.
pub(super) static LANGUAGES: [Language; 8] = [
    language!("en", "English", LeftToRight),
    language!("de", "Deutsch", LeftToRight),
    language!("es", "Español", LeftToRight),
    language!("fr", "Français", LeftToRight),
    language!("pt-BR", "Português (Brasil)", LeftToRight),
    language!("ar", "العربية", RightToLeft),
    language!("ja", "日本語", LeftToRight),
    language!("zh-Hans", "简体中文", LeftToRight),
];

/// Reads the files of one language. What a file has wrong is skipped here and found by the tests.
fn bundle(tag: &str, sources: &[&str]) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
    // `Argument` isolates what needs it, so that plain names are not wrapped in marks nobody sees.
    bundle.set_use_isolating(false);
    if tag == "ar" {
        let added = bundle.add_function(plural::FUNCTION, plural::arabic);
        debug_assert!(added.is_ok(), "a function is defined twice: {added:?}");
    }
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

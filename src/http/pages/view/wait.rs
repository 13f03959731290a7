//! How long somebody has to wait, in words.

use crate::i18n::Locale;

/// Minutes up to which a wait is told in minutes.
const LONGEST_IN_MINUTES: u32 = 120;

/// The message `key` with its `minutes`; of a longer wait, the message `key-hours` with its `hours`.
pub(super) fn sentence(locale: Locale, key: &str, minutes: u32) -> String {
    if minutes <= LONGEST_IN_MINUTES {
        locale.text_with(key, "minutes", minutes)
    } else {
        locale.text_with(&format!("{key}-hours"), "hours", minutes.div_ceil(60))
    }
}

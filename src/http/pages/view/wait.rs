//! How long somebody has to wait, in words.

use crate::i18n::Locale;

/// Minutes up to which a wait is told in minutes.
const LONGEST_IN_MINUTES: u32 = 120;

/// A message with its `minutes`, and the one of a longer wait with its `hours`.
pub(super) type Messages = (&'static str, &'static str);

/// Above a form of signing in.
pub(super) const SIGN_IN: Messages = ("login-error-too-many", "login-error-too-many-hours");
/// What to do next, on a page of its own.
pub(super) const NEXT: Messages = ("fault-too-many-next", "fault-too-many-next-hours");

/// The sentence for a wait of so many minutes.
pub(super) fn sentence(locale: Locale, (short, long): Messages, minutes: u32) -> String {
    if minutes <= LONGEST_IN_MINUTES {
        locale.text_with(short, "minutes", minutes)
    } else {
        locale.text_with(long, "hours", minutes.div_ceil(60))
    }
}

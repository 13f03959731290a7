//! The language of one page.

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use fluent::FluentArgs;

use super::argument::Argument;
use super::catalogue::{LANGUAGES, Language};

/// The direction a language is written in, for the `dir` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Latin, Greek, Cyrillic, …
    LeftToRight,
    /// Arabic, Hebrew, …
    RightToLeft,
}

impl Direction {
    /// The value of the HTML attribute `dir`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// A language that has a catalogue. Made by [`Locale::choose`], [`Locale::from_tag`] or
/// [`Locale::default`] (English).
#[derive(Clone, Copy)]
pub struct Locale(&'static Language);

impl Locale {
    /// Every language there is, English first.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        LANGUAGES.iter().map(Self)
    }

    /// The language with exactly this tag (`"de"`), compared without regard to case.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::all().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    }

    /// The first catalogue of this language (`"pt"`, in lower case), whatever its region or script.
    pub(super) fn of_language(language: &str) -> Option<Self> {
        Self::all().find(|locale| locale.tag().split('-').next() == Some(language))
    }

    /// BCP 47 tag for the attribute `lang` and for `ui_locales_supported`.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// The language's own name for itself.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The direction it is written in.
    pub fn direction(self) -> Direction {
        self.0.direction
    }

    /// A message without variables.
    pub fn text(self, key: &str) -> String {
        self.format(key, &[])
    }

    /// A message with one variable.
    pub fn text_with(self, key: &str, name: &str, value: impl Argument) -> String {
        self.format(key, &[(name, &value)])
    }

    /// A message with its variables. One that is missing is a fault of ours that stops a debug
    /// build; a release shows it in English instead.
    pub fn format(self, key: &str, args: &[(&str, &dyn Argument)]) -> String {
        let mut filled = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            filled.set((*name).to_owned(), value.value(self.direction()));
        }
        let found = self.0.message(key, &filled);
        debug_assert!(found.is_some(), "no message {key} in {} for these variables", self.tag());
        found.or_else(|| Self::default().0.message(key, &filled)).unwrap_or_else(|| key.to_owned())
    }

    /// A moment in words, to the minute, in UTC. The page's script shows it in the zone of the
    /// person's device; this is what stands there without it.
    pub fn date_time(self, at: &DateTime<Utc>) -> String {
        self.date_time_in(at, Tz::UTC)
    }

    /// The same in a zone, with what clocks there are called.
    pub fn date_time_in(self, at: &DateTime<Utc>, zone: Tz) -> String {
        let at = at.with_timezone(&zone);
        let month = at.month();
        let day = at.day();
        let year = at.format("%Y").to_string();
        let time = at.format("%H:%M").to_string();
        let clock = at.format("%Z").to_string();
        // Where clocks have no name there is an offset.
        let clock = if clock.starts_with(['+', '-']) { format!("UTC{clock}") } else { clock };
        self.format(
            "date-time",
            &[("day", &day), ("month", &month), ("year", &year), ("time", &time), ("zone", &clock)],
        )
    }

    /// A city and its country, as far as they are known.
    pub fn place(self, (city, country): (Option<&str>, Option<&str>)) -> String {
        match (city, country) {
            (Some(city), Some(country)) => {
                self.format("place", &[("city", &city), ("country", &country)])
            }
            (Some(known), None) | (None, Some(known)) => known.to_owned(),
            (None, None) => String::new(),
        }
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self(&LANGUAGES[0])
    }
}

impl PartialEq for Locale {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Locale {}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Locale").field(&self.tag()).finish()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_moment_reads_as_people_write_it() {
        let at = Utc.with_ymd_and_hms(2026, 3, 7, 9, 5, 59).unwrap();
        for (tag, written) in [
            ("en", "7 March 2026 at 09:05 UTC"),
            ("de", "7. März 2026 um 09:05 UTC"),
            ("es", "7 de marzo de 2026, 09:05 UTC"),
            ("fr", "7 mars 2026 à 09:05 UTC"),
            ("pt-BR", "7 de março de 2026, 09:05 UTC"),
            ("ar", "7 مارس \u{2068}2026\u{2069} في \u{2068}09:05\u{2069} (\u{2068}UTC\u{2069})"),
            ("ja", "2026年3月7日 09:05（UTC）"),
            ("zh-Hans", "2026年3月7日 09:05（UTC）"),
        ] {
            assert_eq!(Locale::from_tag(tag).unwrap().date_time(&at), written);
        }
        let first = Utc.with_ymd_and_hms(2026, 5, 1, 20, 0, 0).unwrap();
        let french = Locale::from_tag("fr").unwrap().date_time(&first);
        assert_eq!(french, "1er mai 2026 à 20:00 UTC");
        let portuguese = Locale::from_tag("pt-BR").unwrap().date_time(&first);
        assert_eq!(portuguese, "1º de maio de 2026, 20:00 UTC");
    }

    #[test]
    fn a_moment_is_told_by_the_clocks_of_a_zone() {
        let english = Locale::default();
        for (month, zone, written) in [
            (3, Tz::Europe__Berlin, "7 March 2026 at 10:05 CET"),
            (7, Tz::Europe__Berlin, "7 July 2026 at 11:05 CEST"),
            (3, Tz::Asia__Tokyo, "7 March 2026 at 18:05 JST"),
            (3, Tz::America__Sao_Paulo, "7 March 2026 at 06:05 UTC-03"),
            (3, Tz::Pacific__Kiritimati, "7 March 2026 at 23:05 UTC+14"),
        ] {
            let at = Utc.with_ymd_and_hms(2026, month, 7, 9, 5, 0).unwrap();
            assert_eq!(english.date_time_in(&at, zone), written);
        }
    }

    #[test]
    fn numbers_take_the_form_of_their_language() {
        for (tag, forms) in [
            ("en", &[(0, "0 days"), (1, "1 day"), (2, "2 days")][..]),
            ("fr", &[(0, "0 jour"), (1, "1 jour"), (2, "2 jours")]),
            ("pt-BR", &[(0, "0 dia"), (1, "1 dia"), (2, "2 dias")]),
            ("ar", &[(0, "0 يوم"), (1, "يوم واحد"), (2, "يومين"), (3, "3 أيام"), (10, "10 أيام")]),
            ("ar", &[(11, "11 يومًا"), (99, "99 يومًا"), (100, "100 يوم"), (365, "365 يومًا")]),
        ] {
            let locale = Locale::from_tag(tag).unwrap();
            for (days, form) in forms {
                let text = locale.text_with("remember", "days", *days);
                assert!(text.ends_with(&format!(" {form}")), "{days} in {tag}: {text}");
            }
        }
    }

    #[test]
    fn every_month_has_its_name() {
        for locale in Locale::all() {
            let names: std::collections::HashSet<String> = (1..=12)
                .map(|month| {
                    locale.date_time(&Utc.with_ymd_and_hms(2026, month, 1, 0, 0, 0).unwrap())
                })
                .collect();
            assert_eq!(names.len(), 12, "{locale:?}");
        }
    }

    #[test]
    #[should_panic(expected = "no message there-is-no-such-message in de")]
    fn a_missing_message_is_found_while_testing() {
        Locale::from_tag("DE").unwrap().text("there-is-no-such-message");
    }

    #[test]
    #[should_panic(expected = "no message login-title-app in en")]
    fn a_missing_variable_is_found_while_testing() {
        Locale::default().text("login-title-app");
    }

    #[test]
    fn tags_are_found_without_regard_to_case() {
        assert_eq!(Locale::from_tag("DE").unwrap().tag(), "de");
        assert_eq!(Locale::from_tag("PT-br").unwrap().tag(), "pt-BR");
        assert!(Locale::from_tag("tlh").is_none());
        assert!(Locale::from_tag("pt").is_none());
    }

    #[test]
    fn only_arabic_is_written_right_to_left() {
        for locale in Locale::all() {
            let turned = locale.direction() == Direction::RightToLeft;
            assert_eq!(turned, locale.tag() == "ar", "{locale:?}");
        }
    }
}

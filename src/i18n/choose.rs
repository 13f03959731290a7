//! Which language a person gets.

use unic_langid::LanguageIdentifier;

use super::locale::Locale;

/// How many languages of one source are looked at; nobody reads more.
const MAX_ENTRIES: usize = 16;
/// How many bytes of one source are looked at.
const MAX_BYTES: usize = 1024;

impl Locale {
    /// Chooses the language of a page. The sources in their order: what the person picked in the
    /// language menu, what the app asks for (`ui_locales`, OpenID Connect Core 3.1.2.1, separated
    /// by spaces), what the browser asks for (`Accept-Language`, RFC 9110 section 12.5.4). Within
    /// a source the person's order counts, and for each entry an exact match comes before the
    /// same language spoken elsewhere. English where nothing fits.
    ///
    /// The person's own choice goes first because it was made on our page, after the app had
    /// asked; a menu that changes nothing would be broken. All three are bytes from outside:
    /// what is no language is passed over, and only the first entries are read.
    pub fn choose(
        ui_locales: Option<&str>,
        chosen_cookie: Option<&str>,
        accept_language: Option<&str>,
    ) -> Self {
        chosen_cookie
            .and_then(|tag| available(tag.trim()))
            .or_else(|| ui_locales.and_then(first_of_ui_locales))
            .or_else(|| accept_language.and_then(best_of_accept_language))
            .unwrap_or_default()
    }
}

fn first_of_ui_locales(list: &str) -> Option<Locale> {
    bounded(list).split_ascii_whitespace().take(MAX_ENTRIES).find_map(available)
}

fn best_of_accept_language(header: &str) -> Option<Locale> {
    let mut wanted: Vec<(u16, &str)> = bounded(header)
        .split(',')
        .take(MAX_ENTRIES)
        .filter_map(|entry| {
            let (tag, parameter) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight = thousandths(parameter.trim().strip_prefix("q=")?)?;
            (weight > 0).then_some((weight, tag.trim()))
        })
        .collect();
    // A stable sort: equal weights keep the order in which they were sent.
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.into_iter().find_map(|(_, tag)| available(tag))
}

/// A quality value in thousandths: 0 to 1 with at most three digits (RFC 9110 section 12.4.2).
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

/// The catalogue for this tag: exactly it, else its language (`pt-BR` for `pt-PT`).
fn available(tag: &str) -> Option<Locale> {
    let wanted: LanguageIdentifier = tag
        .parse()
        // An extension ("de-u-co-phonebk") says nothing about the words; the language does.
        .or_else(|_| tag.split(['-', '_']).next().unwrap_or_default().parse())
        .ok()?;
    Locale::from_tag(&wanted.to_string()).or_else(|| Locale::of_language(wanted.language.as_str()))
}

/// The beginning of the text, cut between two characters.
fn bounded(text: &str) -> &str {
    let mut end = MAX_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn from_app(list: &str) -> &'static str {
        Locale::choose(Some(list), None, None).tag()
    }

    fn from_browser(header: &str) -> &'static str {
        Locale::choose(None, None, Some(header)).tag()
    }

    #[test]
    fn english_where_nothing_is_asked_or_fits() {
        assert_eq!(Locale::choose(None, None, None).tag(), "en");
        assert_eq!(Locale::choose(Some("tlh"), Some("xx"), Some("nl, it;q=0.5")).tag(), "en");
    }

    #[test]
    fn the_persons_choice_then_the_app_then_the_browser() {
        assert_eq!(Locale::choose(Some("en"), Some("de"), Some("en")).tag(), "de");
        assert_eq!(Locale::choose(Some("de"), None, Some("en")).tag(), "de");
        assert_eq!(Locale::choose(Some("it"), Some("tlh"), Some("de")).tag(), "de");
        assert_eq!(Locale::choose(None, Some("pt-BR"), Some("de")).tag(), "pt-BR");
    }

    #[test]
    fn an_app_may_name_several() {
        assert_eq!(from_app("it-CH de en"), "de");
        assert_eq!(from_app("  en   de "), "en");
    }

    #[test]
    fn a_region_or_an_extension_falls_back_to_the_language() {
        assert_eq!(from_app("de-AT"), "de");
        assert_eq!(from_app("DE_ch"), "de");
        assert_eq!(from_app("de-Latn-CH-1996"), "de");
        assert_eq!(from_app("de-u-co-phonebk"), "de");
        assert_eq!(from_app("deutsch"), "en");
    }

    #[test]
    fn a_language_with_one_catalogue_is_found_from_all_its_regions_and_scripts() {
        for tag in ["zh", "zh-CN", "zh-Hans", "zh-hans-cn", "zh-SG", "zh-TW", "zh-Hant-HK"] {
            assert_eq!(from_app(tag), "zh-Hans", "{tag}");
        }
        for tag in ["pt", "pt-BR", "pt-br", "PT_br", "pt-PT", "pt-Latn-BR"] {
            assert_eq!(from_app(tag), "pt-BR", "{tag}");
        }
        assert_eq!(from_app("ar-EG"), "ar");
        assert_eq!(from_app("ar-u-nu-arab"), "ar");
        assert_eq!(from_app("ja-JP"), "ja");
        assert_eq!(from_browser("fr-CA,fr;q=0.9,en;q=0.8"), "fr");
        assert_eq!(from_browser("es-419,es;q=0.9"), "es");
        assert_eq!(from_browser("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7"), "zh-Hans");
    }

    /// Languages whose tags begin alike are not taken for one another.
    #[test]
    fn a_language_is_more_than_its_first_letters() {
        for tag in ["fry", "arc", "jam", "zha", "est", "den", "p", "z"] {
            assert_eq!(from_app(tag), "en", "{tag}");
        }
    }

    #[test]
    fn the_browsers_weights_count() {
        assert_eq!(from_browser("en;q=0.7, de;q=0.8"), "de");
        assert_eq!(from_browser("it, de-AT;q=0.9, en;q=0.8"), "de");
        assert_eq!(from_browser("de;q=0, en;q=0.1"), "en");
        assert_eq!(from_browser("en;q=0.5,de;q=0.500"), "en");
        assert_eq!(from_browser("*, de;q=0.1"), "de");
    }

    #[test]
    fn a_weight_that_is_none_drops_its_entry_only() {
        for bad in ["de;q=2", "de;q=1.001", "de;q=0.1234", "de;q=-1", "de;q=", "de;q=NaN", "de;x"] {
            assert_eq!(from_browser(&format!("{bad}, en;q=0.1")), "en", "{bad}");
        }
    }

    #[test]
    fn only_the_beginning_is_read() {
        assert_eq!(from_app(&format!("{} de", "it ".repeat(MAX_ENTRIES))), "en");
        assert_eq!(from_app(&format!("{} de", "x".repeat(MAX_BYTES))), "en");
    }

    proptest! {
        #[test]
        fn nothing_from_outside_upsets_it(a in ".*", b in ".*", c in "[-a-z0-9;=,.*q \u{fc}]{0,2000}") {
            Locale::choose(Some(&a), Some(&b), Some(&c));
        }
    }
}

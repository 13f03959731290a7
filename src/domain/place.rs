//! Where an address is, as a database of places tells it.

use std::collections::BTreeMap;

/// What a thing is called, by the tag of the language.
pub type Names = BTreeMap<String, String>;

/// A place, by its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The city, where the database knows it.
    pub city: Names,
    /// The country.
    pub country: Names,
}

/// The language that every database has.
const FALLBACK: &str = "en";

impl Place {
    /// City and country in a language, or else in English, each where it is known. `None`: neither is.
    pub fn named(&self, language: &str) -> Option<(Option<&str>, Option<&str>)> {
        let (city, country) = (name(&self.city, language), name(&self.country, language));
        (city.is_some() || country.is_some()).then_some((city, country))
    }
}

fn name<'n>(names: &'n Names, language: &str) -> Option<&'n str> {
    // The databases tell Chinese by the country, and the catalogues by the script.
    let as_there = if language == "zh-Hans" { "zh-CN" } else { language };
    let found = names.get(as_there).or_else(|| names.get(FALLBACK))?;
    (!found.is_empty() && !found.chars().any(char::is_control)).then_some(found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_the_language_or_in_english() {
        let names = |of: &[(&str, &str)]| -> Names {
            of.iter().map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned())).collect()
        };
        let place = Place {
            city: names(&[("en", "Munich"), ("de", "München")]),
            country: names(&[("en", "Germany"), ("zh-CN", "德国")]),
        };
        assert_eq!(place.named("de"), Some((Some("München"), Some("Germany"))));
        assert_eq!(place.named("zh-Hans"), Some((Some("Munich"), Some("德国"))));
        assert_eq!(place.named("ar"), Some((Some("Munich"), Some("Germany"))));
        assert_eq!(Place::default().named("en"), None);
        let odd = Place { city: names(&[("en", "a\nb")]), ..Place::default() };
        assert_eq!(odd.named("en"), None);
    }
}

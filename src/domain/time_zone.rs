//! Time zones by their IANA names.

use std::str::FromStr as _;

use chrono_tz::{TZ_VARIANTS, Tz};

/// The areas of the menu. The others are old names of the same zones, and fixed offsets.
const AREAS: &[&str] = &[
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// The zone of that name, whatever the case it is written in.
pub fn find(name: &str) -> Option<Tz> {
    let exact = Tz::from_str(name).ok();
    exact
        .or_else(|| TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied())
}

/// The names that people choose from, in the order of the alphabet, UTC first.
pub fn menu() -> impl Iterator<Item = &'static str> {
    let names = TZ_VARIANTS.iter().map(|zone| zone.name());
    std::iter::once(Tz::UTC.name())
        .chain(names.filter(|name| AREAS.iter().any(|area| name.starts_with(area))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_in_any_case() {
        for typed in ["Europe/Berlin", "europe/berlin", "EUROPE/BERLIN"] {
            assert_eq!(find(typed), Some(Tz::Europe__Berlin), "{typed}");
        }
        for typed in ["", "Europe", "Europe/Atlantis", "Europe/Berlin ", "+02:00"] {
            assert_eq!(find(typed), None, "{typed}");
        }
        assert!(find("etc/gmt+5").is_some(), "what an app may have sent before");
    }

    #[test]
    fn the_menu_has_every_continent_once_and_in_order() {
        let names: Vec<_> = menu().collect();
        assert_eq!(names[0], "UTC");
        assert!(names[1..].is_sorted(), "people look for them");
        for name in ["Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "Africa/Cairo"] {
            assert_eq!(names.iter().filter(|it| **it == name).count(), 1, "{name}");
        }
        assert!(!names.contains(&"US/Eastern") && !names.contains(&"Etc/GMT+5"));
    }
}

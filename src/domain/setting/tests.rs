use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn overlay(stored: &[(&str, Value)]) -> Loaded {
    let stored: Vec<_> =
        stored.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Settings::overlay(&stored)
}

fn left_out(loaded: &Loaded) -> Vec<&str> {
    loaded.left_out.iter().map(|left_out| left_out.name.as_str()).collect()
}

fn setting(name: &str) -> &'static Setting {
    Setting::find(name).unwrap()
}

#[test]
fn the_defaults_are_what_was_promised() {
    let defaults = Settings::default();
    assert_eq!((defaults.max_failed_logins, defaults.lockout), (5, 900));
    assert_eq!((defaults.access_token_lifetime, defaults.password_min_chars), (900, 8));
    assert_eq!(defaults.refresh_idle_lifetime, 7 * 86_400);
    assert_eq!(defaults.refresh_absolute_lifetime, 30 * 86_400);
}

#[test]
fn every_entry_of_the_table_makes_sense() {
    for setting in Setting::ALL {
        let (least, most) = (*setting.allowed.start(), *setting.allowed.end());
        assert!(least < most, "{}", setting.name);
        assert!(setting.allowed.contains(&setting.default), "{}", setting.name);
        assert_eq!(setting.of(&Settings::default()), setting.default, "{}", setting.name);
        assert!(setting.about().ends_with('.') && !setting.about().contains('`'), "{setting:?}");
        for other in setting.at_most.into_iter().map(Setting::find) {
            assert_eq!(other.unwrap().unit, setting.unit, "{}", setting.name);
        }
    }
    assert_eq!(Settings::default().broken_relation(), None);
}

#[test]
fn values_are_read_and_shown_in_human_units() {
    for (name, typed, value, shown) in [
        ("access_token_lifetime", "15m", 900, "15m"),
        ("access_token_lifetime", "900", 900, "15m"),
        ("access-token-lifetime", " 1h 30m ", 5_400, "1h 30m"),
        ("refresh_idle_lifetime", "7days", 604_800, "7d"),
        ("refresh_grace", "0", 0, "0s"),
        ("max_failed_logins", "7", 7, "7"),
        ("remember_me", " off ", 0, "off"),
        ("remember_me", "1", 1, "on"),
    ] {
        let setting = setting(name);
        assert_eq!(setting.parse(typed), Ok(value), "{name} {typed}");
        assert_eq!(setting.unit.show(value), shown);
    }
    for typed in ["", "soon", "1.5", "1500ms", "-1", "+900", "15 m x", "9999999999999", "0x10"] {
        assert_eq!(setting("access_token_lifetime").parse(typed), Err(BadValue::NotATime));
    }
    for typed in ["", "7m", "-1", "1e3", "+7", "４"] {
        assert_eq!(setting("max_failed_logins").parse(typed), Err(BadValue::NotACount), "{typed}");
    }
}

#[test]
fn what_is_beyond_the_range_is_refused_with_the_range() {
    let refused = setting("code_lifetime").parse("61").unwrap_err();
    assert_eq!(refused.to_string(), "code_lifetime must be from 5s to 1m");
    let refused = setting("refresh_idle_lifetime").parse("2years").unwrap_err();
    assert!(refused.to_string().ends_with("to 365d and at most refresh_absolute_lifetime"));
}

#[test]
fn a_relation_cannot_be_broken_from_either_side() {
    let settings = Settings::default();
    let idle = settings.with(setting("refresh_idle_lifetime"), 31 * 86_400).unwrap_err();
    let words = "refresh_idle_lifetime must be at most refresh_absolute_lifetime, which is 30d";
    assert_eq!(idle.to_string(), words);
    let absolute = settings.with(setting("refresh_absolute_lifetime"), 86_400).unwrap_err();
    assert!(absolute.to_string().ends_with("which is 1d"));
    let both = settings.with(setting("refresh_absolute_lifetime"), 40 * 86_400).unwrap();
    assert!(both.with(setting("refresh_idle_lifetime"), 31 * 86_400).is_ok());
}

#[test]
fn stored_values_overlay_the_defaults() {
    let loaded = overlay(&[("lockout", json!(60))]);
    assert_eq!(loaded, Settings { lockout: 60, ..Settings::default() }.into());
    assert_eq!(overlay(&[]), Loaded::default());
}

#[test]
fn a_stored_value_that_is_not_allowed_opens_no_hole() {
    for value in [json!(0), json!(-1), json!(101), json!("5"), json!(5.5), json!(null), json!([])] {
        let loaded = overlay(&[("max_failed_logins", value.clone()), ("lockout", json!(60))]);
        assert_eq!(loaded.settings.max_failed_logins, 5, "{value}");
        assert_eq!(loaded.settings.lockout, 60, "the others hold");
        assert_eq!(left_out(&loaded), ["max_failed_logins"], "{value}");
    }
    let loaded = overlay(&[("from_the_future", json!(1))]);
    assert_eq!(
        (loaded.settings.clone(), left_out(&loaded)),
        (Settings::default(), vec!["from_the_future"])
    );
}

#[test]
fn a_stored_pair_that_makes_no_sense_is_left_out_as_a_pair() {
    let loaded = overlay(&[("session_idle", json!(7_200)), ("session_absolute", json!(3_600))]);
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!(left_out(&loaded), ["session_idle", "session_absolute"]);
}

#[test]
fn a_name_is_guessed() {
    let guess = |name| Setting::suggest(name).map(|setting| setting.name);
    assert_eq!(guess("acces_token_lifetime"), Some("access_token_lifetime"));
    assert_eq!(guess("Max-Failed-Login"), Some("max_failed_logins"));
    assert_eq!(guess("colour"), None);
}

proptest! {
    #[test]
    fn what_is_shown_can_be_typed(value in 0u32..=31_536_000) {
        prop_assert_eq!(Unit::Time.parse(&Unit::Time.show(value)), Ok(value));
    }

    #[test]
    fn whatever_is_stored_the_relations_hold(
        values in proptest::collection::vec((0usize..Setting::ALL.len(), 0u32..40_000_000), 0..12),
    ) {
        let stored: Vec<_> = values
            .iter()
            .map(|(at, value)| (Setting::ALL[*at].name.to_owned(), json!(value)))
            .collect();
        let settings = Settings::overlay(&stored).settings;
        prop_assert_eq!(settings.broken_relation(), None);
        for setting in Setting::ALL {
            prop_assert!(setting.allowed.contains(&setting.of(&settings)));
        }
    }
}

#[test]
fn a_switch_is_on_or_off() {
    let switch = setting("remember_me");
    for typed in ["", "yes", "true", "2", "On"] {
        assert_eq!(switch.parse(typed), Err(BadValue::NotASwitch), "{typed}");
    }
    assert_eq!(switch.range(), "off or on");
    assert!(matches!(switch.check(2), Err(BadValue::OutOfRange { .. })));
}

#[test]
fn case_268_nobody_stays_signed_in_longer_than_others_while_that_is_off() {
    let on = Settings::default();
    let off = on.with(setting("remember_me"), 0).unwrap();
    assert_eq!(off.session_idle(true), on.session_idle(false));
    assert_eq!(off.session_absolute(true), on.session_absolute(false));
    assert!(on.session_idle(true) > on.session_idle(false));
}

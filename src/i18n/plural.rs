//! Forms of number that the library gets wrong.

use fluent::{FluentArgs, FluentValue};

/// The name by which a message asks for it: `{ FORM($days) -> [few] … }`.
pub(super) const FUNCTION: &str = "FORM";

/// The form of an Arabic noun after a number, by the name that CLDR gives it. The rules of
/// `intl_pluralrules` look at the whole number where CLDR looks at its last two digits, so that
/// everything above 99 would be `other`. What is no number is an error, which shows the message in
/// English.
pub(super) fn arabic<'a>(arguments: &[FluentValue<'a>], _: &FluentArgs<'_>) -> FluentValue<'a> {
    let [FluentValue::Number(number)] = arguments else {
        return FluentValue::Error;
    };
    match number.as_string().parse::<u32>() {
        Ok(number) => FluentValue::from(arabic_form(number)),
        Err(_) => FluentValue::Error,
    }
}

fn arabic_form(number: u32) -> &'static str {
    match (number, number % 100) {
        (0, _) => "zero",
        (1, _) => "one",
        (2, _) => "two",
        (_, 3..=10) => "few",
        (_, 11..=99) => "many",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_digits_decide() {
        for (form, numbers) in [
            ("zero", &[0][..]),
            ("one", &[1]),
            ("two", &[2]),
            ("few", &[3, 10, 103, 110, 1003]),
            ("many", &[11, 26, 99, 111, 199, 365]),
            ("other", &[100, 101, 102, 200, 1000, 1002]),
        ] {
            for number in numbers {
                assert_eq!(arabic_form(*number), form, "{number}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for wrong in [FluentValue::from("3"), FluentValue::from(1.5), FluentValue::from(-1)] {
            let found = arabic(&[wrong], &FluentArgs::new());
            assert!(matches!(found, FluentValue::Error), "{found:?}");
        }
        assert!(matches!(arabic(&[], &FluentArgs::new()), FluentValue::Error));
    }
}

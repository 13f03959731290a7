//! How early a password is guessed. The only file that names zxcvbn, in which the ranked lists of
//! passwords, names and words are.

use zxcvbn::feedback::{Feedback, Warning};
use zxcvbn::{Entropy, zxcvbn};

use crate::domain::credential::password::Weakness;

/// What is found within so many guesses is guessed early: the whole list of the 30,000 passwords that
/// are used most, of which 11,611 have eight characters and more, and what comes to mind as soon, such
/// as a word, a keyboard row, a repetition.
const EARLY: u64 = 30_001;

/// How many characters are looked at. Whatever is common about a password shows by then, and the
/// work grows with the cube of the length.
const LOOKED_AT: usize = 24;
/// The same where many signs may each stand for a letter: every combination of them is tried.
const LOOKED_AT_WITH_SIGNS: usize = 12;
/// How many different signs are not many.
const FEW_SIGNS: usize = 2;

/// What makes a guesser try this password early, in whatever case it is typed; `None`: nothing does.
/// `context` are words about the person and the product, which come first.
pub fn weakness(password: &str, context: &[&str]) -> Option<Weakness> {
    let lower = password.to_lowercase();
    let mut signs: Vec<char> = lower.chars().filter(|c| !c.is_alphanumeric()).collect();
    signs.sort_unstable();
    signs.dedup();
    let length = if signs.len() > FEW_SIGNS { LOOKED_AT_WITH_SIGNS } else { LOOKED_AT };
    let looked_at: String = lower.chars().take(length).collect();
    let entropy = zxcvbn(&looked_at, context);
    (entropy.guesses() <= EARLY).then(|| named(&entropy))
}

/// What the longest part that was recognised is.
fn named(entropy: &Entropy) -> Weakness {
    let warning = entropy.feedback().and_then(Feedback::warning);
    match warning {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword,
        ) => Weakness::Common,
        Some(Warning::ThisIsSimilarToACommonlyUsedPassword) => Weakness::NearlyCommon,
        Some(
            Warning::StraightRowsOfKeysAreEasyToGuess
            | Warning::ShortKeyboardPatternsAreEasyToGuess,
        ) => Weakness::Keyboard,
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess
            | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => Weakness::Repetition,
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => Weakness::Sequence,
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            Weakness::Date
        }
        Some(
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => Weakness::Name,
        // A word of one of the other lists, or of those about the person.
        Some(Warning::AWordByItselfIsEasyToGuess) | None => Weakness::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_guessed_early(password: &str, context: &[&str]) -> bool {
        weakness(password, context).is_some()
    }

    #[test]
    fn it_is_said_what_is_weak() {
        for (password, weak) in [
            ("password", Weakness::Common),
            ("Samantha1", Weakness::Common),
            ("p@ssw0rd", Weakness::NearlyCommon),
            ("aaaaaaaaaaaa", Weakness::Repetition),
            ("abcdefghij", Weakness::Sequence),
            ("13112001", Weakness::Date),
        ] {
            assert_eq!(weakness(password, &[]), Some(weak), "{password}");
        }
        assert_eq!(weakness("z3b3d33!", &["zebedee"]), Some(Weakness::Word));
    }

    #[test]
    fn case_184_what_everybody_types_is_guessed_early() {
        for common in [
            "password",
            "12345678",
            "Password1",
            "PASSWORD1",
            "iloveyou",
            "qwertyuiop",
            "1q2w3e4r",
            "football1",
            "letmein1",
            "aaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abcdefgh",
            "!@#$%^&*()",
            "p@ssw0rd",
            "elephant",
        ] {
            assert!(is_guessed_early(common, &[]), "{common}");
        }
    }

    /// The first 3000 of the list that have eight characters and more: those that this policy would let
    /// through (ASVS 6.2.4). In any case, because it is looked at without.
    #[test]
    fn case_184_the_commonest_three_thousand_are_refused() {
        let list = include_str!("guesses/common.txt");
        let listed: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(listed.len(), 3000);
        for listed in listed {
            assert!(listed.chars().count() >= 8, "{listed}");
            assert!(is_guessed_early(listed, &[]), "{listed}");
        }
        // Two from the end of it.
        for listed in ["usmc0311", "11234567"] {
            assert!(is_guessed_early(&listed.to_uppercase(), &[]), "{listed}");
        }
    }

    #[test]
    fn case_181_no_kind_of_character_is_asked_for() {
        for good in [
            "correct horse",
            "responsibilities are heavy",
            "lowercaseonlybutlong",
            "73915028461957",
            "🔑🦀🌋🐌🔑🐍🌵🧊",
            "zwei unbequeme stiefel",
            "x7$k!q9(w2",
        ] {
            assert!(!is_guessed_early(good, &[]), "{good}");
        }
    }

    #[test]
    fn case_184_words_about_the_person_are_guessed_early_in_other_clothes_too() {
        for close in ["zebedee!", "z3b3d33!", "eedebezz", "zebedeezebedee"] {
            assert!(is_guessed_early(close, &["zebedee"]), "{close}");
        }
        assert!(!is_guessed_early("zebedee rides a snail", &["zebedee"]));
    }
}

//! How early a password is guessed. The only file that names zxcvbn, in which the ranked lists of
//! passwords, names and words are.

use zxcvbn::zxcvbn;

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

/// Whether a guesser tries this password early, in whatever case it is typed. `context` are words
/// about the person and the product, which come first.
pub fn is_guessed_early(password: &str, context: &[&str]) -> bool {
    let lower = password.to_lowercase();
    let mut signs: Vec<char> = lower.chars().filter(|c| !c.is_alphanumeric()).collect();
    signs.sort_unstable();
    signs.dedup();
    let length = if signs.len() > FEW_SIGNS { LOOKED_AT_WITH_SIGNS } else { LOOKED_AT };
    let looked_at: String = lower.chars().take(length).collect();
    zxcvbn(&looked_at, context).guesses() <= EARLY
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The 3000th that has eight characters and those before it, and two from the end of the list.
    #[test]
    fn case_184_the_commonest_three_thousand_and_more_are_refused() {
        for listed in
            ["samantha1", "redneck1", "usmc0311", "alphaman", "greyhoun", "mercede1", "11234567"]
        {
            assert!(is_guessed_early(listed, &[]), "{listed}");
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

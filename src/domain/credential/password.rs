//! Passwords: what a new one must be like.

use unicode_normalization::UnicodeNormalization as _;

use crate::kernel::secret::Secret;

/// The longest password that is accepted, in characters. Longer input is refused, never cut.
pub const MAX_CHARS: usize = 128;

/// The longest input that is looked at, in bytes: 128 characters of four bytes, decomposed.
const MAX_BYTES: usize = MAX_CHARS * 16;

/// A password as typed, normalised to NFC so that every keyboard gives the same bytes
/// (NIST SP 800-63B-4 §3.1.1.2).
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer characters than the settings ask for.
    #[error("the password must have at least {0} characters")]
    TooShort(usize),
    /// More than [`MAX_CHARS`].
    #[error("the password must have at most {MAX_CHARS} characters")]
    TooLong,
    /// Little more than the person's address or name, or the product's name.
    #[error("the password must be more than your address, your name or the name of this service")]
    Obvious,
    /// One of those that are guessed first.
    #[error("the password is easy to guess: {0}")]
    Guessable(Weakness),
    /// It is known to have leaked somewhere.
    #[error("the password has leaked somewhere, so it is tried on other sites")]
    Breached,
    /// Holds a NUL character, which no keyboard types.
    #[error("the password holds a character that cannot be used")]
    BadCharacter,
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Many people use it.
    Common,
    /// Many people use one that is much like it.
    NearlyCommon,
    /// It is a word with little about it.
    Word,
    /// It is a name with little about it.
    Name,
    /// Its keys are neighbours.
    Keyboard,
    /// It says the same again.
    Repetition,
    /// It counts, or says the alphabet.
    Sequence,
    /// It is a date or a year with little about it.
    Date,
}

impl std::fmt::Display for Weakness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Common => "many people use it",
            Self::NearlyCommon => "many people use one like it",
            Self::Word => "it is little more than a word",
            Self::Name => "it is little more than a name",
            Self::Keyboard => "its keys are next to each other",
            Self::Repetition => "it repeats itself",
            Self::Sequence => "it is a sequence",
            Self::Date => "it is little more than a date",
        })
    }
}

impl Password {
    /// Takes what was typed at a sign-in. Only what no password can be is refused, before hashing.
    pub fn presented(text: &str) -> Result<Self, PasswordProblem> {
        if text.len() > MAX_BYTES {
            return Err(PasswordProblem::TooLong);
        }
        if text.contains('\0') {
            return Err(PasswordProblem::BadCharacter);
        }
        let normal: String = text.nfc().collect();
        if normal.chars().count() > MAX_CHARS {
            return Err(PasswordProblem::TooLong);
        }
        Ok(Self(Secret::new(normal)))
    }

    /// Takes a new password: at least `min_chars` characters, and more than one of the `context`
    /// words (the person's address, names, the product's name) with digits or signs around it, in
    /// any case. Parts of such words count as well: of an address the local part and the domain.
    pub fn chosen(text: &str, min_chars: usize, context: &[&str]) -> Result<Self, PasswordProblem> {
        let password = Self::presented(text)?;
        let typed = password.0.expose();
        if typed.chars().count() < min_chars {
            return Err(PasswordProblem::TooShort(min_chars));
        }
        if context.iter().any(|word| is_little_more(typed, word)) {
            return Err(PasswordProblem::Obvious);
        }
        Ok(password)
    }

    /// How many characters it has.
    pub fn chars(&self) -> usize {
        self.0.expose().chars().count()
    }

    /// The normalised text, to be looked at.
    pub fn as_secret(&self) -> &Secret<String> {
        &self.0
    }

    /// The normalised text, for hashing.
    pub fn into_secret(self) -> Secret<String> {
        self.0
    }
}

/// The shortest part of a context word that counts by itself, in characters.
const SHORTEST_PART: usize = 3;

/// Whether `typed` is `context`, or a part of it, with nothing but digits and signs around it.
fn is_little_more(typed: &str, context: &str) -> bool {
    // Also where it has neither letters nor digits.
    if typed.nfc().eq(context.nfc()) {
        return true;
    }
    let typed = letters_and_digits(typed);
    let same = |part: &str| {
        let part = letters_and_digits(part);
        let (word, core) = (without_digits(&part), without_digits(&typed));
        !part.is_empty() && (part == typed || (!word.is_empty() && word == core))
    };
    let around_at = context.split('@');
    // Of `www.example.org` also `example.org`.
    let suffixes = context.match_indices('.').map(|(at, dot)| &context[at + dot.len()..]);
    let parts = context
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() >= SHORTEST_PART);
    same(context) || around_at.chain(suffixes).chain(parts).any(same)
}

fn letters_and_digits(text: &str) -> String {
    text.nfc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Without those at the beginning and the end.
fn without_digits(text: &str) -> &str {
    text.trim_matches(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_181_lengths_are_counted_in_characters_and_nothing_is_cut() {
        let chosen = |text: &str| Password::chosen(text, 8, &[]).map(|_| ());
        assert_eq!(chosen("1234567"), Err(PasswordProblem::TooShort(8)));
        assert_eq!(chosen("12345678"), Ok(()));
        assert_eq!(chosen("🔑🔑🔑🔑🔑🔑🔑🔑"), Ok(()));
        assert_eq!(chosen(&"x".repeat(128)), Ok(()));
        assert_eq!(chosen(&"x".repeat(129)), Err(PasswordProblem::TooLong));
        assert_eq!(chosen("with  spaces "), Ok(()));
    }

    #[test]
    fn case_181_composed_and_decomposed_are_the_same() {
        let composed = Password::presented("Ångström").unwrap().into_secret();
        let decomposed = Password::presented("A\u{30a}ngstro\u{308}m").unwrap().into_secret();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    #[test]
    fn case_184_own_address_is_refused() {
        let chosen = |text| Password::chosen(text, 8, &["alice.smith@example.com"]).map(|_| ());
        assert_eq!(chosen("Alice.Smith"), Err(PasswordProblem::Obvious));
        assert_eq!(chosen("alice.smith@example.com"), Err(PasswordProblem::Obvious));
        // Nor with digits and signs around it, nor a part of it.
        for close in ["alice.smith2", "99alicesmith!!", "Alice2026", "example.com1", "EXAMPLE123"] {
            assert_eq!(chosen(close), Err(PasswordProblem::Obvious), "{close}");
        }
        assert_eq!(chosen("alice keeps snails"), Ok(()));
        assert_eq!(chosen("12345678"), Ok(()), "that is for the list of common ones");
        let signs = "\u{301}".repeat(8);
        assert_eq!(Password::chosen(&signs, 8, &[&signs]).map(drop), Err(PasswordProblem::Obvious));
        // A name may have been stored as another system decomposes it.
        let chosen = |text| Password::chosen(text, 8, &["Zoe\u{308} Ma\u{308}rz"]).map(|_| ());
        assert_eq!(chosen("Zoë März"), Err(PasswordProblem::Obvious));
        assert_eq!(chosen("Zoe\u{308} Ma\u{308}rz"), Err(PasswordProblem::Obvious));
    }
}

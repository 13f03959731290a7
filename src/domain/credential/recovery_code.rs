//! Recovery codes: on paper, for whoever has lost the app or the passkey.

use super::is_passed_over;
use crate::kernel::env::Env;
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;

/// How many there are in a set.
pub const CODES: usize = 10;

/// From so few on the person is told to make new ones.
pub const FEW: u32 = 3;

/// What codes are made of: nothing that looks like something else on paper, neither as a capital nor
/// as a small letter, and no `u`, so that fewer words come out of it.
const ALPHABET: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

/// Letters and digits of a code: 58 bits. Guesses are counted, and the hash is keyed.
const LENGTH: usize = 12;

/// Letters and digits of a group.
const GROUP: usize = 4;

/// The longest text that is looked at for a code, in bytes.
const MAX_TYPED: usize = 64;

/// A recovery code, in small letters and without separators.
#[derive(Clone, Debug)]
pub struct RecoveryCode(Secret<String>);

/// A text is no recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a recovery code has {LENGTH} letters and digits")]
pub struct NotARecoveryCode;

impl RecoveryCode {
    /// A new one.
    pub fn generate(env: &Env) -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            // Of 256 values 240 are so many times thirty; the others would favour the first letters.
            let usable = env.random_bytes::<16>().into_iter().filter(|byte| *byte < 240);
            let letters = usable.map(|byte| char::from(ALPHABET[usize::from(byte % 30)]));
            code.extend(letters.take(LENGTH - code.len()));
        }
        Self(Secret::new(code))
    }

    /// Takes what was typed: capitals or not, with spaces, hyphens and unseen marks anywhere.
    pub fn parse(typed: &str) -> Result<Self, NotARecoveryCode> {
        if typed.len() > MAX_TYPED {
            return Err(NotARecoveryCode);
        }
        let between = |c: &char| is_passed_over(*c) || matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let code: String =
            typed.chars().filter(|c| !between(c)).map(|c| c.to_ascii_lowercase()).collect();
        if code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(Self(Secret::new(code)))
        } else {
            Err(NotARecoveryCode)
        }
    }

    /// As it is shown: `abcd-2345-efgh`.
    pub fn shown(&self) -> Secret<String> {
        let letters: Vec<char> = self.0.expose().chars().collect();
        let groups: Vec<String> =
            letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        Secret::new(groups.join("-"))
    }

    /// What its keyed hash is made of: the same code of another account has another one.
    pub fn hashed_as(&self, user: UserId) -> Secret<Vec<u8>> {
        Secret::new([user.0.as_bytes(), self.0.expose().as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_as_people_write_it_down() {
        let code = RecoveryCode::generate(&Env::system());
        let shown = code.shown().expose().clone();
        assert_eq!(shown.len(), LENGTH + 2);
        let user = UserId(uuid::Uuid::nil());
        let hashed = |code: &RecoveryCode| code.hashed_as(user).expose().clone();
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!(" {shown}\n"),
            shown.replace('-', "\u{2011}"),
            format!("\u{2066}{}\u{2069}\u{200f}", shown.replace('-', "\u{ad}-\u{200b}")),
        ] {
            assert_eq!(hashed(&RecoveryCode::parse(&typed).unwrap()), hashed(&code), "{typed}");
        }
        let other = UserId(uuid::Uuid::max());
        assert_ne!(code.hashed_as(other).expose(), &hashed(&code));
        assert_eq!(format!("{code:?}"), "RecoveryCode([redacted])");
    }

    #[test]
    fn case_213_nothing_else_is_a_code() {
        let huge = "a".repeat(1_000_000);
        for typed in ["", "-", "abcd-2345-efg", "abcd-2345-efgho", "abcd-2345-efgl", "٢٣٤٥", &huge]
        {
            assert_eq!(RecoveryCode::parse(typed).unwrap_err(), NotARecoveryCode);
        }
    }

    /// What is easily taken for something else stands for nothing at all.
    #[test]
    fn no_two_letters_look_alike() {
        for lookalike in "01ilou".bytes() {
            assert!(!ALPHABET.contains(&lookalike));
        }
        let env = Env::system();
        let all: String =
            (0..200).map(|_| RecoveryCode::generate(&env).0.expose().clone()).collect();
        for letter in ALPHABET {
            assert!(all.bytes().any(|byte| byte == *letter), "{} never comes", char::from(*letter));
        }
    }
}

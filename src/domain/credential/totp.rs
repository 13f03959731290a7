//! Authenticator apps: codes that a secret and the time make (RFC 6238).

use chrono::{DateTime, TimeDelta, Utc};

use super::is_passed_over;
use crate::domain::sealed::Sealed;
use crate::kernel::ids::{AuthenticatorId, UserId};
use crate::kernel::secret::Secret;

/// How many an account has at most.
pub const MAX_AUTHENTICATORS: usize = 10;

/// The longest name of one, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// How long one that was begun waits for its first code.
pub const ENROLMENT: TimeDelta = TimeDelta::hours(1);

/// The digits of a code.
const DIGITS: usize = 6;

/// The longest text that is looked at for a code, in bytes.
const MAX_TYPED: usize = 32;

/// An authenticator app of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// Its row.
    pub id: AuthenticatorId,
    /// Whose it is.
    pub user_id: UserId,
    /// As the person calls it.
    pub name: AuthenticatorName,
    /// The secret that it shares with us.
    pub secret: Sealed,
    /// The time step of the last code that was taken: that one and older ones are spent.
    pub last_step: Option<i64>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When a code of it was right for the first time. It counts from then on.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When a code of it was taken last.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Authenticator {
    /// Whether it can still be confirmed.
    pub fn is_under_way(&self, now: DateTime<Utc>) -> bool {
        self.confirmed_at.is_none() && now - self.created_at < ENROLMENT
    }
}

/// What a person calls an authenticator app: up to [`MAX_NAME_CHARS`] characters, none of which
/// controls how others are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorName(String);

/// A text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// There is nothing in it.
    #[error("the name is empty")]
    Empty,
    /// It is too long, or holds a character that is not shown.
    #[error("the name is too long or holds a character that is not shown")]
    Unusable,
}

impl AuthenticatorName {
    /// Takes what was typed, without the space around it.
    pub fn parse(typed: &str) -> Result<Self, BadName> {
        let name = typed.trim();
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        let is_hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if name.chars().count() > MAX_NAME_CHARS || name.chars().any(is_hidden) {
            return Err(BadName::Unusable);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A code as it was typed: six digits.
#[derive(Clone, Debug)]
pub struct TotpCode(Secret<String>);

/// A text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct NotACode;

impl TotpCode {
    /// Takes what was typed, spaces and unseen marks anywhere. Digits are those from `0` to `9`, and
    /// there is no other way to write a number (case 213).
    pub fn parse(typed: &str) -> Result<Self, NotACode> {
        if typed.len() > MAX_TYPED {
            return Err(NotACode);
        }
        let digits: String = typed.chars().filter(|c| !is_passed_over(*c)).collect();
        if digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Secret::new(digits)))
        } else {
            Err(NotACode)
        }
    }

    /// The digits.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_with_spaces_anywhere() {
        for typed in [
            "483920",
            "483 920",
            " 4 8 3 9 2 0 ",
            "483\u{a0}920",
            "\t483920\n",
            "\u{2066}483\u{200b}920\u{2069}\u{200f}",
        ] {
            assert_eq!(TotpCode::parse(typed).unwrap().expose(), "483920", "{typed:?}");
        }
        assert_eq!(format!("{:?}", TotpCode::parse("483920").unwrap()), "TotpCode([redacted])");
    }

    #[test]
    fn case_213_nothing_else_is_a_code() {
        let huge = "4".repeat(1_000_000);
        for typed in [
            "",
            " ",
            "48392",
            "4839201",
            "1e5",
            "-48392",
            "+48392",
            "4839.0",
            "0x4839",
            "٤٨٣٩٢٠",
            "４８３９２０",
            "48392a",
            "483920\0",
            &huge,
        ] {
            assert_eq!(TotpCode::parse(typed).unwrap_err(), NotACode);
        }
    }

    #[test]
    fn a_name_is_short_and_shown_as_it_is() {
        assert_eq!(AuthenticatorName::parse("  My phone ").unwrap().as_str(), "My phone");
        assert_eq!(AuthenticatorName::parse("هاتفي").unwrap().as_str(), "هاتفي");
        assert_eq!(AuthenticatorName::parse(" \t"), Err(BadName::Empty));
        assert!(AuthenticatorName::parse(&"ö".repeat(64)).is_ok());
        for bad in [&"ö".repeat(65), "a\nb", "a\u{202e}b", "a\0b"] {
            assert_eq!(AuthenticatorName::parse(bad), Err(BadName::Unusable), "{bad:?}");
        }
    }
}

//! Codes and links that are mailed: to sign in, as a second factor, and to show at a registration that
//! an address is somebody's.
//!
//! A code belongs to one flow, which belongs to one browser, and to the person who was found when it
//! was sent. How well it withstands guessing is summed up in `identity::rate_limit::mailed`.

use chrono::{DateTime, TimeDelta, Utc};

use super::is_passed_over;
use crate::domain::address::EmailAddress;
use crate::domain::client::text_enum;
use crate::domain::factor::Proof;
use crate::domain::one_time_link::DOUBLE_CLICK;
use crate::kernel::ids::{FlowId, MailedCodeId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;

/// How long a code, and the link beside it, work.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Wrong codes after which the right one is none any more.
pub const MAX_MISSES: u32 = 5;

/// How many digits a code has.
const DIGITS: usize = 6;

text_enum! {
    /// What a code proves. One never does for another.
    CodePurpose {
        /// The first factor of a sign-in.
        SignIn = "sign_in",
        /// A second factor.
        SecondFactor = "second_factor",
        /// That the address of an account to be made is theirs who make it.
        Register = "register",
    }
}

/// Six digits.
#[derive(Clone)]
pub struct Code(Secret<String>);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}

impl Code {
    /// The code of these random bytes. Of 2⁶⁴ numbers none of the million gets noticeably more.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(Secret::new(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)))
    }

    /// What somebody typed or pasted, in groups if they like and with the marks of direction that a
    /// mail has around it; `None` where that is no code: only the ten ASCII digits are digits.
    pub fn parse(typed: &str) -> Option<Self> {
        // Nobody types this much, and nothing is copied of it.
        if typed.len() > 64 {
            return None;
        }
        let digits: String = typed.chars().filter(|c| !is_passed_over(*c)).collect();
        let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Self(Secret::new(digits)))
    }

    /// The digits.
    pub fn digits(&self) -> &Secret<String> {
        &self.0
    }
}

/// A code that was mailed, or that was asked for where there is nobody to mail it to.
#[derive(Clone, Debug)]
pub struct MailedCode {
    /// The row.
    pub id: MailedCodeId,
    /// What it proves.
    pub purpose: CodePurpose,
    /// The flow that it is a step of, and with it the browser.
    pub flow: FlowId,
    /// Whom it signs in. `None`: nobody has the address, or it is to register one.
    pub user: Option<UserId>,
    /// Where it was sent.
    pub email: EmailAddress,
    /// Of the digits, keyed with the row's id; of nothing that can be typed where no code is right.
    pub code: TokenHash,
    /// Of the secret of the link.
    pub link: Option<TokenHash>,
    /// Codes that were looked at.
    pub misses: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it is too late.
    pub expires_at: DateTime<Utc>,
    /// When it was used, or a newer one took its place.
    pub consumed_at: Option<DateTime<Utc>>,
}

impl MailedCode {
    /// Whether a code is worth typing at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.consumed_at.is_none() && now < self.expires_at && self.misses < MAX_MISSES
    }

    /// Whether it was used so short a while ago that the second click of a double one may still come.
    pub fn was_just_used(&self, now: DateTime<Utc>) -> bool {
        self.consumed_at.is_some_and(|at| now - at < DOUBLE_CLICK)
    }
}

/// An account that waits until its address is confirmed. It owns nothing: neither the address nor the
/// username.
#[derive(Clone, Debug)]
pub struct WaitingAccount {
    /// The row.
    pub id: crate::kernel::ids::RegistrationId,
    /// The flow that it is a step of.
    pub flow: FlowId,
    /// The address.
    pub email: EmailAddress,
    /// The username that is wanted.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The password's PHC string.
    pub password_phc: Option<String>,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
    /// When it was typed.
    pub created_at: DateTime<Utc>,
    /// When it is too late to confirm it.
    pub expires_at: DateTime<Utc>,
    /// When the account was made, or a newer registration took its place.
    pub finished_at: Option<DateTime<Utc>>,
    /// A passkey takes the place of the password.
    pub passkey: bool,
    /// That the mailbox was read, once it was. Only an account that gets a passkey waits beyond that.
    pub confirmed: Option<Proof>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Option<String> {
        Code::parse(typed).map(|code| code.digits().expose().clone())
    }

    #[test]
    fn a_code_is_six_digits_however_it_is_pasted() {
        for typed in [
            "483920",
            " 483 920\n",
            "483\u{a0}920",
            "4 8 3 9 2 0",
            "000000",
            "\u{200e}483\u{202f}920\u{200f}",
            "\u{2066}483920\u{2069}",
            "\u{202a}483920\u{202c}\u{61c}",
            "\u{feff}483\u{200b}920\u{2060}",
        ] {
            let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(parsed(typed), Some(digits), "{typed:?}");
        }
    }

    #[test]
    fn case_213_what_is_no_code() {
        let long = "1".repeat(1 << 20);
        for typed in [
            "",
            "1e5",
            "-1",
            "-12345",
            "+12345",
            "12345",
            "1234567",
            "483-920",
            "0x1234",
            "null",
            "[]",
            "{}",
            "٤٨٣٩٢٠",
            "４８３９２０",
            "48392O",
            "483,920",
            "1.2345",
            "48392\u{200e}",
            "\u{200e}\u{2066}",
            "483\u{301}920",
            "483\0920",
            &long,
        ] {
            assert_eq!(parsed(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn every_code_has_six_digits() {
        let code = |number: u64| Code::from_random(number.to_be_bytes()).digits().expose().clone();
        assert_eq!(code(0), "000000");
        assert_eq!(code(1_000_007), "000007");
        assert_eq!(code(u64::MAX).len(), 6);
    }
}

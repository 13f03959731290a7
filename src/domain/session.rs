//! A signed-in browser.

use chrono::{DateTime, TimeDelta, Utc};

use super::client::text_enum;
use super::factor::{FactorKind, Proofs};
use super::setting::Settings;
use super::user::{AccountState, Profile, User};
use crate::kernel::ids::{SessionId, UserId};

/// A signed-in browser. The row stays from sign-in to sign-out; the cookie's secret rotates.
#[derive(Clone, Debug)]
pub struct Session {
    /// The row.
    pub id: SessionId,
    /// The `sid` claim: random and public to relying parties, never the cookie.
    pub sid: String,
    /// Who is signed in.
    pub user_id: UserId,
    /// When the person last proved who they are; the `auth_time` claim.
    pub auth_time: DateTime<Utc>,
    /// How well; the `acr` claim.
    pub acr: String,
    /// By what; the `amr` claim (RFC 8176).
    pub amr: Vec<String>,
    /// The same as we keep it: every factor, and when.
    pub proofs: Proofs,
    /// Whether a second factor was left out, because the account trusts the browser.
    pub trusted: bool,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
    /// Where from.
    pub ip: Option<String>,
    /// What with.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last seen, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When and why it ended before that.
    pub ended: Option<(DateTime<Utc>, SessionEnd)>,
}

text_enum! {
    /// Why a session ended.
    SessionEnd {
        /// The person signed out.
        SignedOut = "signed_out",
        /// The person ended it from another device.
        EndedByUser = "ended_by_user",
        /// An operator ended it.
        EndedByOperator = "ended_by_operator",
        /// Somebody else signed in with the same browser.
        Replaced = "replaced",
        /// The password was changed or reset.
        CredentialsChanged = "credentials_changed",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
    }
}

/// What of a session decides whether it is honoured.
#[derive(Clone, Copy, Debug)]
pub struct SessionState {
    /// Before its time.
    pub has_ended: bool,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
    /// When the person last proved who they are.
    pub auth_time: DateTime<Utc>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last seen, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A session with whose it is, loaded in one statement.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session; [`Session::is_live`] tells whether it is honoured.
    pub session: Session,
    /// The person.
    pub profile: Profile,
}

/// How a person proved who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// The `auth_time`.
    pub at: DateTime<Utc>,
    /// By what.
    pub proofs: Proofs,
    /// Whether a second factor was left out, because the account trusts the browser.
    pub trusted: bool,
}

/// The `acr` of one factor that was proved.
pub const ACR_SINGLE_FACTOR: &str = "urn:latchkey:acr:1fa";

/// The `acr` of two factors that were proved, or of one that holds two.
pub const ACR_TWO_FACTORS: &str = "urn:latchkey:acr:2fa";

/// Every `acr` value that a sign-in can reach, weakest first.
pub const ACR_VALUES: &[&str] = &[ACR_SINGLE_FACTOR, ACR_TWO_FACTORS];

/// The first of the `wanted` values that a session of this `acr` reaches; a stronger one reaches the
/// weaker ones too. What is on no ladder reaches nothing.
pub fn reached<'a>(acr: &str, wanted: &'a [String]) -> Option<&'a str> {
    reached_on(ACR_VALUES, acr, wanted)
}

fn reached_on<'a>(ladder: &[&str], acr: &str, wanted: &'a [String]) -> Option<&'a str> {
    let height = |value: &str| ladder.iter().position(|step| *step == value);
    let own = height(acr)?;
    wanted.iter().map(String::as_str).find(|value| height(value).is_some_and(|it| it <= own))
}

impl Authentication {
    /// A password was verified.
    pub fn by_password(now: DateTime<Utc>) -> Self {
        Self { at: now, proofs: Proofs::of(FactorKind::Password, now), trusted: false }
    }
}

impl Session {
    /// How fresh `last_used_at` is kept: a session in use is written to at most this often.
    pub const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

    /// What decides whether it is honoured.
    pub fn state(&self) -> SessionState {
        SessionState {
            has_ended: self.ended.is_some(),
            remember: self.remember,
            auth_time: self.auth_time,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
        }
    }

    /// Whether the session of `user` is honoured at `now`.
    pub fn is_live(&self, user: &User, settings: &Settings, now: DateTime<Utc>) -> bool {
        self.state().is_live(user.state(), settings, now)
    }

    /// Whether `last_used_at` is so old that it is written anew.
    pub fn wants_touch(&self, now: DateTime<Utc>) -> bool {
        now - self.last_used_at >= Self::TOUCH_INTERVAL
    }
}

impl SessionState {
    /// Whether the session is honoured at `now`: not ended, within its idle and absolute lifetimes,
    /// newer than the account's last change of credentials, and the account usable.
    pub fn is_live(self, account: AccountState, settings: &Settings, now: DateTime<Utc>) -> bool {
        !self.has_ended
            && account.is_active
            && self.created_at >= account.credentials_changed_at
            && now < self.ends_at(settings)
            && now < self.last_used_at + settings.session_idle(self.remember)
    }

    /// When it ends at the latest. Where nobody may stay signed in any more, those who chose to are
    /// treated as if they had not.
    fn ends_at(self, settings: &Settings) -> DateTime<Utc> {
        if self.remember && !settings.offers_remember_me() {
            self.expires_at.min(self.auth_time + settings.session_absolute(false))
        } else {
            self.expires_at
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_104_an_acr_is_reached_from_above_only() {
        let ladder = ["one", "two", "three"];
        let wanted = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let reached =
            |acr, texts: &[&str]| reached_on(&ladder, acr, &wanted(texts)).map(str::to_owned);
        assert_eq!(reached("two", &["three", "one", "two"]).as_deref(), Some("one"));
        assert_eq!(reached("two", &["three"]), None);
        assert_eq!(reached("two", &["gold"]), None);
        assert_eq!(reached("gold", &["gold"]), None);
        assert_eq!(super::reached(ACR_SINGLE_FACTOR, &wanted(ACR_VALUES)), Some(ACR_SINGLE_FACTOR));
        assert_eq!(super::reached(ACR_SINGLE_FACTOR, &wanted(&[ACR_TWO_FACTORS])), None);
        let down = [ACR_TWO_FACTORS, ACR_SINGLE_FACTOR];
        assert_eq!(super::reached(ACR_TWO_FACTORS, &wanted(&down)), Some(ACR_TWO_FACTORS));
    }
}

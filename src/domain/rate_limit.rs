//! Attempts that are counted exactly, over all nodes.

use chrono::{DateTime, TimeDelta, Utc};

use super::client::text_enum;

text_enum! {
    /// What is counted.
    AttemptKind {
        /// Failed requests to the sign-in routes from one network.
        Address = "login_address",
        /// Failed sign-ins with what was typed as a name, whether or not an account has it.
        Identifier = "login_identifier",
        /// The same from one network.
        IdentifierAtAddress = "login_identifier_address",
        /// Failed sign-ins for one account, by whichever of its names.
        Account = "login_account",
        /// The same from one network.
        AccountAtAddress = "login_account_address",
        /// Failed sign-ins for one account since the last one that succeeded.
        AccountRun = "login_account_run",
        /// Failed sign-ins from a browser that the account knows.
        Device = "login_device",
        /// The same since the last one that succeeded.
        DeviceRun = "login_device_run",
        /// Wrong passwords of somebody who is signed in and proves it anew.
        Confirmation = "confirmation",
        /// The same since the last right one.
        ConfirmationRun = "confirmation_run",
        /// Links to reset the password of one account, or asked for by a name that none has.
        ForgottenPassword = "forgotten_password",
        /// Wrong codes of somebody's authenticator apps.
        Totp = "factor_totp",
        /// The same since the last right one.
        TotpRun = "factor_totp_run",
        /// Wrong recovery codes.
        RecoveryCode = "factor_recovery_code",
        /// The same since the last right one.
        RecoveryCodeRun = "factor_recovery_code_run",
        /// Mails with a code to one address in a short time.
        CodeSends = "code_sends",
        /// The same in an hour.
        CodeSendsOfHour = "code_sends_hour",
        /// Mailed codes of one account that were looked at in an hour.
        CodeMisses = "code_misses_hour",
        /// The same in a day.
        CodeMissesOfDay = "code_misses_day",
        /// Changes of an account's addresses.
        AddressChange = "account_addresses",
        /// Changes of an account's username.
        UsernameChange = "account_username",
        /// Pictures that somebody sent of themselves.
        PictureChange = "account_picture",
        /// Locks of a budget, one after the other.
        Locks = "login_locks",
        /// Mails to one address that anybody can cause. Those of mail are behind all others in their
        /// order, so that what an act takes from other budgets comes before the mail that tells of it.
        Mail = "mail_recipient",
        /// The same of those that say that nothing came of it, in a day.
        MailOfAttempts = "mail_recipient_attempts",
        /// Mails to one address that tell of what was done to one account.
        MailOfActs = "mail_recipient_told",
    }
}

impl AttemptKind {
    /// Whether who goes on waits longer each time. The others have a long window, or none.
    pub fn grows(self) -> bool {
        matches!(
            self,
            Self::Address
                | Self::Identifier
                | Self::Account
                | Self::Device
                | Self::Confirmation
                | Self::Totp
                | Self::TotpRun
                | Self::RecoveryCode
                | Self::RecoveryCodeRun
        )
    }

    /// What the budget is called in front of those who use it, unless it is kept from them: what
    /// is counted for an account rather than for what was typed would tell which names are one
    /// person's.
    pub fn shown_as(self) -> Option<&'static str> {
        match self {
            Self::Address => Some("address"),
            Self::Identifier | Self::Device | Self::Confirmation => Some("account"),
            Self::Totp | Self::RecoveryCode => Some("factor"),
            Self::IdentifierAtAddress => Some("pair"),
            Self::CodeSends => Some("codes"),
            Self::CodeSendsOfHour => Some("codes-hour"),
            Self::Account
            | Self::AccountAtAddress
            | Self::AccountRun
            | Self::DeviceRun
            | Self::ConfirmationRun
            | Self::ForgottenPassword
            | Self::TotpRun
            | Self::RecoveryCodeRun
            | Self::CodeMisses
            | Self::CodeMissesOfDay
            | Self::AddressChange
            | Self::UsernameChange
            | Self::PictureChange
            | Self::Locks
            | Self::Mail
            | Self::MailOfAttempts
            | Self::MailOfActs => None,
        }
    }
}

/// How many attempts fit into a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// That many.
    pub attempts: u32,
    /// In that time, from the first attempt on.
    pub window: TimeDelta,
}

/// The state of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Attempts in this window.
    pub count: u32,
    /// When the window ends and the count starts anew.
    pub window_ends_at: DateTime<Utc>,
}

impl Counted {
    /// Whether another attempt is too much.
    pub fn is_full(&self, limit: Limit) -> bool {
        self.count >= limit.attempts
    }

    /// Whether the attempts that were counted are too many.
    pub fn is_beyond(&self, limit: Limit) -> bool {
        self.count > limit.attempts
    }

    /// Whether the attempt just counted was the last one that fits.
    pub fn just_filled(&self, limit: Limit) -> bool {
        self.count == limit.attempts
    }
}

/// How long the `nth` lock in a row lasts, from 1: each twice as long as the one before.
pub fn lock_length(first: TimeDelta, longest: TimeDelta, nth: u32) -> TimeDelta {
    let doublings = nth.saturating_sub(1).min(30);
    first.checked_mul(1 << doublings).map_or(longest, |length| length.min(longest))
}

/// What is left of a budget, as whoever uses it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The budget.
    pub name: &'static str,
    /// How many attempts may fail.
    pub limit: Limit,
    /// How many are left.
    pub remaining: u32,
    /// When all of them are there again.
    pub resets_at: DateTime<Utc>,
}

/// What is left of every budget that is shown.
pub type Standing = Vec<Allowance>;

/// How an account stands after failed sign-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Until when no unknown browser is let in.
    pub until: Option<DateTime<Utc>>,
    /// Failed sign-ins since the last one that succeeded.
    pub misses_in_a_row: u32,
    /// So many that no unknown browser is let in before the password is set or the account unlocked.
    pub is_final: bool,
}

impl Lock {
    /// Whether a right password from an unknown browser is refused.
    pub fn holds(&self) -> bool {
        self.until.is_some() || self.is_final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_172_each_lock_is_twice_as_long_up_to_the_longest() {
        let (first, longest) = (TimeDelta::minutes(15), TimeDelta::days(1));
        let minutes = |nth| lock_length(first, longest, nth).num_minutes();
        let lengths: Vec<i64> = (0..10).map(minutes).collect();
        assert_eq!(lengths, [15, 15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
        assert_eq!(minutes(u32::MAX), 1440);
    }

    #[test]
    fn what_is_counted_for_an_account_is_not_shown() {
        for kind in [
            AttemptKind::Account,
            AttemptKind::AccountAtAddress,
            AttemptKind::AccountRun,
            AttemptKind::DeviceRun,
            AttemptKind::ForgottenPassword,
            AttemptKind::CodeMisses,
            AttemptKind::CodeMissesOfDay,
        ] {
            assert_eq!(kind.shown_as(), None, "{kind:?}");
        }
    }
}

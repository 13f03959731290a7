//! The budgets of codes that are mailed.
//!
//! How likely a code is guessed: one try of a million. Of the codes of one account (in whichever flow,
//! browser and language they were asked for) at most [`MISSES_PER_DAY`] tries are looked at in a window
//! of a day, so at most twice as many within any 24 hours:
//!
//! ```text
//! 2 × 100 tries × 10⁻⁶ = 2 × 10⁻⁴ a day  <  10⁻³ (case 207, ASVS 6.6.3)
//! ```
//!
//! A browser that the account knows has tries of its own, so that a stranger uses nothing up that the
//! owner needs: 2 × 10⁻⁴ more for each that was stolen. Beyond the budget the answer is that of a wrong
//! code, however right it is. A success gives its own try back and forgets no other, and a new code
//! changes nothing of the count.

use chrono::TimeDelta;

use super::budgets::{account, by_network, key};
use super::{Budget, Budgets, Subject, network};
use crate::crypto::seal::MasterKey;
use crate::domain::address::EmailAddress;
use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::domain::setting::Settings;
use crate::kernel::ids::{DeviceId, UserId};

/// Mails with a code to one address in a quarter of an hour.
const SENDS: Limit = Limit { attempts: 3, window: TimeDelta::minutes(15) };

/// The same in an hour. Fewer than an address gets of all mails that strangers can cause, so that who asks
/// for codes of somebody else does not keep all others from them.
const SENDS_PER_HOUR: Limit = Limit { attempts: 6, window: TimeDelta::hours(1) };

/// Tries at the codes of one account in an hour.
const MISSES_PER_HOUR: Limit = Limit { attempts: 20, window: TimeDelta::hours(1) };

/// The same in a day.
const MISSES_PER_DAY: Limit = Limit { attempts: 100, window: TimeDelta::days(1) };

/// Whom a code is about.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Mailed<'a> {
    pub(in crate::identity) master: &'a MasterKey,
    pub(in crate::identity) settings: &'a Settings,
    pub(in crate::identity) ip: Option<&'a str>,
    /// Where it goes, or went.
    pub(in crate::identity) email: &'a EmailAddress,
    /// Whose it is, if anybody's.
    pub(in crate::identity) user: Option<UserId>,
    /// The browser, where the account knows it.
    pub(in crate::identity) device: Option<DeviceId>,
}

impl Mailed<'_> {
    /// Where no account has the address, the address itself stands in, so that the work is the same.
    fn nobody(&self) -> String {
        format!("name {}", self.email.canonical())
    }

    fn own(&self) -> Option<String> {
        self.device.map(|device| format!("device {device}"))
    }

    fn budget(&self, kind: AttemptKind, subject: &str, limit: Limit) -> Budget {
        Budget::new(kind, key(self.master, kind, subject), limit)
    }

    fn misses(&self, subject: &str) -> Vec<Budget> {
        vec![
            self.budget(AttemptKind::CodeMisses, subject, MISSES_PER_HOUR),
            self.budget(AttemptKind::CodeMissesOfDay, subject, MISSES_PER_DAY),
        ]
    }
}

impl Budgets {
    /// For mailing a code. What is counted is the address, whether or not anybody has it, and the
    /// network that asks.
    pub(in crate::identity) fn mailing(who: &Mailed<'_>) -> Self {
        let mut budgets = Self::mails(who);
        budgets.shown.push(by_network(who.master, who.settings, &network(who.ip)));
        budgets
    }

    /// The same, where the network was counted before.
    pub(in crate::identity) fn mails(who: &Mailed<'_>) -> Self {
        let subject = who.own().unwrap_or_else(|| who.nobody());
        Self::shown(vec![
            who.budget(AttemptKind::CodeSends, &subject, SENDS),
            who.budget(AttemptKind::CodeSendsOfHour, &subject, SENDS_PER_HOUR),
        ])
    }

    /// For looking at a code that was typed.
    pub(in crate::identity) fn typing(who: &Mailed<'_>) -> Self {
        let subject = who.own().or(who.user.map(account)).unwrap_or_else(|| who.nobody());
        Self {
            subject: Subject { user: who.user, device: who.device },
            hidden: who.misses(&subject),
            stand_ins: who.misses(&who.nobody()),
            ..Self::shown(vec![by_network(who.master, who.settings, &network(who.ip))])
        }
    }
}

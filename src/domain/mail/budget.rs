//! How much mail somebody gets. What strangers can cause is counted apart from what tells of an act, so
//! that nobody fills up a mailbox first and does in silence then what its owner is to be told of.

use chrono::TimeDelta;

use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::domain::setting::Settings;

/// The window in which the mails to an address are counted.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Mails a day that say no more than that somebody typed the address.
const ATTEMPTS: Limit = Limit { attempts: 3, window: TimeDelta::days(1) };

/// What a mail takes room from. Their order is that of their counters, which whoever sends several
/// mails keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailBudget {
    /// Mail to an address that anybody can cause who knows it.
    Strangers,
    /// The same, of which a few a day are enough: it says that nothing came of it.
    Attempts,
    /// Mail that tells of what was done to an account by somebody who was let in, or by an operator.
    /// Counted for each account, so that what is done to one takes no room from another.
    Acts,
}

impl MailBudget {
    /// What it is counted as, and how much fits.
    pub fn limits(self, settings: &Settings) -> Vec<(AttemptKind, Limit)> {
        let an_hour = |attempts| Limit { attempts, window: HOUR };
        let strangers = (AttemptKind::Mail, an_hour(settings.max_mails_per_recipient_per_hour));
        let acts = an_hour(settings.max_notices_per_recipient_per_hour);
        match self {
            Self::Strangers => vec![strangers],
            Self::Attempts => vec![strangers, (AttemptKind::MailOfAttempts, ATTEMPTS)],
            Self::Acts => vec![(AttemptKind::MailOfActs, acts)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_counters() {
        let last = |budget: MailBudget| {
            let limits = budget.limits(&Settings::default());
            limits.iter().map(|(kind, _)| kind.as_str()).max().unwrap()
        };
        assert!(last(MailBudget::Strangers) < last(MailBudget::Attempts));
        assert!(last(MailBudget::Attempts) < last(MailBudget::Acts));
    }
}

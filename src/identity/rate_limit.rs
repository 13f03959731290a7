//! How often somebody may try: counted in the database, exact over all nodes.
//!
//! A sign-in is counted twice. What is typed as a name has budgets that are *shown*: they are the same
//! whether or not an account has that name. The account behind it has *hidden* ones, over all of its
//! names: beyond them the same work is done and the same answer given as for a wrong password, because
//! an honest answer would tell which names belong to one person. Where no account has the name, the
//! name itself stands in, so that the work is the same.

use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, Utc};

use crate::domain::rate_limit::{Allowance, AttemptKind, Counted, Limit, Standing};
use crate::domain::setting::{Settings, seconds};
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::attempts::CounterId;
use crate::storage::tx::Tx;

mod budgets;
mod confirmation;
mod factor;
mod forget;
mod mailed;
mod outcome;
mod sends;

pub(super) use budgets::SignIn;
pub(super) use confirmation::{Confirming, confirm};
pub(super) use factor::{Counted as CountedFactor, Proving, prove};
pub(super) use forget::{Names, Whose, forget, lock};
pub(super) use mailed::Mailed;
pub(super) use outcome::LockedUntil;
pub(super) use sends::{subject, take_one};

/// How many attempts of one kind somebody has.
#[derive(Clone, Copy, Debug)]
struct Budget {
    id: CounterId,
    limit: Limit,
}

/// Whom an attempt is about, as far as that is known.
#[derive(Clone, Copy, Debug, Default)]
struct Subject {
    user: Option<UserId>,
    device: Option<DeviceId>,
}

/// The budgets of an attempt.
#[derive(Clone, Debug)]
pub(super) struct Budgets {
    subject: Subject,
    /// Beyond one of these nothing is counted and nothing hashed.
    shown: Vec<Budget>,
    /// Beyond one of these the attempt is feigned.
    hidden: Vec<Budget>,
    /// What is counted instead of the hidden ones while the attempt is feigned.
    stand_ins: Vec<Budget>,
    /// The account's failures in a row, where the attempt itself is counted elsewhere.
    run: Option<Budget>,
}

/// An attempt that was counted.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    subject: Subject,
    counted: Vec<(Budget, Counted)>,
    feigned: bool,
    run: Option<Budget>,
}

/// No attempt is looked at.
#[derive(Clone, Debug)]
pub(super) struct TooMany {
    /// When the next one is.
    pub(super) retry_at: DateTime<Utc>,
    /// What is left of which budget.
    pub(super) standing: Standing,
}

impl Budget {
    fn new(kind: AttemptKind, key: TokenHash, limit: Limit) -> Self {
        Self { id: (kind, key), limit }
    }

    fn allowance(&self, counted: Option<Counted>, now: DateTime<Utc>) -> Option<Allowance> {
        let count = counted.map_or(0, |counted| counted.count);
        Some(Allowance {
            name: self.id.0.shown_as()?,
            limit: self.limit,
            remaining: self.limit.attempts.saturating_sub(count),
            resets_at: counted.map_or(now + self.limit.window, |counted| counted.window_ends_at),
        })
    }
}

impl Budgets {
    /// Takes one attempt from each. To be committed before the attempt is looked at: guesses made at
    /// the same time cannot outrun the count. An attempt is counted everywhere or nowhere, so one
    /// address beyond its limit locks nobody.
    ///
    /// Who is beyond a limit costs one statement that reads.
    pub(super) fn take(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<Result<Taken, TooMany>, StorageError> {
        let all: Vec<Budget> = self.shown.iter().chain(&self.hidden).copied().collect();
        let present = tx.attempts().load(&ids(&all), now)?;
        let (shown, hidden) = present.split_at(self.shown.len());
        let is_full = |budget: &Budget, counted: &Option<Counted>| {
            counted.is_some_and(|counted| counted.is_full(budget.limit))
        };
        if self.shown.iter().zip(shown).any(|(budget, counted)| is_full(budget, counted)) {
            return Ok(Err(too_many(&self.shown, shown, settings, now)));
        }
        let feigned =
            self.hidden.iter().zip(hidden).any(|(budget, counted)| is_full(budget, counted));
        let behind = if feigned { &self.stand_ins } else { &self.hidden };
        let asked: Vec<Budget> = self.shown.iter().chain(behind).copied().collect();
        let ends: Vec<_> = asked.iter().map(|it| (it.id, now + it.limit.window)).collect();
        let counted = tx.attempts().reserve(&ends, now)?;
        let mut taken = Taken {
            subject: self.subject,
            counted: asked.into_iter().zip(counted).collect(),
            feigned,
            run: self.run,
        };
        // Others may have taken the last ones since they were looked at.
        let beyond = |(budget, counted): &(Budget, Counted)| counted.is_beyond(budget.limit);
        let (shown, hidden) = taken.counted.split_at(self.shown.len());
        if shown.iter().any(beyond) {
            taken.withdrawn(tx)?;
            let present: Vec<_> = shown.iter().map(|(_, counted)| Some(*counted)).collect();
            return Ok(Err(too_many(&self.shown, &present, settings, now)));
        }
        if !feigned && hidden.iter().any(beyond) {
            tx.attempts().release(&ids(&self.hidden))?;
            taken.counted.truncate(self.shown.len());
            taken.feigned = true;
        }
        Ok(Ok(taken))
    }
}

impl Taken {
    /// Whether the password is not to be believed, however right it is. The work is done all the
    /// same, and the answer is that of a wrong one.
    pub(super) fn is_feigned(&self) -> bool {
        self.feigned
    }

    /// The account that it is about.
    pub(super) fn user(&self) -> Option<UserId> {
        self.subject.user
    }

    /// The known browser that it came from.
    pub(super) fn device(&self) -> Option<DeviceId> {
        self.subject.device
    }
}

fn ids(budgets: &[Budget]) -> Vec<CounterId> {
    budgets.iter().map(|budget| budget.id).collect()
}

/// The refusal. A lock that does not end by itself is looked at again after the longest one.
fn too_many(
    budgets: &[Budget],
    present: &[Option<Counted>],
    settings: &Settings,
    now: DateTime<Utc>,
) -> TooMany {
    let full = |(budget, counted): (&Budget, &Option<Counted>)| {
        counted.filter(|it| it.is_full(budget.limit)).map(|it| it.window_ends_at)
    };
    let last = budgets.iter().zip(present).filter_map(full).max();
    let latest = now + seconds(settings.lockout_longest);
    let allowance =
        |(budget, counted): (&Budget, &Option<Counted>)| budget.allowance(*counted, now);
    TooMany {
        retry_at: last.unwrap_or(latest).min(latest),
        standing: budgets.iter().zip(present).filter_map(allowance).collect(),
    }
}

/// The network that an address is counted as: an IPv4 address itself, of an IPv6 address the /64
/// that one subscriber gets. What is no address shares one bucket, so that no spelling escapes.
pub fn network(ip: Option<&str>) -> String {
    match ip.and_then(|text| text.parse::<IpAddr>().ok()).map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_173_one_subscriber_is_one_bucket() {
        assert_eq!(network(Some("203.0.113.7")), network(Some("::ffff:203.0.113.7")));
        assert_eq!(network(Some("2001:db8:1:2::1")), network(Some("2001:db8:1:2:ffff::9")));
        assert_ne!(network(Some("2001:db8:1:2::1")), network(Some("2001:db8:1:3::1")));
        assert_ne!(network(Some("203.0.113.7")), network(Some("203.0.113.8")));
        assert_eq!(network(Some("a")), network(None));
        assert_eq!(network(Some("")), network(Some("203.0.113.7:80")));
    }
}

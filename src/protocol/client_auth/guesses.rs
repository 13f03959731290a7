//! How many wrong secrets a client may be shown.
//!
//! A secret is 256 random bits, so guessing is hopeless, and what is bounded is its cost: rows in the
//! audit trail, and lines in the log. It counts failures only and is asked after the secret was
//! found wrong, so whoever has the right one is never kept out, whatever others send (RFC 6749
//! §2.3.1 asks for protection against brute force). In memory, by node: a cheap bound needs no more.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::domain::client::ClientId;
use crate::kernel::env::Env;

/// Failures in a minute for one client, from everywhere.
const BY_CLIENT: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);
/// Failures in a minute for one client from one network.
const BY_NETWORK: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// After how many failures what is forgotten is swept out.
const SWEEP_EVERY: u32 = 1024;

/// Whose secret was guessed; `None`: of nobody whom we know. They share one budget, so that made-up
/// names cost no memory.
type Whose = Option<ClientId>;
type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Env, NoOpMiddleware<Duration>>;

/// The budgets. A network's is asked after the client's, so there are never more networks than the
/// client's budget has failures.
pub struct Guesses {
    env: Env,
    by_client: Limiter<Whose>,
    by_network: Limiter<(Whose, String)>,
    failures: AtomicU32,
}

/// Too many; how long until the next one is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany(Duration);

impl Guesses {
    /// Nothing was guessed yet.
    pub fn new(env: Env) -> Self {
        Self {
            by_client: RateLimiter::hashmap_with_clock(Quota::per_minute(BY_CLIENT), env.clone()),
            by_network: RateLimiter::hashmap_with_clock(Quota::per_minute(BY_NETWORK), env.clone()),
            env,
            failures: AtomicU32::new(0),
        }
    }

    /// Counts a failure.
    pub(super) fn failed(&self, client: Whose, network: String) -> Result<(), TooMany> {
        if self.failures.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY) {
            self.by_client.retain_recent();
            self.by_network.retain_recent();
        }
        let now = Clock::now(&self.env);
        self.by_client.check_key(&client).map_err(|until| TooMany(until.wait_time_from(now)))?;
        self.by_network
            .check_key(&(client, network))
            .map_err(|until| TooMany(until.wait_time_from(now)))
    }
}

impl TooMany {
    /// Whole seconds, from one to sixty: every budget is full again after a minute, whatever a clock
    /// that was set back makes of it.
    pub(super) fn seconds(self) -> u32 {
        let seconds = self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0);
        u32::try_from(seconds).unwrap_or(u32::MAX).clamp(1, 60)
    }
}

#[cfg(test)]
impl Guesses {
    fn remembered(&self) -> usize {
        self.by_client.len() + self.by_network.len()
    }
}

impl fmt::Debug for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guesses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clock::Clock as OurClock;
    use crate::kernel::rng::SystemRng;
    use chrono::{DateTime, TimeDelta, Utc};
    use std::sync::{Arc, Mutex};

    struct Steered(Mutex<DateTime<Utc>>);

    impl OurClock for Steered {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }

        fn correct(&self, offset: TimeDelta) {
            *self.0.lock().unwrap() += offset;
        }
    }

    fn guesses() -> (Guesses, Env) {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let env = Env::new(Arc::new(Steered(Mutex::new(start))), Arc::new(SystemRng));
        (Guesses::new(env.clone()), env)
    }

    fn client(id: &str) -> ClientId {
        id.parse().unwrap()
    }

    #[test]
    fn case_053_many_networks_share_the_budget_of_the_client() {
        let (guesses, env) = guesses();
        let guess = |n: u32| guesses.failed(Some(client("notes")), format!("network {n}"));
        assert_eq!((0..1000).filter(|n| guess(*n).is_ok()).count(), 120);
        let wait = guess(0).unwrap_err().seconds();
        assert_eq!(wait, 1);
        assert_eq!(guesses.failed(Some(client("other")), "network 0".to_owned()), Ok(()));
        env.clock().correct(TimeDelta::seconds(i64::from(wait)));
        assert_eq!(guess(0), Ok(()));
    }

    #[test]
    fn case_053_one_network_has_a_smaller_budget() {
        let (guesses, env) = guesses();
        let guess = |network: &str| guesses.failed(Some(client("notes")), network.to_owned());
        assert_eq!((0..100).filter(|_| guess("one").is_ok()).count(), 20);
        assert_eq!(guess("one").unwrap_err().seconds(), 3);
        assert_eq!(guess("two"), Ok(()));
        env.clock().correct(TimeDelta::seconds(3));
        assert_eq!(guess("one"), Ok(()));
        // A clock that is set back tells nobody to wait for a year.
        env.clock().correct(TimeDelta::days(-400));
        let wait = guess("one").unwrap_err().seconds();
        assert!(wait <= 60, "{wait}");
    }

    #[test]
    fn case_053_what_is_remembered_is_bounded_and_forgotten() {
        let (guesses, env) = guesses();
        for n in 0..5000 {
            let _ = guesses.failed(None, format!("network {n}"));
        }
        assert_eq!(guesses.remembered(), 1 + 120);
        env.clock().correct(TimeDelta::minutes(2));
        for _ in 0..=SWEEP_EVERY {
            let _ = guesses.failed(Some(client("notes")), "one".to_owned());
        }
        assert_eq!(guesses.remembered(), 2);
    }
}

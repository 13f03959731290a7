//! Whether a server that does not answer is asked again.

use chrono::{DateTime, TimeDelta, Utc};

/// So many attempts in a row to reach the server may fail before it is left alone.
const TOLERATED: u32 = 3;

/// How long it is left alone at first; twice as long after each probe that fails.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(15);

/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// Keeps a server that does not answer from being asked again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    /// Set while it is open.
    open_until: Option<DateTime<Utc>>,
    pauses: u32,
}

/// How much may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Everything.
    All,
    /// One, to see whether the server is there again.
    Probe,
    /// None.
    Nothing,
}

impl Breaker {
    /// How much may be tried at `now`.
    pub fn allows(&self, now: DateTime<Utc>) -> Allowed {
        match self.open_until {
            None => Allowed::All,
            Some(until) if now < until => Allowed::Nothing,
            Some(_) => Allowed::Probe,
        }
    }

    /// Whether the server is being left alone, or only probed.
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    /// The server was reached.
    pub fn reached(&mut self) {
        *self = Self::default();
    }

    /// The server was not reached. `for_certain`: asking again at once is pointless, as after wrong
    /// credentials, which a server may answer with a lock.
    pub fn unreached(&mut self, for_certain: bool, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        let begun_before = self.open_until.is_some_and(|until| now < until);
        if begun_before || !(for_certain || self.is_open() || self.failures >= TOLERATED) {
            return;
        }
        let pause = (FIRST_PAUSE * 2_i32.saturating_pow(self.pauses.min(10))).min(LONGEST_PAUSE);
        self.pauses = self.pauses.saturating_add(1);
        self.open_until = Some(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;

    fn after(seconds: i64) -> DateTime<Utc> {
        NOW + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_server_that_does_not_answer_is_left_alone_for_longer_and_longer() {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            breaker.unreached(false, NOW);
            assert_eq!(breaker.allows(NOW), Allowed::All);
        }
        breaker.unreached(false, NOW);
        assert_eq!(breaker.allows(after(14)), Allowed::Nothing);
        assert_eq!(breaker.allows(after(15)), Allowed::Probe);
        breaker.unreached(false, after(15));
        assert_eq!(breaker.allows(after(44)), Allowed::Nothing);
        assert_eq!(breaker.allows(after(45)), Allowed::Probe);
        for _ in 0..40 {
            let Some(until) = breaker.open_until else { panic!("it is closed") };
            breaker.unreached(false, until);
            assert!(breaker.open_until.unwrap() - until <= LONGEST_PAUSE);
        }
        breaker.reached();
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn wrong_credentials_are_not_tried_again_and_again() {
        let mut breaker = Breaker::default();
        breaker.unreached(true, NOW);
        assert_eq!(breaker.allows(NOW), Allowed::Nothing);
    }

    #[test]
    fn attempts_that_were_under_way_do_not_prolong_the_pause() {
        let mut breaker = Breaker::default();
        for _ in 0..9 {
            breaker.unreached(false, NOW);
        }
        assert_eq!(breaker.allows(after(15)), Allowed::Probe);
    }
}

//! Time as an argument: nothing outside this file asks the operating system what time it is.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// A source of the present time.
pub trait Clock: Send + Sync + 'static {
    /// The present, truncated to microseconds, which is what Postgres stores.
    fn now(&self) -> DateTime<Utc>;

    /// Moves this clock by `offset`, as measured against the database's clock; corrections add up.
    fn correct(&self, offset: TimeDelta);
}

/// The machine's clock, plus the correction measured against the database.
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_micros: AtomicI64,
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::microseconds(self.offset_micros.load(Ordering::Relaxed));
        (Utc::now() + offset).trunc_subsecs(6)
    }

    fn correct(&self, offset: TimeDelta) {
        // An offset beyond 290 000 years does not fit; such a measurement is discarded.
        if let Some(micros) = offset.num_microseconds() {
            self.offset_micros.fetch_add(micros, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_add_up() {
        let clock = SystemClock::default();
        let before = clock.now();
        clock.correct(TimeDelta::hours(2));
        clock.correct(TimeDelta::hours(-1));
        let moved = clock.now() - before;
        assert!(moved >= TimeDelta::hours(1) && moved < TimeDelta::hours(2), "{moved}");
    }
}

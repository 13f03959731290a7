//! A clock and a generator that tests steer.

use std::sync::Mutex;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use latchkey::kernel::clock::Clock;
use latchkey::kernel::rng::Rng;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Stands still until it is moved.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// A clock that shows the machine's time of now: foreign clients compare with their own.
    #[allow(clippy::disallowed_methods, reason = "what the clock starts from")]
    pub fn new() -> Self {
        Self(Mutex::new(Utc::now().trunc_subsecs(6)))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn correct(&self, _offset: TimeDelta) {}
}

/// The same bytes in every run of the same test.
pub struct TestRng(Mutex<ChaCha20Rng>);

impl TestRng {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Rng for TestRng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

//! A clock and a generator that tests steer.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use latchkey::kernel::clock::Clock;
use latchkey::kernel::rng::Rng;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Stands still until it is moved.
pub struct TestClock {
    time: Mutex<DateTime<Utc>>,
    /// How many looks away the one is that panics; 0: none does.
    panics_at: AtomicU32,
}

impl TestClock {
    /// A clock that shows the machine's time of now: foreign clients compare with their own.
    #[allow(clippy::disallowed_methods, reason = "what the clock starts from")]
    pub fn new() -> Self {
        let time = Mutex::new(Utc::now().trunc_subsecs(6));
        Self { time, panics_at: AtomicU32::new(0) }
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.time.lock().unwrap() += by;
    }

    /// Shows the machine's time again: a foreign server dates its words by its own clock.
    #[allow(clippy::disallowed_methods, reason = "what the other one goes by")]
    pub fn catch_up(&self) {
        let mut time = self.time.lock().unwrap();
        *time = Utc::now().trunc_subsecs(6).max(*time);
    }

    /// Lets the nth look at the clock from now on panic, wherever that happens, without a word on
    /// standard error.
    pub fn panic_at(&self, nth: u32) {
        self.panics_at.store(nth, Ordering::SeqCst);
    }

    /// Ends [`TestClock::panic_at`]. Whether there was a panic.
    pub fn has_panicked(&self) -> bool {
        self.panics_at.swap(0, Ordering::SeqCst) == 0
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let count = |left: u32| left.checked_sub(1);
        if self.panics_at.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(1) {
            std::panic::resume_unwind(Box::new("canary-4711"));
        }
        *self.time.lock().unwrap()
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

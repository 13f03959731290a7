//! The clock and the random generator, passed together to whatever needs either.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::clock::{Clock, SystemClock};
use super::rng::{Rng, SystemRng};
use super::secret::Secret;

/// Time and randomness. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

/// The clock of rate limiters in memory: the time since 1970.
impl governor::clock::Clock for Env {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.clock.now() - DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }
}

impl Env {
    /// An environment made of the given clock and generator.
    pub fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { clock, rng }
    }

    /// The machine's own clock and generator.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock::default()), Arc::new(SystemRng))
    }

    /// The present, in microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The clock itself, for whoever corrects it.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// `N` random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }

    /// A random bearer secret of 256 bits in base64url, behind `prefix` (which may be empty).
    pub fn random_token(&self, prefix: &str) -> Secret<String> {
        Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(self.random_bytes::<32>())))
    }

    /// A random public identifier of 128 bits in base64url: not a secret, but not guessable.
    pub fn random_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random_bytes::<16>())
    }

    /// A time-ordered identifier for a row (UUID version 7, RFC 9562 §5.7).
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random_bytes()).into_uuid()
    }
}

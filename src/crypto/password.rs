//! Passwords under argon2 (RFC 9106), a bounded number at a time. Hashes that other systems made are
//! checked as well, a file for each kind.

mod bcrypt;
mod firebase;
pub mod imported;
mod params;
mod pbkdf2;
mod scrypt;
mod stored;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq as _;
use tracing::{Instrument as _, Span};

pub use self::params::{BadParams, Params};
use self::params::{affordable, phc};
use self::stored::{Foreign, Stored};
use super::bounded::{Bounded, Limits, NotRun};
use crate::config::FirebaseConfig;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;
use crate::kernel::spans::WORK;

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// As many passwords are being hashed and waiting as may be: the caller answers 503.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored text is no hash of a kind that is known, costs more than Latchkey spends, or needs
    /// a key that is not configured.
    #[error("the stored password hash is unreadable")]
    Unreadable,
    /// Hashing ended unexpectedly.
    #[error("the password could not be hashed")]
    Failed,
}

impl From<NotRun> for HashError {
    fn from(reason: NotRun) -> Self {
        match reason {
            NotRun::Busy => Self::Busy,
            NotRun::Failed => Self::Failed,
        }
    }
}

/// Whether a password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Match {
        /// The stored hash is of another kind than new ones: hash the password again and store
        /// that.
        rehash: bool,
    },
    /// It was not, or there is no such account.
    Mismatch,
}

/// Makes and checks password hashes. Cheap to clone; clones share limits and memory.
#[derive(Clone)]
pub struct PasswordHasher {
    shared: Arc<Shared>,
    limit: Bounded<Memory>,
    /// What hashes from Firebase are checked with.
    firebase: Option<Arc<FirebaseConfig>>,
}

/// What hashing works in. A thread has it for all its hashes, so it is allocated once for each hash
/// at once, and goes with the thread when nobody signs in for a while.
type Memory = Vec<Block>;

struct Shared {
    params: argon2::Params,
    /// Has the current parameters and belongs to nobody.
    dummy: PasswordHash,
    hashes: AtomicU64,
    running: AtomicUsize,
    /// How often a thread had no memory to hash in, or too little.
    allocations: AtomicU64,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHasher({:?})", self.shared.params)
    }
}

/// Bytes of a new hash, and of a new salt.
const HASH: usize = 32;
const SALT: usize = 16;

/// How long a password waits for its turn. Whoever waits for longer has given up, or tries again.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// After how long without a hash its memory is given back.
const REST: Duration = Duration::from_secs(30);

impl PasswordHasher {
    /// Hashes with `params`, `concurrent` passwords at once while `queue` more may wait, for
    /// [`PATIENCE`] at most.
    pub fn new(params: Params, concurrent: usize, queue: usize) -> Result<Self, BadParams> {
        let Params { memory_kib, iterations, parallelism } = params;
        let params = argon2::Params::new(memory_kib, iterations, parallelism, Some(HASH))
            .ok()
            .filter(affordable)
            .ok_or(BadParams)?;
        let dummy = phc(&params, &[0; SALT], &[0; HASH]).ok_or(BadParams)?;
        let (hashes, running, allocations) = <_>::default();
        let shared = Arc::new(Shared { params, dummy, hashes, running, allocations });
        let limits = Limits { concurrent, queue, patience: PATIENCE, rest: REST };
        Ok(Self { shared, limit: Bounded::new(limits), firebase: None })
    }

    /// The same, which checks hashes from this Firebase project as well.
    #[must_use]
    pub fn with_firebase(self, project: Option<FirebaseConfig>) -> Self {
        Self { firebase: project.map(Arc::new), ..self }
    }

    /// Hashes `password` (in NFC) under a fresh salt; the answer is a PHC string.
    pub async fn hash(&self, env: &Env, password: Secret<String>) -> Result<String, HashError> {
        let hashed = self.hash_unless(env, password, |_| None::<Infallible>).await?;
        hashed.map_err(|never| match never {})
    }

    /// The same, unless `refuse` has a reason against it. To look at a password is work as well, if
    /// less, so it has the same bound.
    pub async fn hash_unless<R: Send + 'static>(
        &self,
        env: &Env,
        password: Secret<String>,
        refuse: impl FnOnce(&str) -> Option<R> + Send + 'static,
    ) -> Result<Result<String, R>, HashError> {
        let salt: [u8; SALT] = env.random_bytes();
        let shared = Arc::clone(&self.shared);
        let work = move |memory: &mut Memory| {
            if let Some(reason) = refuse(password.expose()) {
                return Ok(Err(reason));
            }
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, shared.params.clone());
            let hash = shared.compute(memory, &argon2, password.expose(), &salt, HASH)?;
            let phc = phc(&shared.params, &salt, &hash).ok_or(HashError::Failed)?;
            Ok(Ok(phc.to_string()))
        };
        self.limit.run(work).instrument(span()).await?
    }

    /// Compares `password` (in NFC) with a stored hash of any kind that is known.
    ///
    /// Without an account there is none; then the same work is done in vain, so that the time
    /// taken does not tell which accounts exist.
    pub async fn verify(
        &self,
        password: Secret<String>,
        phc: Option<String>,
    ) -> Result<Verdict, HashError> {
        let (shared, firebase) = (Arc::clone(&self.shared), self.firebase.clone());
        let work = move |memory: &mut Memory| {
            let Some(text) = phc else {
                let compared = shared.compare(memory, password.expose(), &shared.dummy);
                return compared.map(|_| Verdict::Mismatch);
            };
            match Stored::parse(&text).map_err(|_| HashError::Unreadable)? {
                Stored::Argon2(phc) => shared.compare(memory, password.expose(), &phc),
                Stored::Foreign(hash) => {
                    shared.compare_foreign(&hash, password.expose(), firebase.as_deref())
                }
            }
        };
        self.limit.run(work).instrument(span()).await?
    }

    /// How many hashes were computed so far, for tests that count them and for metrics.
    pub fn hashes(&self) -> u64 {
        self.shared.hashes.load(Ordering::Relaxed)
    }

    /// How many hashes are being computed at this moment.
    pub fn running(&self) -> usize {
        self.shared.running.load(Ordering::Relaxed)
    }

    /// How many passwords wait to be hashed.
    pub fn waiting(&self) -> usize {
        self.limit.waiting()
    }

    /// Whether another password would be turned away at this moment.
    pub fn is_full(&self) -> bool {
        self.limit.is_full()
    }
}

impl Shared {
    fn compare(
        &self,
        memory: &mut Memory,
        password: &str,
        stored: &PasswordHash,
    ) -> Result<Verdict, HashError> {
        let readable = || {
            let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
            // A PHC string without a version means the first one (0x10).
            let version = Version::try_from(stored.version.unwrap_or(0x10)).ok()?;
            let params = argon2::Params::try_from(stored).ok().filter(affordable)?;
            Some((algorithm, version, params, stored.salt.as_ref()?, stored.hash.as_ref()?))
        };
        let (algorithm, version, params, salt, hash) = readable().ok_or(HashError::Unreadable)?;
        let current = algorithm == Algorithm::Argon2id
            && version == Version::V0x13
            && params == self.params
            && salt.as_ref().len() >= SALT;
        let argon2 = Argon2::new(algorithm, version, params);
        let computed = self.compute(memory, &argon2, password, salt.as_ref(), hash.len())?;
        if computed.ct_eq(hash.as_bytes()).into() {
            Ok(Verdict::Match { rehash: !current })
        } else {
            Ok(Verdict::Mismatch)
        }
    }

    /// A hash of another kind always gives way to ours.
    fn compare_foreign(
        &self,
        stored: &Foreign,
        password: &str,
        firebase: Option<&FirebaseConfig>,
    ) -> Result<Verdict, HashError> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let _running = Running::one(&self.running);
        let is_right = stored.is_of(password, firebase)?;
        Ok(if is_right { Verdict::Match { rehash: true } } else { Verdict::Mismatch })
    }

    fn compute(
        &self,
        memory: &mut Memory,
        argon2: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        length: usize,
    ) -> Result<Vec<u8>, HashError> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let _running = Running::one(&self.running);
        let blocks = argon2.params().block_count();
        if memory.capacity() < blocks {
            self.allocations.fetch_add(1, Ordering::Relaxed);
        }
        memory.resize(blocks, Block::new());
        let mut hash = vec![0; length];
        let outcome = argon2.hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut hash,
            memory.as_mut_slice(),
        );
        // A costlier imported hash must not keep its memory for ever.
        memory.truncate(self.params.block_count());
        memory.shrink_to(self.params.block_count());
        outcome.map(|()| hash).map_err(|_| HashError::Failed)
    }
}

/// Counts a hash while it is computed.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn one(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A hash in a trace, with the time that it waits for its turn.
fn span() -> Span {
    tracing::trace_span!(target: WORK, "hash")
}

#[cfg(test)]
mod tests;

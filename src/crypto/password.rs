//! Passwords under argon2 (RFC 9106), a bounded number at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq as _;
use tracing::{Instrument as _, Span};

use super::bounded::{Bounded, Limits, NotRun};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;
use crate::kernel::spans::WORK;

/// What a hash costs. More of each makes guessing dearer, for us as for a thief of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Memory in KiB; at least eight times `parallelism`.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes. They are computed one after the other.
    pub parallelism: u32,
}

impl Default for Params {
    /// 19 MiB, two passes, one lane, as OWASP recommends at least.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

/// Parameters that argon2 does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "argon2 takes at least 1 iteration, 1 lane and 8 KiB of memory per lane; \
     Latchkey takes at most 1 GiB, 64 iterations and 64 lanes"
)]
pub struct BadParams;

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// As many passwords are being hashed and waiting as may be: the caller answers 503.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored text is no argon2 hash, or one that costs more than Latchkey spends.
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
        Ok(Self { shared, limit: Bounded::new(limits) })
    }

    /// Hashes `password` (in NFC) under a fresh salt; the answer is a PHC string.
    pub async fn hash(&self, env: &Env, password: Secret<String>) -> Result<String, HashError> {
        self.hash_unless(env, password, |_| false).await?.ok_or(HashError::Failed)
    }

    /// The same, unless `is_refused`; then `None`. To look at a password is work as well, if less, so
    /// it has the same bound.
    pub async fn hash_unless(
        &self,
        env: &Env,
        password: Secret<String>,
        is_refused: impl FnOnce(&str) -> bool + Send + 'static,
    ) -> Result<Option<String>, HashError> {
        let salt: [u8; SALT] = env.random_bytes();
        let shared = Arc::clone(&self.shared);
        let work = move |memory: &mut Memory| {
            if is_refused(password.expose()) {
                return Ok(None);
            }
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, shared.params.clone());
            let hash = shared.compute(memory, &argon2, password.expose(), &salt, HASH)?;
            let phc = phc(&shared.params, &salt, &hash).ok_or(HashError::Failed)?;
            Ok(Some(phc.to_string()))
        };
        self.limit.run(work).instrument(span()).await?
    }

    /// Compares `password` (in NFC) with a stored PHC string of argon2id, argon2i or argon2d.
    ///
    /// Without an account there is none; then the same work is done in vain, so that the time
    /// taken does not tell which accounts exist.
    pub async fn verify(
        &self,
        password: Secret<String>,
        phc: Option<String>,
    ) -> Result<Verdict, HashError> {
        let shared = Arc::clone(&self.shared);
        let work = move |memory: &mut Memory| {
            let Some(text) = phc else {
                let compared = shared.compare(memory, password.expose(), &shared.dummy);
                return compared.map(|_| Verdict::Mismatch);
            };
            let stored = PasswordHash::new(&text).map_err(|_| HashError::Unreadable)?;
            shared.compare(memory, password.expose(), &stored)
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

/// Whether we would compute a hash with these parameters: neither a typing error in the
/// configuration nor an imported hash may take the server down.
fn affordable(params: &argon2::Params) -> bool {
    params.m_cost() <= 1024 * 1024 && params.t_cost() <= 64 && params.p_cost() <= 64
}

fn phc(params: &argon2::Params, salt: &[u8], hash: &[u8]) -> Option<PasswordHash> {
    Some(PasswordHash {
        algorithm: Algorithm::Argon2id.into(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(hash).ok()?),
    })
}

#[cfg(test)]
mod tests;

//! Passwords under argon2 (RFC 9106), a bounded number at a time.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq as _;

use super::bounded::{Bounded, NotRun};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

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
    limit: Bounded,
}

struct Shared {
    params: argon2::Params,
    /// Has the current parameters and belongs to nobody.
    dummy: PasswordHash,
    /// Memory that hashing has used before: at most one block of it for each hash at once.
    spare: Mutex<Vec<Vec<Block>>>,
    hashes: AtomicU64,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHasher({:?})", self.shared.params)
    }
}

/// Bytes of a new hash, and of a new salt.
const HASH: usize = 32;
const SALT: usize = 16;

impl PasswordHasher {
    /// Hashes with `params`, `concurrent` passwords at once while `queue` more may wait.
    pub fn new(params: Params, concurrent: usize, queue: usize) -> Result<Self, BadParams> {
        let Params { memory_kib, iterations, parallelism } = params;
        let params = argon2::Params::new(memory_kib, iterations, parallelism, Some(HASH))
            .ok()
            .filter(affordable)
            .ok_or(BadParams)?;
        let dummy = phc(&params, &[0; SALT], &[0; HASH]).ok_or(BadParams)?;
        let (spare, hashes) = (Mutex::default(), AtomicU64::new(0));
        let shared = Arc::new(Shared { params, dummy, spare, hashes });
        Ok(Self { shared, limit: Bounded::new(concurrent, queue) })
    }

    /// Hashes `password` (in NFC) under a fresh salt; the answer is a PHC string.
    pub async fn hash(&self, env: &Env, password: Secret<String>) -> Result<String, HashError> {
        let salt: [u8; SALT] = env.random_bytes();
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, shared.params.clone());
            let hash = shared.compute(&argon2, password.expose(), &salt, HASH)?;
            phc(&shared.params, &salt, &hash).map(|phc| phc.to_string()).ok_or(HashError::Failed)
        };
        self.limit.run(work).await?
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
        let work = move || match phc {
            Some(text) => {
                let stored = PasswordHash::new(&text).map_err(|_| HashError::Unreadable)?;
                shared.compare(password.expose(), &stored)
            }
            None => shared.compare(password.expose(), &shared.dummy).map(|_| Verdict::Mismatch),
        };
        self.limit.run(work).await?
    }

    /// How many hashes were computed so far, for tests that count them and for metrics.
    pub fn hashes(&self) -> u64 {
        self.shared.hashes.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn compare(&self, password: &str, stored: &PasswordHash) -> Result<Verdict, HashError> {
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
        let computed = self.compute(&argon2, password, salt.as_ref(), hash.len())?;
        if computed.ct_eq(hash.as_bytes()).into() {
            Ok(Verdict::Match { rehash: !current })
        } else {
            Ok(Verdict::Mismatch)
        }
    }

    fn compute(
        &self,
        argon2: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        length: usize,
    ) -> Result<Vec<u8>, HashError> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let mut memory = self.spare().pop().unwrap_or_default();
        memory.resize(argon2.params().block_count(), Block::new());
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
        self.spare().push(memory);
        outcome.map(|()| hash).map_err(|_| HashError::Failed)
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const SMALL: Params = Params { memory_kib: 8, iterations: 1, parallelism: 1 };

    fn hasher(params: Params) -> PasswordHasher {
        PasswordHasher::new(params, 1, 8).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = hasher(SMALL);
        let phc = hasher.hash(&Env::system(), "correct horse".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
        let verdict = hasher.verify("correct horse".into(), Some(phc.clone())).await;
        assert_eq!(verdict, Ok(Verdict::Match { rehash: false }));
        for wrong in ["correct horsf", "correct hors", "correct horse ", ""] {
            let verdict = hasher.verify(wrong.into(), Some(phc.clone())).await;
            assert_eq!(verdict, Ok(Verdict::Mismatch), "{wrong:?}");
        }
        let again = hasher.hash(&Env::system(), "correct horse".into()).await.unwrap();
        assert_ne!(phc, again, "the salt is fresh");
    }

    #[tokio::test]
    async fn an_unknown_account_costs_one_hash_like_a_known_one() {
        let hasher = hasher(SMALL);
        let phc = hasher.hash(&Env::system(), "a".into()).await.unwrap();
        let before = hasher.hashes();
        assert_eq!(hasher.verify("b".into(), Some(phc)).await, Ok(Verdict::Mismatch));
        assert_eq!(hasher.hashes(), before + 1);
        assert_eq!(hasher.verify("b".into(), None).await, Ok(Verdict::Mismatch));
        assert_eq!(hasher.hashes(), before + 2);
        let dummy = &hasher.shared.dummy;
        assert_eq!(argon2::Params::try_from(dummy), Ok(hasher.shared.params.clone()));
    }

    #[tokio::test]
    async fn other_kinds_of_hash_match_and_are_replaced() {
        let stored = hasher(SMALL);
        let current = hasher(Params { iterations: 2, ..SMALL });
        let phc = stored.hash(&Env::system(), "pw".into()).await.unwrap();
        let verdict = current.verify("pw".into(), Some(phc)).await;
        assert_eq!(verdict, Ok(Verdict::Match { rehash: true }));

        // Made by the reference implementation (its test vectors): argon2i and argon2id, 256 KiB.
        for phc in [
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            let verdict = current.verify("password".into(), Some(phc.to_owned())).await;
            assert_eq!(verdict, Ok(Verdict::Match { rehash: true }), "{phc}");
            let verdict = current.verify("passwore".into(), Some(phc.to_owned())).await;
            assert_eq!(verdict, Ok(Verdict::Mismatch), "{phc}");
        }
        let spare = current.shared.spare();
        assert_eq!(spare.len(), 1, "one at a time needs one block of memory");
        let kept = (spare[0].len(), spare[0].capacity());
        assert!(kept.0 == 8 && kept.1 < 256, "what was more than usual is kept: {kept:?}");
    }

    #[tokio::test]
    async fn what_is_no_argon2_hash_is_an_error_not_a_match() {
        let hasher = hasher(SMALL);
        for phc in [
            "",
            "x",
            "$argon2id$",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
            "$bcrypt$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            let verdict = hasher.verify("password".into(), Some(phc.to_owned())).await;
            assert_eq!(verdict, Err(HashError::Unreadable), "{phc}");
        }
        assert_eq!(hasher.hashes(), 0);
    }

    #[tokio::test]
    async fn hashing_beyond_the_queue_is_busy() {
        // The queue has no place, and the only place at work is taken by a closed gate.
        let hasher = PasswordHasher::new(SMALL, 1, 0).unwrap();
        let (report, begun) = tokio::sync::oneshot::channel();
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let limit = hasher.limit.clone();
        let work = move || report.send(()).and_then(|()| gate.recv().map_err(|_| ()));
        let blocker = tokio::spawn(async move { limit.run(work).await });
        begun.await.unwrap();
        let env = Env::system();
        let busy = hasher.hash(&env, "a".into()).now_or_never();
        assert_eq!(busy, Some(Err(HashError::Busy)));
        let busy = hasher.verify("a".into(), None).now_or_never();
        assert_eq!(busy, Some(Err(HashError::Busy)));
        assert_eq!(hasher.hashes(), 0, "who is turned away costs nothing");
        open.send(()).unwrap();
        assert_eq!(blocker.await.unwrap(), Ok(Ok(())));
        assert!(hasher.hash(&env, "a".into()).await.is_ok());
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for params in [
            Params { memory_kib: 7, ..SMALL },
            Params { iterations: 0, ..SMALL },
            Params { parallelism: 0, ..SMALL },
            Params { parallelism: 2, ..SMALL },
            Params { parallelism: u32::MAX, memory_kib: u32::MAX, ..SMALL },
            Params { memory_kib: 2 * 1024 * 1024, ..SMALL },
        ] {
            assert!(PasswordHasher::new(params, 1, 1).is_err(), "{params:?}");
        }
        assert!(PasswordHasher::new(Params::default(), 1, 1).is_ok());
    }
}

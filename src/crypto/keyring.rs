//! The signing keys in memory, read and opened once.

mod genuine;
mod snapshot;

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::genuine::Mark;
use self::snapshot::Snapshot;
use super::jose::{self, JoseError, MAX_TOKEN, Signer, typ};
use super::master_ring::MasterRing;
use super::seal::{MasterKey, OpenError};
use crate::domain::sealed::Sealed;
use crate::domain::signing_key::schedule::KeyChain;
use crate::domain::signing_key::{KeyState, SigningAlgorithm, SigningKey};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// Why the signing keys cannot be used. Latchkey then refuses to start, or goes on with the keys
/// it has: it never makes a new key on its own, and never publishes an empty key set.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// No key is active.
    #[error(
        "no signing key is active; run `latchkey keys init` on a new database, \
             or restore the signing_keys table from a backup"
    )]
    NoActiveKey,
    /// Two keys are active.
    #[error("signing keys {0} and {1} are both active; only one may be")]
    SeveralActive(String, String),
    /// A private half does not open.
    #[error("signing key {kid} cannot be opened: {reason}")]
    Sealed {
        /// The key.
        kid: String,
        /// Why not.
        reason: OpenError,
    },
    /// The key of the keyed hashes does not open.
    #[error("the key of the keyed hashes cannot be opened: {0}")]
    Hashing(OpenError),
    /// A half is unreadable, or the halves and the `kid` do not belong together.
    #[error("signing key {kid} is unusable: {reason}; restore its row from a backup")]
    Unusable {
        /// The key.
        kid: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// OpenSSL made no key.
    #[error("{0}")]
    NotMade(#[from] jose::KeyError),
}

/// The key set as it is served (RFC 7517 §5).
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The JSON document.
    pub body: Arc<[u8]>,
    /// The same in gzip.
    pub gzip: Option<Arc<[u8]>>,
    /// Its entity tag, quotation marks included (RFC 9110 §8.8.3).
    pub etag: Arc<str>,
}

/// How old what was read of the keys may be when something is signed or verified with it. Nodes read
/// them every few seconds; after this, a key that was revoked might still be in use here, or a key
/// that everybody else uses be unknown.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(15);

/// All keys that sign or verify. Readers never wait for more than the exchange of a pointer.
#[derive(Debug)]
pub struct Keyring {
    ring: MasterRing,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Keyring {
    /// Opens `keys`, the rows of the database as they were at `read_at`, with the master keys.
    pub fn open(
        keys: Vec<SigningKey>,
        ring: MasterRing,
        read_at: DateTime<Utc>,
    ) -> Result<Self, KeyringError> {
        let snapshot = Snapshot::open(KeyChain::new(keys), &ring, read_at)?;
        Ok(Self { ring, snapshot: RwLock::new(Arc::new(snapshot)) })
    }

    /// Puts `keys` in the place of the present ones, all at once, unless those were read later. On an
    /// error nothing changes.
    pub fn replace(
        &self,
        keys: Vec<SigningKey>,
        read_at: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        let present = self.snapshot();
        let snapshot = if keys == present.chain.keys() {
            present.read_again(read_at)
        } else {
            Snapshot::open(KeyChain::new(keys), &self.ring, read_at)?
        };
        let mut held = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        // Far ahead of the present is what was read before a clock was turned back.
        if held.read_at <= read_at || held.read_at > read_at + FRESH_FOR {
            *held = Arc::new(snapshot);
        }
        Ok(())
    }

    /// The key that signs every new token at `now`.
    pub fn signer(&self, now: DateTime<Utc>) -> Arc<Signer> {
        Arc::clone(&self.snapshot().phase(now).signer)
    }

    /// The published key `kid`, to sign again what it has signed before. `None` for any other.
    pub fn signer_by_kid(&self, kid: &str) -> Option<Arc<Signer>> {
        self.snapshot().signers.get(kid).cloned()
    }

    /// [`jose::verify`] with these keys: a token that has not expired stays valid although its key has
    /// left the key set, but not when that was revoked.
    ///
    /// The signature of an access token is looked at once, because those are presented again and again.
    pub fn verify<T: DeserializeOwned>(
        &self,
        token: &str,
        expected_typ: &str,
    ) -> Result<T, JoseError> {
        let snapshot = self.snapshot();
        let comes_again = expected_typ == typ::ACCESS_TOKEN && token.len() <= MAX_TOKEN;
        let mark = comes_again.then(|| Mark::of(expected_typ, token));
        if mark.is_some_and(|mark| snapshot.genuine.contains(mark)) {
            return jose::verified_before(token);
        }
        let claims = jose::verify(token, expected_typ, |kid| snapshot.verifiers.get(kid).cloned())?;
        if let Some(mark) = mark {
            snapshot.genuine.insert(mark);
        }
        Ok(claims)
    }

    /// The published keys: the one that signs at `now`, the next and the retiring ones, in this order
    /// and by age.
    pub fn jwks(&self, now: DateTime<Utc>) -> KeySet {
        self.snapshot().phase(now).key_set.clone()
    }

    /// How long ago the keys were read.
    pub fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        now - self.snapshot().read_at
    }

    /// Whether the keys were read too long ago to sign or to verify with them: a process may have
    /// slept, or the database been away. A clock that was turned back tells as little.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.age(now).abs() > FRESH_FOR
    }

    /// The keys as they were read.
    pub fn chain(&self) -> KeyChain {
        self.snapshot().chain.clone()
    }

    /// The master keys that they were opened with.
    pub fn ring(&self) -> &MasterRing {
        &self.ring
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A key that was just made, in memory only.
#[derive(Debug)]
pub struct Spare {
    private: Secret<Vec<u8>>,
    public_jwk: Value,
}

impl Spare {
    /// Makes an RSA key. Takes a good part of a second, so neither inside a transaction nor on a
    /// thread that serves requests.
    pub fn make() -> Result<Self, KeyringError> {
        let (private, public_jwk) = jose::generate_rsa(jose::RSA_BITS)?;
        Ok(Self { private, public_jwk })
    }

    /// The key as it is stored: the next one, published now.
    pub fn seal(self, env: &Env, master: &MasterKey) -> SigningKey {
        let kid = self.public_jwk["kid"].as_str().unwrap_or_default().to_owned();
        let sealed = master.seal(env, TABLE, COLUMN, &kid, self.private.expose());
        SigningKey {
            kid,
            algorithm: SigningAlgorithm::Rs256,
            state: KeyState::Next,
            public_jwk: self.public_jwk,
            sealed,
            created_at: env.now(),
            activates_at: None,
            activated_at: None,
            retiring_at: None,
            gone_at: None,
            revoked_at: None,
        }
    }
}

/// The private half of `key`, sealed under the ring's current master key instead of the previous one.
pub fn reseal(key: &SigningKey, env: &Env, ring: &MasterRing) -> Result<Sealed, KeyringError> {
    let private = ring
        .open(TABLE, COLUMN, &key.kid, &key.sealed)
        .map_err(|reason| KeyringError::Sealed { kid: key.kid.clone(), reason })?;
    Ok(ring.current().seal(env, TABLE, COLUMN, &key.kid, private.expose()))
}

/// Where private halves stand in the database.
const TABLE: &str = "signing_keys";
const COLUMN: &str = "private_key";

#[cfg(test)]
mod tests;

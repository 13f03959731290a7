//! The signing keys in memory, read and opened once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::jose::{self, PublicKey, Signer};
use super::seal::{MasterKey, OpenError};
use crate::domain::signing_key::{KeyState, SigningAlgorithm, SigningKey};
use crate::kernel::env::Env;

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
    /// Its entity tag, quotation marks included (RFC 9110 §8.8.3).
    pub etag: Arc<str>,
}

/// All keys that sign or verify. Readers never wait for more than the exchange of a pointer.
#[derive(Debug)]
pub struct Keyring {
    snapshot: RwLock<Arc<Snapshot>>,
}

#[derive(Debug)]
struct Snapshot {
    active: Arc<Signer>,
    signers: HashMap<String, Arc<Signer>>,
    verifiers: HashMap<String, PublicKey>,
    key_set: KeySet,
}

impl Keyring {
    /// Opens `keys`, the rows of the database, with the master key.
    pub fn open(keys: Vec<SigningKey>, master: &MasterKey) -> Result<Self, KeyringError> {
        let snapshot = Snapshot::open(keys, master)?;
        Ok(Self { snapshot: RwLock::new(Arc::new(snapshot)) })
    }

    /// Puts `keys` in the place of the present ones, all at once. On an error nothing changes.
    pub fn replace(&self, keys: Vec<SigningKey>, master: &MasterKey) -> Result<(), KeyringError> {
        let snapshot = Arc::new(Snapshot::open(keys, master)?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    /// The active key: it signs every new token.
    pub fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.snapshot().active)
    }

    /// The active or retiring key `kid`, to sign again what it has signed before. `None` for any
    /// other.
    pub fn signer_by_kid(&self, kid: &str) -> Option<Arc<Signer>> {
        self.snapshot().signers.get(kid).cloned()
    }

    /// The public half of the key `kid` in any state: a token that has not expired stays valid
    /// although its key has left the key set.
    pub fn verifier(&self, kid: &str) -> Option<PublicKey> {
        self.snapshot().verifiers.get(kid).cloned()
    }

    /// The published keys: active, next and retiring ones, in this order and by age.
    pub fn jwks(&self) -> KeySet {
        self.snapshot().key_set.clone()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes a signing key and seals its private half. `state` is [`KeyState::Active`] for the first
/// key of a database, and [`KeyState::Next`] for every later one. Takes a good part of a second,
/// so neither inside a transaction nor on a thread that serves requests.
pub fn new_key(env: &Env, master: &MasterKey, state: KeyState) -> Result<SigningKey, KeyringError> {
    let (private, public_jwk) = jose::generate_rsa(jose::RSA_BITS)?;
    let kid = public_jwk["kid"].as_str().unwrap_or_default().to_owned();
    let sealed = master.seal(env, TABLE, COLUMN, &kid, private.expose());
    let now = env.now();
    let since = |reached: KeyState| (state >= reached).then_some(now);
    Ok(SigningKey {
        kid,
        algorithm: SigningAlgorithm::Rs256,
        state,
        public_jwk,
        sealed,
        created_at: now,
        activated_at: since(KeyState::Active),
        retiring_at: since(KeyState::Retiring),
        gone_at: since(KeyState::Gone),
    })
}

/// Where private halves stand in the database.
const TABLE: &str = "signing_keys";
const COLUMN: &str = "private_key";

impl Snapshot {
    fn open(mut keys: Vec<SigningKey>, master: &MasterKey) -> Result<Self, KeyringError> {
        // The active key comes first, for the sake of clients that take the first one they see.
        keys.sort_by_key(|key| (key.state != KeyState::Active, key.state, key.created_at));
        let mut active: Option<Arc<Signer>> = None;
        let (mut signers, mut verifiers) = (HashMap::new(), HashMap::new());
        let mut published = Vec::new();
        for key in keys {
            let kid = key.kid.clone();
            verifiers.insert(kid.clone(), verifier(&key)?);
            if !key.state.is_published() {
                continue;
            }
            // The next key is opened as well, so that a fault shows before it is its turn.
            let signer = Arc::new(signer(&key, master)?);
            published.push(key.public_jwk);
            if key.state.may_sign() {
                signers.insert(kid.clone(), Arc::clone(&signer));
            }
            if key.state == KeyState::Active
                && let Some(other) = active.replace(signer)
            {
                return Err(KeyringError::SeveralActive(other.kid().to_owned(), kid));
            }
        }
        let active = active.ok_or(KeyringError::NoActiveKey)?;
        Ok(Self { active, signers, verifiers, key_set: key_set(&published) })
    }
}

fn verifier(key: &SigningKey) -> Result<PublicKey, KeyringError> {
    let unusable = |reason| KeyringError::Unusable { kid: key.kid.clone(), reason };
    PublicKey::from_jwk(&key.public_jwk)
        .map_err(|_| unusable("its public half is not an RSA key of at least 2048 bits"))
}

fn signer(key: &SigningKey, master: &MasterKey) -> Result<Signer, KeyringError> {
    let unusable = |reason| KeyringError::Unusable { kid: key.kid.clone(), reason };
    let private = master
        .open(TABLE, COLUMN, &key.kid, &key.sealed)
        .map_err(|reason| KeyringError::Sealed { kid: key.kid.clone(), reason })?;
    let signer = Signer::from_der(&key.kid, &private)
        .map_err(|_| unusable("its private half is not an RSA key of at least 2048 bits"))?;
    // Whatever stands in the column is published, so it must be what we would write: the public
    // members of this very key under its own thumbprint.
    if *signer.public_jwk() != key.public_jwk || key.public_jwk["kid"] != *key.kid {
        return Err(unusable("its two halves or its kid do not belong together"));
    }
    Ok(signer)
}

fn key_set(keys: &[Value]) -> KeySet {
    let body = json!({ "keys": keys }).to_string().into_bytes();
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]);
    KeySet { body: body.into(), etag: format!("\"{digest}\"").into() }
}

#[cfg(test)]
mod tests;

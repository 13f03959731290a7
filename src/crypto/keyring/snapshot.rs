//! The signing keys as they were read once, opened.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::genuine::Genuine;
use super::{COLUMN, KeySet, KeyringError, TABLE};
use crate::crypto::jose::{PublicKey, Signer};
use crate::crypto::master_ring::MasterRing;
use crate::domain::signing_key::schedule::KeyChain;
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::kernel::gzip;

/// The keys as they were read at one moment.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) chain: KeyChain,
    pub(super) read_at: DateTime<Utc>,
    /// Under their `kid`; what is published may have signed.
    pub(super) signers: HashMap<String, Arc<Signer>>,
    /// Under their `kid`; all but those that were revoked.
    pub(super) verifiers: HashMap<String, PublicKey>,
    /// What these verified before.
    pub(super) genuine: Arc<Genuine>,
    before: Phase,
    /// From when on, if a change-over is ahead.
    after: Option<(DateTime<Utc>, Phase)>,
}

/// What holds until, or from, a change-over.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    pub(super) signer: Arc<Signer>,
    pub(super) key_set: KeySet,
}

impl Snapshot {
    pub(super) fn open(
        chain: KeyChain,
        ring: &MasterRing,
        read_at: DateTime<Utc>,
    ) -> Result<Self, KeyringError> {
        let (mut signers, mut verifiers) = (HashMap::new(), HashMap::new());
        let mut active: Option<&SigningKey> = None;
        for key in chain.keys() {
            if key.revoked_at.is_none() {
                verifiers.insert(key.kid.clone(), verifier(key)?);
            }
            if key.state.is_published() {
                // The next key is opened as well, so that a fault shows before it is its turn.
                signers.insert(key.kid.clone(), Arc::new(signer(key, ring)?));
            }
            if key.state == KeyState::Active
                && let Some(other) = active.replace(key)
            {
                return Err(KeyringError::SeveralActive(other.kid.clone(), key.kid.clone()));
            }
        }
        let active = active.ok_or(KeyringError::NoActiveKey)?;
        let phase = |key: &SigningKey| {
            let signer = signers.get(&key.kid).ok_or(KeyringError::NoActiveKey)?;
            let key_set = key_set(chain.keys(), &key.kid);
            Ok::<_, KeyringError>(Phase { signer: Arc::clone(signer), key_set })
        };
        let before = phase(active)?;
        let after = match chain.next().and_then(|next| Some((next.activates_at?, next))) {
            Some((at, next)) => Some((at, phase(next)?)),
            None => None,
        };
        Ok(Self { chain, read_at, signers, verifiers, genuine: Arc::default(), before, after })
    }

    /// The same, read again and found unchanged.
    pub(super) fn read_again(&self, read_at: DateTime<Utc>) -> Self {
        Self { read_at, ..self.clone() }
    }

    /// What holds at `now`.
    pub(super) fn phase(&self, now: DateTime<Utc>) -> &Phase {
        match &self.after {
            Some((at, after)) if *at <= now => after,
            Some(_) | None => &self.before,
        }
    }
}

fn verifier(key: &SigningKey) -> Result<PublicKey, KeyringError> {
    let unusable = |reason| KeyringError::Unusable { kid: key.kid.clone(), reason };
    PublicKey::from_jwk(&key.public_jwk)
        .map_err(|_| unusable("its public half is not an RSA key of at least 2048 bits"))
}

fn signer(key: &SigningKey, ring: &MasterRing) -> Result<Signer, KeyringError> {
    let unusable = |reason| KeyringError::Unusable { kid: key.kid.clone(), reason };
    let private = ring
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

/// The published ones among `keys`. The one that signs comes first, for the sake of clients that take
/// the first one they see.
fn key_set(keys: &[SigningKey], signing: &str) -> KeySet {
    let mut published: Vec<&SigningKey> =
        keys.iter().filter(|key| key.state.is_published()).collect();
    published.sort_by_key(|key| (key.kid != signing, key.state, key.created_at));
    let published: Vec<&Value> = published.iter().map(|key| &key.public_jwk).collect();
    let body = json!({ "keys": published }).to_string().into_bytes();
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]);
    let gzip = gzip::compress(&body);
    KeySet { body: body.into(), gzip, etag: format!("\"{digest}\"").into() }
}

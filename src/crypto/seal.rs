//! What only Latchkey may read is encrypted in the database; the master key opens it.

use std::fmt;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::domain::sealed::Sealed;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// Where the key of keyed hashes stands in the database, once it has a place there.
const HASHING_KEY: (&str, &str, &str) = ("instance", "hashing_key", "singleton");

/// The key above all others: 256 bits that live outside the database, in a file or in the
/// environment. Every node of a deployment has the same one. `crypto::master_key` reads and
/// writes it.
///
/// It never encrypts or hashes anything itself: each use has a key of its own derived from it.
#[derive(Clone)]
pub struct MasterKey {
    pub(super) bytes: Zeroizing<[u8; 32]>,
    id: String,
    cipher: Aes256Gcm,
    hashing: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// Why a sealed value did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another master key sealed it.
    #[error(
        "{place} was sealed under master key {sealed_with}, but this is master key {present}; \
         give Latchkey the master key that belongs to this database"
    )]
    OtherKey {
        /// Table, column and row.
        place: String,
        /// The id of the key that sealed it.
        sealed_with: String,
        /// The id of the key at hand.
        present: String,
    },
    /// The ciphertext was changed, or belongs to another row.
    #[error("{place} is damaged, or was moved there from another row; restore it from a backup")]
    Damaged {
        /// Table, column and row.
        place: String,
    },
}

impl MasterKey {
    /// A fresh random key.
    pub fn generate(env: &Env) -> Self {
        Self::from_bytes(Zeroizing::new(env.random_bytes()))
    }

    pub(super) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let sealing = Zeroizing::new(mac(&bytes, &[b"latchkey/1/sealing"]));
        let hashing = Zeroizing::new(mac(&bytes, &[b"latchkey/1/keyed-hash"]));
        let digest = Sha256::new_with_prefix(b"latchkey/1/master-key-id").chain_update(*bytes);
        let id = digest.finalize()[..8].iter().fold(String::new(), |id, b| id + &hex(*b));
        let cipher = Aes256Gcm::new(&(*sealing).into());
        Self { bytes, id, cipher, hashing }
    }

    /// Names this key without telling anything about it: 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Encrypts `plaintext` for one place in the database, with AES-256-GCM and a fresh nonce.
    pub fn seal(
        &self,
        env: &Env,
        table: &str,
        column: &str,
        row_id: &str,
        plaintext: &[u8],
    ) -> Sealed {
        let nonce: [u8; 12] = env.random_bytes();
        let aad = encode(&[table.as_bytes(), column.as_bytes(), row_id.as_bytes()]);
        #[allow(clippy::expect_used, reason = "fails beyond 64 GiB only, and a value is in memory")]
        let ciphertext = self
            .cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plaintext, aad: &aad })
            .expect("a value shorter than 64 GiB");
        Sealed { key_id: self.id.clone(), nonce, ciphertext }
    }

    /// Decrypts what [`MasterKey::seal`] made for the same place.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row_id: &str,
        sealed: &Sealed,
    ) -> Result<Secret<Vec<u8>>, OpenError> {
        let place = || format!("{table}.{column} of row {row_id}");
        if sealed.key_id != self.id {
            return Err(OpenError::OtherKey {
                place: place(),
                sealed_with: sealed.key_id.clone(),
                present: self.id.clone(),
            });
        }
        let aad = encode(&[table.as_bytes(), column.as_bytes(), row_id.as_bytes()]);
        self.cipher
            .decrypt(&Nonce::from(sealed.nonce), Payload { msg: &sealed.ciphertext, aad: &aad })
            .map(Secret::new)
            .map_err(|_| OpenError::Damaged { place: place() })
    }

    /// The key of this key's keyed hashes, sealed under `under` for the row of the instance.
    pub fn seal_hashing_key(&self, env: &Env, under: &MasterKey) -> Sealed {
        let (table, column, row) = HASHING_KEY;
        under.seal(env, table, column, row, self.hashing.as_slice())
    }

    /// The same key with the keyed hashes of `other`.
    #[must_use]
    pub(super) fn hashing_like(&self, other: &Self) -> Self {
        Self { hashing: other.hashing.clone(), ..self.clone() }
    }

    /// The same key with keyed hashes under what [`MasterKey::seal_hashing_key`] sealed with it.
    pub(super) fn hashing_with(&self, sealed: &Sealed) -> Result<Self, OpenError> {
        let (table, column, row) = HASHING_KEY;
        let opened = self.open(table, column, row, sealed)?;
        let bytes: [u8; 32] = opened
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_| OpenError::Damaged { place: format!("{table}.{column}") })?;
        Ok(Self { hashing: Zeroizing::new(bytes), ..self.clone() })
    }

    /// A hash of `data` that only holders of the master key can compute (HMAC-SHA-256), for values
    /// too short to be stored under a plain hash, such as one-time codes. Hashes for different
    /// purposes have nothing in common.
    pub fn keyed_hash(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.hashing, &[&encode(&[purpose.as_bytes()]), data])
    }
}

/// HMAC-SHA-256 over the concatenated `parts`.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[allow(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Joins `parts` so that no two lists give the same bytes: each behind its length.
fn encode(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn hex(byte: u8) -> String {
    format!("{byte:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> MasterKey {
        MasterKey::generate(&Env::system())
    }

    fn sealed(key: &MasterKey) -> Sealed {
        key.seal(&Env::system(), "users", "seed", "1", b"attack at dawn")
    }

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let key = key();
        let sealed = sealed(&key);
        assert_eq!(key.open("users", "seed", "1", &sealed).unwrap().expose(), b"attack at dawn");
        for (table, column, row) in [
            ("users", "seed", "2"),
            ("users", "other", "1"),
            ("clients", "seed", "1"),
            // The same letters, divided differently.
            ("userss", "eed", "1"),
            ("users", "seed1", ""),
        ] {
            let error = key.open(table, column, row, &sealed).unwrap_err();
            assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        }
    }

    #[test]
    fn another_key_is_told_apart() {
        let (key, other) = (key(), key());
        let mut sealed = sealed(&key);
        let error = other.open("users", "seed", "1", &sealed).unwrap_err();
        assert!(error.to_string().contains(key.id()) && error.to_string().contains(other.id()));
        assert!(error.to_string().contains("users.seed of row 1"));
        // A forged key id does not help either.
        sealed.key_id = other.id().to_owned();
        let error = other.open("users", "seed", "1", &sealed).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }));
    }

    #[test]
    fn sealing_twice_shows_no_likeness() {
        let key = key();
        let (first, second) = (sealed(&key), sealed(&key));
        assert_ne!(first.nonce, second.nonce);
        assert_ne!(first.ciphertext, second.ciphertext);
    }

    #[test]
    fn nothing_secret_is_printed() {
        let key = key();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert_eq!(key.id().len(), 16);
        let text = format!("{:?}", sealed(&key));
        assert_eq!(text, format!("Sealed(30 bytes under {})", key.id()));
    }

    #[test]
    fn keyed_hashes_depend_on_key_purpose_and_data() {
        let key = key();
        let hash = key.keyed_hash("otp", b"123456");
        assert_eq!(hash, key.keyed_hash("otp", b"123456"));
        assert_ne!(hash, key.keyed_hash("otp", b"123457"));
        assert_ne!(hash, key.keyed_hash("csrf", b"123456"));
        assert_ne!(hash, key.keyed_hash("otp1", b"23456"));
        assert_ne!(hash, self::key().keyed_hash("otp", b"123456"));
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value: Vec<u8>, table: String, column: String, row: String) {
            let key = key();
            let sealed = key.seal(&Env::system(), &table, &column, &row, &value);
            let opened = key.open(&table, &column, &row, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &value);
        }

        #[test]
        fn every_changed_bit_is_noticed(value: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let key = key();
            let mut sealed = key.seal(&Env::system(), "t", "c", "r", &value);
            let index = at.index(sealed.ciphertext.len());
            sealed.ciphertext[index] ^= 1 << bit;
            prop_assert!(key.open("t", "c", "r", &sealed).is_err());
        }
    }
}

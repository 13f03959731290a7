//! Firebase's scrypt: what scrypt derives is not the hash but the key that encrypts the project's
//! signer key, and that is the hash (github.com/firebase/scrypt).

use argon2::password_hash::phc::PasswordHash;
use openssl::symm::{Cipher, encrypt};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::HashError;
use super::scrypt::Cost;
use super::stored::{Flaw, parts};
use crate::config::FirebaseConfig;

/// What its PHC strings begin with.
pub(super) const NAME: &str = "firebase-scrypt";

/// Bytes of the key for AES-256, and of the counter's beginning.
const KEY: usize = 32;
const COUNTER: usize = 16;

/// A hash by Firebase. `ln` is what Firebase calls `mem_cost`, `r` its `rounds`.
pub(super) struct Firebase {
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Firebase {
    pub(super) fn parse(phc: &PasswordHash) -> Result<Self, Flaw> {
        let ([ln, r], salt, hash) = parts(phc, ["ln", "r"])?;
        Ok(Self { cost: Cost::new(ln, r, 1)?, salt, hash })
    }

    pub(super) fn is_of(
        &self,
        password: &[u8],
        project: &FirebaseConfig,
    ) -> Result<bool, HashError> {
        let salt = [self.salt.as_slice(), &project.salt_separator].concat();
        let mut key = Zeroizing::new([0; KEY]);
        self.cost.derive(password, &salt, key.as_mut_slice())?;
        let cipher = Cipher::aes_256_ctr();
        let signer_key = project.signer_key.expose();
        let computed = encrypt(cipher, key.as_slice(), Some(&[0; COUNTER]), signer_key);
        Ok(computed.map_err(|_| HashError::Failed)?.ct_eq(&self.hash).into())
    }
}

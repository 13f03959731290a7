//! PBKDF2 with HMAC (RFC 8018 §5.2), by OpenSSL.

use argon2::password_hash::phc::PasswordHash;
use openssl::hash::MessageDigest;
use openssl::pkcs5;
use subtle::ConstantTimeEq as _;

use super::HashError;
use super::stored::{Flaw, parts};

/// Iterations at most, over all blocks of the hash; they take about a second.
const WORK: usize = 3_000_000;

/// What a PHC string begins with, the digest, and the bytes of a block.
type Digest = (&'static str, fn() -> MessageDigest, usize);

/// The digests there are: what a PHC string begins with, and the bytes of a block.
const DIGESTS: [Digest; 3] = [
    ("pbkdf2-sha1", MessageDigest::sha1, 20),
    ("pbkdf2-sha256", MessageDigest::sha256, 32),
    ("pbkdf2-sha512", MessageDigest::sha512, 64),
];

/// A hash by PBKDF2.
pub(super) struct Pbkdf2 {
    digest: fn() -> MessageDigest,
    iterations: usize,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn parse(phc: &PasswordHash) -> Result<Self, Flaw> {
        let name = phc.algorithm.as_str();
        let known = DIGESTS.into_iter().find(|(known, _, _)| *known == name);
        let (_, digest, block) = known.ok_or(Flaw::Malformed)?;
        let ([iterations], salt, hash) = parts(phc, ["i"])?;
        let iterations = usize::try_from(iterations).map_err(|_| Flaw::Costly)?;
        if iterations == 0 {
            return Err(Flaw::Malformed);
        }
        let work = iterations.checked_mul(hash.len().div_ceil(block));
        if work.is_none_or(|work| work > WORK) {
            return Err(Flaw::Costly);
        }
        Ok(Self { digest, iterations, salt, hash })
    }

    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, HashError> {
        let mut computed = vec![0; self.hash.len()];
        pkcs5::pbkdf2_hmac(password, &self.salt, self.iterations, (self.digest)(), &mut computed)
            .map_err(|_| HashError::Failed)?;
        Ok(computed.ct_eq(&self.hash).into())
    }
}

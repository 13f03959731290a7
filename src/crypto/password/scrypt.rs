//! scrypt (RFC 7914), by OpenSSL.

use argon2::password_hash::phc::PasswordHash;
use openssl::pkcs5;
use subtle::ConstantTimeEq as _;

use super::HashError;
use super::stored::{Flaw, MEMORY_KIB, parts};

/// What its PHC strings begin with.
pub(super) const NAME: &str = "scrypt";

/// Blocks mixed at most (N times r times p); they take about a second.
const WORK: u64 = 1 << 21;

/// What OpenSSL may take beside the memory that N and r ask for, in bytes.
const SPARE: u64 = 1 << 20;

/// What a hash costs.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    n: u64,
    r: u64,
    p: u64,
}

impl Cost {
    /// `ln` is the binary logarithm of N.
    pub(super) fn new(ln: u32, r: u32, p: u32) -> Result<Self, Flaw> {
        if ln == 0 || r == 0 || p == 0 {
            return Err(Flaw::Malformed);
        }
        let (r, p) = (u64::from(r), u64::from(p));
        let n = 1_u64.checked_shl(ln).filter(|n| *n > 1).ok_or(Flaw::Costly)?;
        let blocks = n.checked_mul(r).ok_or(Flaw::Costly)?;
        // 128 bytes each.
        let fits = blocks.div_ceil(8) <= MEMORY_KIB;
        let soon = blocks.checked_mul(p).is_some_and(|work| work <= WORK);
        if fits && soon { Ok(Self { n, r, p }) } else { Err(Flaw::Costly) }
    }

    /// Fills `key` with what is derived from the password.
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        key: &mut [u8],
    ) -> Result<(), HashError> {
        let Self { n, r, p } = self;
        let memory = MEMORY_KIB * 1024 + SPARE;
        pkcs5::scrypt(password, salt, n, r, p, memory, key).map_err(|_| HashError::Failed)
    }
}

/// A hash by scrypt.
pub(super) struct Scrypt {
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Scrypt {
    pub(super) fn parse(phc: &PasswordHash) -> Result<Self, Flaw> {
        let ([ln, r, p], salt, hash) = parts(phc, ["ln", "r", "p"])?;
        Ok(Self { cost: Cost::new(ln, r, p)?, salt, hash })
    }

    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, HashError> {
        let mut computed = vec![0; self.hash.len()];
        self.cost.derive(password, &self.salt, &mut computed)?;
        Ok(computed.ct_eq(&self.hash).into())
    }
}

//! What one of our hashes costs.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Version};

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

/// Whether we would compute a hash with these parameters: neither a typing error in the
/// configuration nor an imported hash may take the server down.
pub(super) fn affordable(params: &argon2::Params) -> bool {
    params.m_cost() <= 1024 * 1024 && params.t_cost() <= 64 && params.p_cost() <= 64
}

/// The text of a hash of ours.
pub(super) fn phc(params: &argon2::Params, salt: &[u8], hash: &[u8]) -> Option<PasswordHash> {
    Some(PasswordHash {
        algorithm: Algorithm::Argon2id.into(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(hash).ok()?),
    })
}

//! `[hashing]`: the cost of hashing a password with argon2id.

use super::Profile;
use super::http::cores;
use super::values::Values;

/// The cost of hashing a password with argon2id (RFC 9106), and how much of it happens at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingConfig {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes of one hash.
    pub parallelism: u32,
    /// Hashes computed at the same time.
    pub concurrent: usize,
    /// Hashes that may wait for their turn; more are refused.
    pub queue: usize,
}

/// The least memory that `serve` accepts, in KiB, and the least product of memory and passes.
/// Between them lie the equivalent choices of the OWASP password storage cheat sheet.
const LEAST_MEMORY_KIB: u32 = 7168;
const LEAST_WORK_KIB: u64 = 35_840;

impl HashingConfig {
    pub(super) fn read(values: &mut Values, profile: Profile) -> Self {
        let config = Self {
            memory_kib: values.number("hashing.memory_kib", 19_456, 8..=4_194_304),
            iterations: values.number("hashing.iterations", 2, 1..=100),
            parallelism: values.number("hashing.parallelism", 1, 1..=64),
            concurrent: values.count("hashing.concurrent", cores(), 1..=1024),
            queue: values.count("hashing.queue", 64, 1..=100_000),
        };
        let work = u64::from(config.memory_kib) * u64::from(config.iterations);
        if profile == Profile::Serve
            && (config.memory_kib < LEAST_MEMORY_KIB || work < LEAST_WORK_KIB)
        {
            values.refuse(
                "hashing.memory_kib",
                "hashing is too cheap: stolen password hashes could be guessed",
                "leave the defaults (memory_kib = 19456, iterations = 2) or choose more",
            );
        }
        if config.memory_kib < config.parallelism * 8 {
            values.refuse(
                "hashing.memory_kib",
                "argon2 needs at least 8 KiB of memory for each lane",
                "raise memory_kib or lower parallelism",
            );
        }
        config
    }
}

//! bcrypt (Provos and Mazières 1999), as `crypt(3)` writes it. The only file that names its library.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

use super::stored::Flaw;

/// The costs that are taken: each one more doubles the time, which at 14 is about a second.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

/// What bcrypt looks at of a password and the zero byte behind it, in bytes.
const LOOKED_AT: usize = 72;

/// Bytes of the salt, and of the hash that is written down of 24.
const SALT: usize = 16;
const HASH: usize = 23;

/// Characters of both together.
const ENCODED: usize = 53;
const ENCODED_SALT: usize = 22;

/// Bits behind the last byte are let be: some libraries leave them as chance has it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A hash by bcrypt.
pub(super) struct Bcrypt {
    cost: u32,
    salt: [u8; SALT],
    hash: [u8; HASH],
}

impl Bcrypt {
    /// Reads `$2b$12$…`. `2a`, `2b` and `2y` mean the same; `2x` marks hashes by a faulty library, and
    /// is refused.
    pub(super) fn parse(text: &str) -> Result<Self, Flaw> {
        let rest = ["$2a$", "$2b$", "$2y$"].into_iter().find_map(|mark| text.strip_prefix(mark));
        let (cost, encoded) = rest.and_then(|rest| rest.split_once('$')).ok_or(Flaw::Malformed)?;
        let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        if !is_cost || encoded.len() != ENCODED || !encoded.is_ascii() {
            return Err(Flaw::Malformed);
        }
        let (salt, hash) = encoded.split_at(ENCODED_SALT);
        let salt = BASE64.decode(salt).ok().and_then(|salt| salt.try_into().ok());
        let hash = BASE64.decode(hash).ok().and_then(|hash| hash.try_into().ok());
        let (Some(salt), Some(hash)) = (salt, hash) else { return Err(Flaw::Malformed) };
        let cost = cost.parse().map_err(|_| Flaw::Malformed)?;
        if cost < *COSTS.start() {
            return Err(Flaw::Malformed);
        }
        if !COSTS.contains(&cost) {
            return Err(Flaw::Costly);
        }
        Ok(Self { cost, salt, hash })
    }

    /// Like every bcrypt, it sees the first 72 bytes only. Whoever has a longer password gets in with
    /// it, and from then on all of it counts, because the new hash is ours.
    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        let mut looked_at: Vec<u8> = password.iter().copied().take(LOOKED_AT).collect();
        if looked_at.len() < LOOKED_AT {
            looked_at.push(0);
        }
        let looked_at = zeroize::Zeroizing::new(looked_at);
        let computed = ::bcrypt::bcrypt(self.cost, self.salt, &looked_at);
        computed.iter().take(HASH).copied().collect::<Vec<u8>>().ct_eq(&self.hash).into()
    }
}

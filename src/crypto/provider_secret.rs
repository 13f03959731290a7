//! What Latchkey proves itself with at a provider, as it is sealed in the database.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::master_ring::MasterRing;
use super::seal::{MasterKey, OpenError};
use crate::domain::sealed::Sealed;
use crate::kernel::env::Env;
use crate::kernel::ids::ProviderId;
use crate::kernel::secret::Secret;

/// Where it stands.
const PLACE: (&str, &str) = ("providers", "sealed_secret");

/// What was sealed cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// It opens, and is no text.
    #[error("what was sealed is no text")]
    NoText,
}

/// Seals a secret for its row.
pub fn seal(key: &MasterKey, env: &Env, row: ProviderId, secret: &Secret<String>) -> Sealed {
    key.seal(env, PLACE.0, PLACE.1, &row.to_string(), secret.expose().as_bytes())
}

/// What was sealed for this row.
pub fn open(
    ring: &MasterRing,
    row: ProviderId,
    sealed: &Sealed,
) -> Result<Secret<String>, Unusable> {
    let opened = ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed)?;
    let text = std::str::from_utf8(opened.expose()).map_err(|_| Unusable::NoText)?;
    Ok(Secret::from(text))
}

/// A secret sealed anew under the ring's current key.
pub fn reseal(
    ring: &MasterRing,
    env: &Env,
    row: ProviderId,
    sealed: &Sealed,
) -> Result<Sealed, OpenError> {
    let opened = ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed)?;
    Ok(ring.current().seal(env, PLACE.0, PLACE.1, &row.to_string(), opened.expose()))
}

/// What shows that whoever has `access_token` has `secret`, too: HMAC-SHA-256 in hexadecimal, as Facebook
/// takes it (`appsecret_proof`).
pub fn proof_of_both(secret: &Secret<String>, access_token: &Secret<String>) -> String {
    #[allow(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §2)")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("any length is a key");
    mac.update(access_token.expose().as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_an_hmac() {
        // RFC 4231 §4.3.
        let proof =
            proof_of_both(&Secret::from("Jefe"), &Secret::from("what do ya want for nothing?"));
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(proof, expected);
    }

    #[test]
    fn a_secret_opens_in_its_row_only_before_and_after_a_reseal() {
        let env = Env::system();
        let (old, new) = (MasterKey::generate(&env), MasterKey::generate(&env));
        let ring = MasterRing::new(new, Some(old.clone()));
        let (row, other) = (ProviderId::new(&env), ProviderId::new(&env));
        let sealed = seal(&old, &env, row, &Secret::from("hush"));
        let moved = reseal(&ring, &env, row, &sealed).unwrap();
        assert_eq!(moved.key_id, ring.current().id());
        for sealed in [&sealed, &moved] {
            assert_eq!(open(&ring, row, sealed).unwrap().expose(), "hush");
            assert!(open(&ring, other, sealed).is_err());
        }
    }
}

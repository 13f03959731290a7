//! ID tokens of providers, as they are sealed in the database until somebody signs out.

use super::master_ring::MasterRing;
use super::seal::OpenError;
use crate::domain::sealed::Sealed;
use crate::kernel::env::Env;
use crate::kernel::ids::UpstreamSessionId;
use crate::kernel::secret::Secret;

/// Where it stands.
const PLACE: (&str, &str) = ("upstream_sessions", "sealed_hint");

/// Seals an ID token for its row, under the ring's current key.
pub fn seal(
    ring: &MasterRing,
    env: &Env,
    row: UpstreamSessionId,
    id_token: &Secret<String>,
) -> Sealed {
    let text = id_token.expose().as_bytes();
    ring.current().seal(env, PLACE.0, PLACE.1, &row.to_string(), text)
}

/// What was sealed for this row; `None`: it does not open, or is no text.
pub fn open(ring: &MasterRing, row: UpstreamSessionId, sealed: &Sealed) -> Option<Secret<String>> {
    let opened = ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed).ok()?;
    std::str::from_utf8(opened.expose()).ok().map(Secret::from)
}

/// The same sealed anew under the ring's current key.
pub fn reseal(
    ring: &MasterRing,
    env: &Env,
    row: UpstreamSessionId,
    sealed: &Sealed,
) -> Result<Sealed, OpenError> {
    let opened = ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed)?;
    Ok(ring.current().seal(env, PLACE.0, PLACE.1, &row.to_string(), opened.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::seal::MasterKey;

    #[test]
    fn a_hint_opens_in_its_row_only_before_and_after_a_reseal() {
        let env = Env::system();
        let (old, new) = (MasterKey::generate(&env), MasterKey::generate(&env));
        let (row, other) = (UpstreamSessionId::new(&env), UpstreamSessionId::new(&env));
        let sealed = seal(&MasterRing::from(old.clone()), &env, row, &Secret::from("a.b.c"));
        let ring = MasterRing::new(new, Some(old));
        let moved = reseal(&ring, &env, row, &sealed).unwrap();
        assert_eq!(moved.key_id, ring.current().id());
        for sealed in [&sealed, &moved] {
            assert_eq!(open(&ring, row, sealed).unwrap().expose(), "a.b.c");
            assert!(open(&ring, other, sealed).is_none());
        }
        let alone = MasterRing::from(MasterKey::generate(&env));
        assert!(open(&alone, row, &moved).is_none());
    }
}

//! The master key, and the one before it while a database moves from the one to the other.

use super::seal::{MasterKey, OpenError};
use crate::domain::instance::Instance;
use crate::domain::sealed::Sealed;
use crate::kernel::secret::Secret;

/// The master keys at hand. While nodes are given a new key one after the other, all of them have to
/// open what was sealed under the old one, so a node may hold both.
#[derive(Clone, Debug)]
pub struct MasterRing {
    current: MasterKey,
    previous: Option<MasterKey>,
}

impl From<MasterKey> for MasterRing {
    fn from(current: MasterKey) -> Self {
        Self { current, previous: None }
    }
}

impl MasterRing {
    /// A key with the one before it.
    pub fn new(current: MasterKey, previous: Option<MasterKey>) -> Self {
        let previous = previous.filter(|previous| previous.id() != current.id());
        Self { current, previous }
    }

    /// The key that everything is, or is going to be, sealed under.
    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The key before it, if there is one.
    pub fn previous(&self) -> Option<&MasterKey> {
        self.previous.as_ref()
    }

    /// The key of this id, if it is at hand.
    pub fn by_id(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id() == id)
    }

    /// Opens a sealed value with the key that sealed it.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row_id: &str,
        sealed: &Sealed,
    ) -> Result<Secret<Vec<u8>>, OpenError> {
        let key = self.by_id(&sealed.key_id).unwrap_or(&self.current);
        key.open(table, column, row_id, sealed)
    }

    /// The master key with the keyed hashes of this database: those are the same before, during and
    /// after a change of the master key, on every node.
    pub fn hashing_for(&self, instance: &Instance) -> Result<MasterKey, OpenError> {
        let recorded = self.by_id(&instance.master_key_id).ok_or_else(|| OpenError::OtherKey {
            place: "the database".to_owned(),
            sealed_with: instance.master_key_id.clone(),
            present: self.current.id().to_owned(),
        })?;
        let hashing = match &instance.hashing_key {
            Some(sealed) => recorded.hashing_with(sealed)?,
            None => recorded.clone(),
        };
        Ok(self.current.hashing_like(&hashing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::env::Env;

    fn instance(key: &MasterKey, hashing_key: Option<Sealed>) -> Instance {
        Instance {
            issuer: String::new(),
            master_key_id: key.id().to_owned(),
            hashing_key,
            administrator_at: None,
        }
    }

    #[test]
    fn either_key_opens_what_it_sealed() {
        let env = Env::system();
        let (old, new) = (MasterKey::generate(&env), MasterKey::generate(&env));
        let ring = MasterRing::new(new.clone(), Some(old.clone()));
        for key in [&old, &new] {
            let sealed = key.seal(&env, "t", "c", "1", b"value");
            assert_eq!(ring.open("t", "c", "1", &sealed).unwrap().expose(), b"value");
        }
        let foreign = MasterKey::generate(&env).seal(&env, "t", "c", "1", b"value");
        let error = ring.open("t", "c", "1", &foreign).unwrap_err().to_string();
        assert!(error.contains(&foreign.key_id) && error.contains(new.id()), "{error}");
        assert!(MasterRing::new(new.clone(), Some(new)).previous().is_none());
    }

    #[test]
    fn keyed_hashes_outlive_every_change_of_the_master_key() {
        let env = Env::system();
        let [first, second, third] = [(); 3].map(|()| MasterKey::generate(&env));
        let hash = first.keyed_hash("p", b"data");
        let hashed = |ring: &MasterRing, instance: &Instance| {
            ring.hashing_for(instance).unwrap().keyed_hash("p", b"data")
        };
        // A node that was given the new key already, and one that was not.
        let both = MasterRing::new(second.clone(), Some(first.clone()));
        let before = instance(&first, None);
        assert_eq!(hashed(&both, &before), hash);
        assert_eq!(hashed(&first.clone().into(), &before), hash);
        // The change, and another one after it.
        let kept = both.hashing_for(&before).unwrap().seal_hashing_key(&env, &second);
        let after = instance(&second, Some(kept));
        assert_eq!(hashed(&both, &after), hash);
        assert_eq!(hashed(&second.clone().into(), &after), hash);
        let both = MasterRing::new(third.clone(), Some(second));
        let kept = both.hashing_for(&after).unwrap().seal_hashing_key(&env, &third);
        assert_eq!(hashed(&third.into(), &instance(both.current(), Some(kept))), hash);
        // The old key alone is of no use any more.
        assert!(MasterRing::from(first).hashing_for(&after).is_err());
    }
}

//! The key set (RFC 7517 §5).

use super::Provider;
use crate::crypto::keyring::KeySet;

impl Provider {
    /// The public keys as JSON, with an entity tag.
    pub fn jwks(&self) -> KeySet {
        self.keyring.jwks()
    }
}

//! Keys that are known to be those of the moment.

use crate::protocol::Provider;
use crate::storage::StorageError;

impl Provider {
    /// Reads the keys anew if that was not done for a while, and refuses to go on without: a process
    /// that slept, or that was cut off, must neither sign with a key that has left the key set nor
    /// take a token of a key that was revoked. Costs nothing on a node that keeps up.
    pub(in crate::protocol) async fn fresh_keys(&self) -> Result<(), StorageError> {
        let asked = self.env.now();
        if !self.keyring.is_stale(asked) {
            return Ok(());
        }
        let keys = self.db.load(|tx| tx.signing_keys().list()).await?;
        self.keyring.replace(keys, asked).map_err(|error| {
            tracing::error!(%error, "the signing keys cannot be used");
            StorageError::Corrupt("signing_keys")
        })
    }
}

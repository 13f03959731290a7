//! What a node does for the schedule of the signing keys.

use super::error::StartError;
use super::node::Node;
use crate::crypto::keyring::Spare;
use crate::domain::audit::Actor;
use crate::domain::signing_key::schedule::{Due, Timing};
use crate::protocol::keys::{self, Keeper};
use crate::storage::error::StorageError;

impl Node {
    /// Goes on with the schedule of the signing keys where something is due, as every node does: the
    /// first to come does it, the others find it done. Whether something is due shows in memory, so
    /// this costs nothing most of the time.
    pub async fn keep_keys(&self) -> Result<(), StartError> {
        let timing = Timing::of(&self.settings.get());
        let spare = match self.keyring.chain().due(&timing, self.env.now()) {
            Due::Nothing => return Ok(()),
            Due::Steps => None,
            Due::Spare => Some(spare().await?),
        };
        let keeper = Keeper {
            env: self.env.clone(),
            ring: self.keyring.ring().clone(),
            actor: Actor::System,
        };
        let changes = self.db.write(move |tx| keys::advance(tx, &keeper, spare)).await??;
        for change in changes {
            tracing::info!(%change, "the schedule of the signing keys went on");
        }
        self.refresh().await
    }
}

/// Makes a key on a thread that serves nobody.
async fn spare() -> Result<Spare, StartError> {
    let made = tokio::task::spawn_blocking(Spare::make).await;
    let made = made.map_err(|_| StorageError::Other("making a key panicked".to_owned()))?;
    Ok(made?)
}

//! What a node does for the schedule of the signing keys.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::StartError;
use super::node::Node;
use crate::crypto::keyring::Spare;
use crate::domain::audit::Actor;
use crate::domain::signing_key::schedule::{Due, Timing};
use crate::protocol::keys::{self, Keeper};
use crate::storage::error::StorageError;

/// How long no key is made after the first one that could not be stored; twice as long after each
/// further one.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(6);
/// The longest pause. The next key is due long before it signs, so there is time.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// When the next key may be made: one costs a core for a good part of a second, and a database that
/// takes no writes would have every node make them in vain, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Making(Arc<Mutex<Pauses>>);

#[derive(Debug, Default)]
struct Pauses {
    failures: u32,
    until: Option<DateTime<Utc>>,
}

impl Making {
    /// Whether one may be made now; the answer counts as a failure until [`Making::stored`].
    fn may_begin(&self, now: DateTime<Utc>) -> bool {
        let mut pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pauses.until.is_some_and(|until| now < until) {
            return false;
        }
        let pause = FIRST_PAUSE * 2_i32.saturating_pow(pauses.failures.min(10));
        pauses.failures = pauses.failures.saturating_add(1);
        pauses.until = Some(now + pause.min(LONGEST_PAUSE));
        true
    }

    fn stored(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Pauses::default();
    }
}

impl Node {
    /// Goes on with the schedule of the signing keys where something is due, as every node does: the
    /// first to come does it, the others find it done. Whether something is due shows in memory, so
    /// this costs nothing most of the time. Refuses with [`StartError::KeyPutOff`] to make a key soon
    /// after one that could not be stored.
    pub async fn keep_keys(&self) -> Result<(), StartError> {
        let (timing, now) = (Timing::of(&self.settings.get()), self.env.now());
        let spare = match self.keyring.chain().due(&timing, now) {
            Due::Nothing => return Ok(()),
            Due::Steps => None,
            Due::Spare if self.making.may_begin(now) => Some(spare().await?),
            Due::Spare => return Err(StartError::KeyPutOff),
        };
        let keeper = Keeper {
            env: self.env.clone(),
            ring: self.keyring.ring().clone(),
            actor: Actor::System,
        };
        let changes = self.db.write(move |tx| keys::advance(tx, &keeper, spare)).await??;
        self.making.stored();
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

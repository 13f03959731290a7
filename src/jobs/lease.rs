//! A node's turn at a job, and when to end it.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::job::LEASE;
use crate::kernel::env::Env;
use crate::kernel::ids::LeaseId;
use crate::storage::{Db, StorageError};

/// Whether the node is stopping. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// One that somebody says: `send_replace(true)`.
    pub(super) fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// One that nobody says: for a command, which ends with its process.
    pub fn never() -> Self {
        Self::new().1
    }

    /// Whether it was said.
    pub fn is_said(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said.
    pub async fn said(&self) {
        if self.0.clone().wait_for(|said| *said).await.is_err() {
            // Nobody is left who could say it.
            std::future::pending::<()>().await;
        }
    }
}

/// A node's turn at a job.
#[derive(Clone)]
pub struct Lease {
    pub(super) db: Db,
    pub(super) env: Env,
    pub(super) job: &'static str,
    pub(super) id: LeaseId,
    pub(super) stopping: Stopping,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lease({}, {})", self.job, self.id)
    }
}

impl Lease {
    /// Prolongs the turn. False: stop here, because the node is stopping or another node has taken
    /// the turn over.
    pub async fn keep(&self) -> Result<bool, StorageError> {
        if self.stopping.is_said() {
            return Ok(false);
        }
        let (job, id, until) = (self.job, self.id, self.env.now() + LEASE);
        let Ok::<bool, Infallible>(kept) =
            self.db.write(move |tx| Ok(tx.jobs().prolong(job, id, until)?)).await?;
        if !kept {
            tracing::warn!(job, "another node has taken the job over");
        }
        Ok(kept)
    }

    /// Lets others at the database for a while; shorter when the node is stopping.
    pub async fn pause(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stopping.said() => {}
        }
    }
}

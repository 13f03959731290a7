//! What Latchkey does by itself now and then. A job is a file here and a line in [`JOBS`].
//!
//! A job has one row in the database. A node that wants to do it writes its lease into that row, so
//! one node at a time does it; a node that dies loses its turn when the lease has run out. A job that
//! fails is tried again later and later, and its row shows it.

mod lease;
pub mod purge;
pub mod runner;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;

pub use lease::{Lease, Stopping};
pub use runner::{Runner, Started};

use crate::identity::Identity;
use crate::kernel::env::Env;
use crate::storage::{Db, StorageError};

/// Every job.
pub const JOBS: &[&dyn Job] = &[&purge::Purge::STANDARD];

/// What jobs work with. Cheap to clone.
#[derive(Clone)]
pub struct Resources {
    /// The database.
    pub db: Db,
    /// Time and randomness.
    pub env: Env,
    /// What people and operators do, and the settings.
    pub identity: Identity,
}

/// Something that is done now and then, by one node at a time.
pub trait Job: Send + Sync {
    /// Its name, in the database and on the command line: `[a-z][a-z0-9-]*`. Never changes.
    fn name(&self) -> &'static str;

    /// What it is for, in a sentence.
    fn purpose(&self) -> &'static str;

    /// How long from the end of one turn to the beginning of the next.
    fn every(&self) -> TimeDelta;

    /// One turn. Works in small steps, each a transaction of its own with nothing slow in it, and asks
    /// [`Lease::keep`] before each whether to go on.
    fn run<'a>(
        &'a self,
        resources: &'a Resources,
        lease: &'a Lease,
    ) -> BoxFuture<'a, Result<Done, JobError>>;
}

/// What a turn got done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What was handled, and how much of it; the names of it are the job's own.
    pub counts: Vec<(&'static str, u64)>,
    /// Whether something was left to do: the job is due again soon.
    pub more: bool,
}

impl Done {
    /// All that was handled.
    pub fn handled(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The counts that are not zero, as in `flows 12, grants 3`.
    pub fn summary(&self) -> String {
        let counted = self.counts.iter().filter(|(_, count)| *count > 0);
        let parts: Vec<_> = counted.map(|(what, count)| format!("{what} {count}")).collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }
}

/// Why a turn went wrong. What it shows is safe to store and to log.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The job has a bug.
    #[error("it panicked")]
    Panicked,
}

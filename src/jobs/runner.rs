//! Does the jobs that are due.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Done, JOBS, Job, JobError, Lease, Resources, Stopping};
use crate::domain::job::{LEASE, backoff};
use crate::kernel::ids::LeaseId;
use crate::kernel::metric;
use crate::storage::{StorageError, Tx};

/// How often a node looks whether a job is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// When a job that left something to do is due again.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// Does jobs. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    resources: Resources,
    jobs: &'static [&'static dyn Job],
}

/// How a turn ended.
#[derive(Debug)]
pub enum Turn {
    /// It went well.
    Done(Done),
    /// It went wrong, and is tried again later.
    Failed(JobError),
}

/// Why a job was not run when an operator asked for it.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// There is none of that name.
    #[error("there is no job named {0}")]
    Unknown(String),
    /// A node is at it.
    #[error("a node is at it just now")]
    Busy,
    /// It went wrong.
    #[error(transparent)]
    Failed(#[from] JobError),
}

impl Runner {
    /// A runner of all [`JOBS`].
    pub fn new(resources: Resources) -> Self {
        Self::of(resources, JOBS)
    }

    /// A runner of these jobs.
    pub fn of(resources: Resources, jobs: &'static [&'static dyn Job]) -> Self {
        Self { resources, jobs }
    }

    /// Does jobs whenever they are due, until it is stopped; a long one keeps no other waiting. Call it
    /// within a runtime.
    pub fn start(&self) -> Started {
        let (stop, stopping) = Stopping::new();
        let mut tasks = JoinSet::new();
        for job in self.jobs {
            // There from the start, so that the first failure is an increase.
            metrics::counter!(metric::JOB_FAILURES, "job_name" => job.name()).increment(0);
            let (runner, stopping) = (self.clone(), stopping.clone());
            tasks.spawn(async move { runner.follow(*job, &stopping).await });
        }
        Started { stop, tasks }
    }

    async fn follow(&self, job: &'static dyn Job, stopping: &Stopping) {
        let mut was_good = true;
        while !stopping.is_said() {
            let looked = AssertUnwindSafe(self.if_due(job, stopping)).catch_unwind().await;
            // A panic, which its hook tells of, ends this look and not the following.
            let looked = looked.unwrap_or(Ok(None));
            if let (Err(error), true) = (&looked, was_good) {
                tracing::error!(job = job.name(), %error, "a job cannot be looked at");
            }
            was_good = looked.is_ok();
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stopping.said() => {}
            }
        }
    }

    /// Does every job that is due and that no other node is at, once, one after the other.
    pub async fn work(
        &self,
        stopping: &Stopping,
    ) -> Result<Vec<(&'static str, Turn)>, StorageError> {
        let mut turns = Vec::new();
        for job in self.jobs {
            if let Some(turn) = self.if_due(*job, stopping).await? {
                turns.push((job.name(), turn));
            }
        }
        Ok(turns)
    }

    /// Looks whether a job is due, which a new one is after its interval, and does it.
    async fn if_due(
        &self,
        job: &'static dyn Job,
        stopping: &Stopping,
    ) -> Result<Option<Turn>, StorageError> {
        let (name, now) = (job.name(), self.resources.env.now());
        match self.resources.db.load(move |tx| tx.jobs().find(name)).await? {
            None => {
                let first = now + job.every();
                self.write(move |tx| tx.jobs().ensure(name, first)).await?;
                Ok(None)
            }
            Some(record) if now < record.due_at || record.is_leased(now) => Ok(None),
            Some(_) => self.turn(job, false, stopping).await,
        }
    }

    /// Does a job now, due or not.
    pub async fn run_now(&self, name: &str, stopping: &Stopping) -> Result<Done, NotRun> {
        let job = self.jobs.iter().find(|job| job.name() == name);
        let job = job.ok_or_else(|| NotRun::Unknown(name.to_owned()))?;
        let (name, now) = (job.name(), self.resources.env.now());
        self.write(move |tx| tx.jobs().ensure(name, now)).await.map_err(JobError::from)?;
        match self.turn(*job, true, stopping).await.map_err(JobError::from)? {
            Some(Turn::Done(done)) => Ok(done),
            Some(Turn::Failed(error)) => Err(NotRun::Failed(error)),
            None => Err(NotRun::Busy),
        }
    }

    /// One turn at a job; `None`: another node has it, or it is not due any more.
    async fn turn(
        &self,
        job: &'static dyn Job,
        even_early: bool,
        stopping: &Stopping,
    ) -> Result<Option<Turn>, StorageError> {
        let Resources { db, env, .. } = &self.resources;
        let (name, id, now) = (job.name(), LeaseId::new(env), env.now());
        let taken =
            self.write(move |tx| tx.jobs().lease(name, id, now + LEASE, even_early, now)).await?;
        let Some(failures) = taken else { return Ok(None) };
        let stopping = stopping.clone();
        let lease = Lease { db: db.clone(), env: env.clone(), job: name, id, stopping };
        let run = AssertUnwindSafe(job.run(&self.resources, &lease)).catch_unwind();
        let turn = match run.await.unwrap_or(Err(JobError::Panicked)) {
            Ok(done) => Turn::Done(done),
            Err(error) => Turn::Failed(error),
        };
        self.end(job, id, failures, &turn).await?;
        Ok(Some(turn))
    }

    /// Writes down how a turn ended, and gives the lease back.
    async fn end(
        &self,
        job: &dyn Job,
        id: LeaseId,
        failures: u32,
        turn: &Turn,
    ) -> Result<(), StorageError> {
        let (name, now) = (job.name(), self.resources.env.now());
        metrics::counter!(metric::JOB_RUNS, "job_name" => name).increment(1);
        let was_ours = match turn {
            Turn::Done(done) => {
                tracing::info!(job = name, handled = done.handled(), "{}", done.summary());
                let (handled, due) = (
                    done.handled(),
                    now + if done.more { SOON.min(job.every()) } else { job.every() },
                );
                self.write(move |tx| tx.jobs().succeeded(name, id, handled, due, now)).await?
            }
            Turn::Failed(error) => {
                metrics::counter!(metric::JOB_FAILURES, "job_name" => name).increment(1);
                let failures = failures.saturating_add(1);
                let (wait, why) = (backoff(failures, job.every()), error.to_string());
                let again_in = wait.num_seconds();
                tracing::error!(job = name, failures, again_in, %error, "a job failed");
                self.write(move |tx| tx.jobs().failed(name, id, &why, wait, now)).await?
            }
        };
        if !was_ours {
            tracing::warn!(job = name, "its turn had run out, and another node took it over");
        }
        Ok(())
    }

    async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let Ok::<T, Infallible>(value) = self.resources.db.write(move |tx| Ok(f(tx)?)).await?;
        Ok(value)
    }
}

/// Jobs that are done whenever they are due.
#[derive(Debug)]
#[must_use = "they are done until this is stopped or dropped"]
pub struct Started {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Started {
    /// No new step is begun from now on.
    pub fn tell(&self) {
        self.stop.send_replace(true);
    }

    /// Lets the present small step finish and gives the lease back.
    pub async fn stopped(mut self) {
        self.tell();
        while let Some(ended) = self.tasks.join_next().await {
            if ended.is_err() {
                tracing::error!("a job ended before it was told to");
            }
        }
    }
}

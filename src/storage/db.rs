//! The database, and the two ways to run a use case on it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};
use tracing::Instrument as _;

use super::admission::Admission;
use super::error::StorageError;
use super::patience::{self, JOB_STATEMENT, Late, Turn, Waits};
use super::pool::{Complaints, Manager, Shared};
use super::repo::vocabulary::clock_timestamp;
use super::server::Role;
use super::tx::{Stop, Tx};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;
use crate::kernel::spans::WORK;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// A `postgres://` address.
    pub url: Secret<String>,
    /// Connections at most; also how many use cases run at once.
    pub pool_size: u32,
    /// Connections kept open when idle; `None`: all.
    pub min_idle: Option<u32>,
    /// How long to wait for a connection to be made.
    pub connect_timeout: Duration,
    /// How long Postgres may work on a statement, or wait for a lock.
    pub statement_timeout: Duration,
    /// How long a use case waits for its turn before it is told [`StorageError::Busy`].
    pub acquire_timeout: Duration,
    /// Whether statements are prepared under a name; off for poolers that cannot have that.
    pub named_statements: bool,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    waits: Waits,
}

struct Inner {
    pool: Pool<Manager>,
    admission: Admission,
    acquire_timeout: Duration,
    /// Use cases that nobody waits for any more.
    late: Arc<Late>,
    /// Whether the database copies another one, and so may be behind it.
    is_standby: AtomicBool,
    shared: Arc<Shared>,
}

type Connection = PooledConnection<Manager>;

impl Db {
    /// Sets the pool up. It connects in the background: a database that is down shows in the first
    /// use case, not here.
    pub fn connect(options: &DbOptions) -> Result<Self, StorageError> {
        // r2d2 panics on these.
        if options.pool_size == 0 || options.min_idle.is_some_and(|idle| idle > options.pool_size) {
            return Err(StorageError::Other("the pool's size is not possible".to_owned()));
        }
        let shared = Arc::new(Shared::default());
        let pool = Pool::builder()
            .max_size(options.pool_size)
            .min_idle(options.min_idle)
            .connection_timeout(options.connect_timeout.max(Duration::from_millis(1)))
            .test_on_check_out(false)
            .error_handler(Box::new(Complaints(Arc::clone(&shared))))
            .build_unchecked(Manager::new(options, Arc::clone(&shared)));
        let inner = Arc::new(Inner {
            pool,
            admission: Admission::new(options.pool_size),
            acquire_timeout: options.acquire_timeout,
            late: Arc::default(),
            is_standby: AtomicBool::new(false),
            shared,
        });
        Ok(Self { inner, waits: Waits::Request })
    }

    /// The same database for what is done while nobody waits, in bigger pieces than a request's.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), waits: Waits::Job }
    }

    /// The same database for a quick look at it, which even a standby grants.
    #[must_use]
    pub fn for_looking(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), waits: Waits::Look }
    }

    /// Notes what a look has shown. What a standby says may be long revoked, so as long as it is one
    /// nothing is asked of it. (libpq turns one down by itself, but a pooler may lead from the one to
    /// the other.)
    pub fn seen(&self, role: Role) {
        self.inner.is_standby.store(role == Role::Standby, Ordering::Relaxed);
    }

    /// Runs a use case that only reads: each statement stands alone, and writes are refused.
    pub async fn read<T, R>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>> + Send + 'static,
    ) -> Result<Result<T, R>, StorageError>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let span = tracing::trace_span!(target: WORK, "database", access = "read");
        self.admitted(|inner, turn| inner.read(turn, f)).instrument(span).await
    }

    /// Runs a use case in one transaction. A refusal commits what was written; a failure rolls back.
    pub async fn write<T, R>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>> + Send + 'static,
    ) -> Result<Result<T, R>, StorageError>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let set_up = (self.waits == Waits::Job).then_some(JOB_STATEMENT);
        let span = tracing::trace_span!(target: WORK, "database", access = "write");
        self.admitted(move |inner, turn| inner.write(turn, set_up, f)).instrument(span).await
    }

    /// [`Db::read`] for a use case that cannot be refused.
    pub async fn load<T>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError>
    where
        T: Send + 'static,
    {
        match self.read::<T, Infallible>(|tx| Ok(f(tx)?)).await? {
            Ok(loaded) => Ok(loaded),
            Err(never) => match never {},
        }
    }

    /// [`Db::read`] on the calling thread, for commands.
    pub fn read_blocking<T, R>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>>,
    ) -> Result<Result<T, R>, StorageError> {
        self.inner.read(&self.inner.turn(None), f)
    }

    /// [`Db::write`] on the calling thread, for commands.
    pub fn write_blocking<T, R>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>>,
    ) -> Result<Result<T, R>, StorageError> {
        self.inner.write(&self.inner.turn(None), None, f)
    }

    /// How many statements were sent so far, without those that begin and end transactions or set a
    /// connection up.
    pub fn statements(&self) -> u64 {
        self.inner.shared.statements.load(Ordering::Relaxed)
    }

    /// How many statements were prepared so far to be used again, for tests that count them.
    pub fn prepared(&self) -> u64 {
        self.inner.shared.prepared.load(Ordering::Relaxed)
    }

    /// How many transactions were begun so far, for tests that count them.
    pub fn transactions(&self) -> u64 {
        self.inner.shared.transactions.load(Ordering::Relaxed)
    }

    /// How far the database's clock is ahead of `env`'s.
    pub async fn clock_offset(&self, env: &Env) -> Result<TimeDelta, StorageError> {
        let env = env.clone();
        self.load(move |tx| clock_offset(tx, &env)).await
    }

    /// Waits for a permit, then runs `work` on the blocking pool. The permit goes with the work, so
    /// that neither a client who hangs up nor one who is told that it took too long lets the next one
    /// in early: however long a server hangs, it holds no more threads than there are connections.
    async fn admitted<O: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &Turn) -> Result<O, StorageError> + Send + 'static,
    ) -> Result<O, StorageError> {
        let began = Instant::now();
        let outcome = self.within(self.waits.patience(), work).await;
        patience::waited_since(began);
        outcome
    }

    async fn within<O: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Inner, &Turn) -> Result<O, StorageError> + Send + 'static,
    ) -> Result<O, StorageError> {
        let inner = Arc::clone(&self.inner);
        let give_up = Instant::now() + patience;
        if inner.hangs() {
            return Err(StorageError::Unavailable("it does not answer".to_owned()));
        }
        if self.waits != Waits::Look && inner.is_standby.load(Ordering::Relaxed) {
            return Err(StorageError::ReadOnly);
        }
        let turn = Arc::new(inner.turn(Some(give_up)));
        let permit = inner.admission.enter(inner.acquire_timeout.min(patience)).await?;
        let at_work = Arc::clone(&turn);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&inner, &at_work)
        });
        let Ok(ended) = tokio::time::timeout_at(give_up.into(), task).await else {
            turn.give_up();
            return Err(StorageError::Timeout);
        };
        ended.unwrap_or_else(|_| Err(StorageError::Other("the use case panicked".to_owned())))
    }
}

impl Inner {
    /// A turn that begins now.
    fn turn(&self, commit_by: Option<Instant>) -> Turn {
        Turn::new(Instant::now() + self.acquire_timeout, commit_by, &self.late)
    }

    /// Whether every connection is at work for somebody who has given up: the server does not answer,
    /// so nobody needs to wait until that is certain once more.
    fn hangs(&self) -> bool {
        let connections = isize::try_from(self.pool.max_size()).unwrap_or(isize::MAX);
        self.late.count() >= connections
    }

    fn read<T, R>(
        &self,
        turn: &Turn,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>>,
    ) -> Result<Result<T, R>, StorageError> {
        let mut connection = self.checkout(turn.connect_by)?;
        let outcome = settle(f(&mut Tx::autocommit(&mut connection.pg)));
        connection.used(outcome.as_ref().err());
        outcome
    }

    fn write<T, R>(
        &self,
        turn: &Turn,
        statement_timeout: Option<Duration>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>>,
    ) -> Result<Result<T, R>, StorageError> {
        let mut connection = self.begin(turn.connect_by)?;
        if let Some(limit) = statement_timeout {
            connection.allow_statements(limit)?;
        }
        connection.take_failed();
        let mut outcome = settle(f(&mut Tx::in_transaction(&mut connection.pg)));
        if outcome.is_ok() && connection.take_failed() {
            // Postgres answers the COMMIT of a failed transaction with a quiet ROLLBACK.
            outcome = Err(StorageError::Other("a failed statement was passed over".to_owned()));
        }
        // What nobody was told of is as if it had not been. The traces of a refusal stay: they let
        // nobody in.
        if matches!(outcome, Ok(Ok(_))) && !turn.may_commit() {
            outcome = Err(StorageError::Timeout);
        }
        let outcome = match outcome {
            Ok(answer) => AnsiTransactionManager::commit_transaction(&mut connection.pg)
                .map(|()| answer)
                .map_err(StorageError::from),
            Err(failure) => {
                // A rollback that fails leaves the manager broken, and the pool drops the connection.
                let _ = AnsiTransactionManager::rollback_transaction(&mut connection.pg);
                Err(failure)
            }
        };
        connection.used(outcome.as_ref().err());
        outcome
    }

    /// A connection in a transaction. One that turns out dead at BEGIN is replaced: nothing was
    /// done on it yet.
    fn begin(&self, deadline: Instant) -> Result<Connection, StorageError> {
        let mut failure = StorageError::Busy;
        for _ in 0..=self.pool.max_size() {
            let mut connection = self.checkout(deadline)?;
            match AnsiTransactionManager::begin_transaction(&mut connection.pg) {
                Ok(()) => return Ok(connection),
                Err(error) => failure = error.into(),
            }
            connection.used(Some(&failure));
            if !failure.is_lost_connection() {
                break;
            }
        }
        Err(failure)
    }

    /// A usable connection; dead ones are dropped on the way.
    fn checkout(&self, deadline: Instant) -> Result<Connection, StorageError> {
        loop {
            let wait = deadline.saturating_duration_since(Instant::now());
            let mut connection = self.pool.get_timeout(wait).map_err(|_| self.unreachable())?;
            if connection.is_usable() {
                return Ok(connection);
            }
        }
    }

    fn unreachable(&self) -> StorageError {
        if self.pool.state().connections >= self.pool.max_size() {
            return StorageError::Busy;
        }
        let reason = self.shared.last_failure();
        StorageError::Unavailable(reason.unwrap_or_else(|| "it did not answer in time".to_owned()))
    }
}

/// How far the database's clock is ahead of `env`'s.
pub fn clock_offset(tx: &mut Tx<'_>, env: &Env) -> Result<TimeDelta, StorageError> {
    let asked = env.now();
    let theirs: DateTime<Utc> =
        diesel::select(clock_timestamp()).get_result(tx.handle().reading())?;
    // The answer was true about half of the round trip ago.
    Ok(theirs - (asked + (env.now() - asked) / 2))
}

/// Parts what commits from what rolls back.
fn settle<T, R>(outcome: Result<T, Stop<R>>) -> Result<Result<T, R>, StorageError> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

//! The schema's versions. `migrations/README.md` has the rules for a new one.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_migrations::MigrationHarness as _;

use super::error::StorageError;
use super::pool::with_timeouts;
use super::steps::{STEPS, Step};
use super::tx::{Stop, Tx};
use crate::kernel::secret::Secret;

pub use super::steps::digest;

/// The key of the advisory lock under which migrations run: "latchkey" in ASCII.
const LOCK: i64 = 0x6c61_7463_686b_6579;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long another node's migrations are waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a migration may wait for a table, in milliseconds, while others queue behind it. Then it
/// lets them pass and tries again. It keeps the tables that it has while it waits for the next one, so
/// all its waits together must stay below a second.
const LOCK_TIMEOUT: u32 = 240;
const LOCK_ATTEMPTS: u32 = 170;
const PAUSE: Duration = Duration::from_millis(200);

/// The database's schema is not the one that this program was made for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaMismatch {
    /// Migrations are still to be run.
    #[error("the database lacks migrations: {}", missing.join(", "))]
    Older {
        /// Names of the migrations, oldest first.
        missing: Vec<String>,
    },
    /// A newer release has migrated it.
    #[error("a newer release has migrated the database: {}", unknown.join(", "))]
    Newer {
        /// Versions that this program does not know, oldest first.
        unknown: Vec<String>,
    },
}

/// Runs the migrations that are missing and returns their names. Several nodes may call it at once:
/// one works, the others wait and find nothing left to do. The address must lead past a pooler.
pub fn run(url: &Secret<String>) -> Result<Vec<String>, StorageError> {
    let mut guard = connect(url)?;
    wait_for_turn(&mut guard)?;
    let mut worker = connect(url)?;
    worker.batch_execute("SET statement_timeout = 0")?;
    let applied = worker.applied_migrations().map_err(from_migrating)?;
    let applied: BTreeSet<String> = applied.iter().map(ToString::to_string).collect();
    let mut names = Vec::new();
    for step in STEPS.iter().filter(|step| !applied.contains(&step.version())) {
        run_one(&mut worker, step)?;
        names.push(step.name.to_owned());
    }
    AnsiTransactionManager::commit_transaction(&mut guard)?;
    Ok(names)
}

/// Takes the lock in a transaction of its own, because some migrations run outside one. It asks
/// again and again instead of waiting in Postgres: a statement that waits holds a snapshot, which
/// `CREATE INDEX CONCURRENTLY` in the other node would wait for in turn.
fn wait_for_turn(guard: &mut PgConnection) -> Result<(), StorageError> {
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = Bool)]
        taken: bool,
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        AnsiTransactionManager::begin_transaction(guard)?;
        guard.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
        let turn: Turn = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS taken")
            .bind::<BigInt, _>(LOCK)
            .get_result(guard)?;
        if turn.taken {
            // The answer's portal stays open, with its snapshot, until the next statement: the first
            // `CREATE INDEX CONCURRENTLY` would wait for it for ever.
            guard.batch_execute("SELECT 1")?;
            return Ok(());
        }
        AnsiTransactionManager::rollback_transaction(guard)?;
        if Instant::now() > deadline {
            return Err(StorageError::Timeout);
        }
        thread::sleep(PAUSE);
    }
}

fn run_one(worker: &mut PgConnection, step: &'static Step) -> Result<(), StorageError> {
    // What runs outside a transaction has nothing to roll back to, so it is not interrupted.
    let (lock_timeout, attempts) =
        if step.in_transaction { (LOCK_TIMEOUT, LOCK_ATTEMPTS) } else { (0, 1) };
    worker.batch_execute(&format!("SET lock_timeout = {lock_timeout}"))?;
    let mut attempt = 1;
    loop {
        match worker.run_migration(&step).map_err(from_migrating) {
            Err(StorageError::Timeout) if attempt < attempts => attempt += 1,
            outcome => return outcome.map(|_| ()),
        }
        thread::sleep(PAUSE);
    }
}

fn connect(url: &Secret<String>) -> Result<PgConnection, StorageError> {
    PgConnection::establish(&with_timeouts(url.expose(), CONNECT_TIMEOUT))
        .map_err(|error| StorageError::from_connecting(&error.to_string()))
}

fn from_migrating(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => (*error).into(),
        Err(_) => StorageError::Other("a migration failed".to_owned()),
    }
}

/// Compares the database's schema with this program's.
pub fn check(tx: &mut Tx<'_>) -> Result<(), Stop<SchemaMismatch>> {
    let applied = applied(tx.handle().reading()).map_err(StorageError::from)?;
    let known: Vec<String> = STEPS.iter().map(Step::version).collect();
    let unknown: Vec<String> =
        applied.iter().filter(|version| !known.contains(version)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Stop::Refused(SchemaMismatch::Newer { unknown }));
    }
    let missing: Vec<String> = STEPS
        .iter()
        .filter(|step| !applied.contains(&step.version()))
        .map(|step| step.name.to_owned())
        .collect();
    if !missing.is_empty() {
        return Err(Stop::Refused(SchemaMismatch::Older { missing }));
    }
    Ok(())
}

/// The versions in the database; none in an empty one. (diesel's own question would create the
/// table, which a standby cannot.)
fn applied(pg: &mut PgConnection) -> QueryResult<BTreeSet<String>> {
    #[derive(QueryableByName)]
    struct Exists {
        #[diesel(sql_type = Bool)]
        exists: bool,
    }
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let table: Exists =
        diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS exists")
            .get_result(pg)?;
    if !table.exists {
        return Ok(BTreeSet::new());
    }
    let versions: Vec<Version> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(pg)?;
    Ok(versions.into_iter().map(|row| row.version).collect())
}

#[cfg(test)]
mod tests;

//! Connections: how one is made, when it is given up, and how its statements are counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::{
    CacheSize, Connection as _, Instrumentation, InstrumentationEvent, SimpleConnection as _,
};
use diesel::pg::PgConnection;
use diesel::r2d2::{HandleError, ManageConnection, R2D2Connection as _};

use super::db::DbOptions;
use super::error::StorageError;
use crate::kernel::secret::Secret;

/// A connection that rested for longer is asked for a sign of life before it is used: a firewall or
/// a restarted server may have dropped it.
const RESTED: Duration = Duration::from_secs(10);

/// What all connections share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Statements sent so far.
    pub(super) statements: AtomicU64,
    /// Statements prepared so far, to be used again.
    pub(super) prepared: AtomicU64,
    /// Transactions begun so far.
    pub(super) transactions: AtomicU64,
    /// Rises whenever a connection turned out dead: the others are then asked for a sign of life.
    losses: AtomicU64,
    /// Why the latest attempt to connect failed.
    last_failure: Mutex<Option<String>>,
}

impl Shared {
    /// Why no connection can be made at present.
    pub(super) fn last_failure(&self) -> Option<String> {
        self.last_failure.lock().ok()?.clone()
    }

    fn note_failure(&self, reason: Option<String>) {
        if let Ok(mut last) = self.last_failure.lock() {
            *last = reason;
        }
    }
}

/// Makes connections.
pub(super) struct Manager {
    url: Secret<String>,
    set_up: String,
    named_statements: bool,
    shared: Arc<Shared>,
}

/// What a connection and the counter of its statements tell each other.
#[derive(Debug, Default)]
struct Watch {
    /// What is sent now is no statement of a use case.
    quiet: AtomicBool,
    /// A statement has failed.
    failed: AtomicBool,
}

/// A connection of the pool.
pub(super) struct Pooled {
    pub(super) pg: PgConnection,
    watch: Arc<Watch>,
    shared: Arc<Shared>,
    known_losses: u64,
    used_at: Instant,
    lost: bool,
}

impl Manager {
    pub(super) fn new(options: &DbOptions, shared: Arc<Shared>) -> Self {
        let limit = options.statement_timeout.as_millis();
        Self {
            url: Secret::new(with_timeouts(options.url.expose(), options.connect_timeout)),
            // Behind a pooler in transaction mode these reach only some transactions; there, set
            // them on the role (ALTER ROLE … SET), where they hold for every one.
            set_up: format!(
                "SET statement_timeout = {limit}; SET lock_timeout = {limit}; \
                 SET idle_in_transaction_session_timeout = {}; \
                 SET default_transaction_isolation = 'read committed'",
                limit.saturating_mul(2),
            ),
            named_statements: options.named_statements,
            shared,
        }
    }
}

/// Adds libpq's own timeouts, unless the address sets them: without these a host that is gone
/// without a word would be waited for for minutes.
pub(super) fn with_timeouts(url: &str, connect_timeout: Duration) -> String {
    let connect = connect_timeout.as_secs().max(2).to_string();
    let mut address = url.to_owned();
    for (name, value) in [
        ("connect_timeout", connect.as_str()),
        ("tcp_user_timeout", "5000"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "2"),
        ("keepalives_count", "3"),
        // A standby is behind, and would honour what is revoked.
        ("target_session_attrs", "primary"),
        ("fallback_application_name", "latchkey"),
    ] {
        if url.contains(name) {
            continue;
        }
        let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let separator = match (is_url, address.contains('?')) {
            (true, true) => "&",
            (true, false) => "?",
            (false, _) => " ",
        };
        address.push_str(separator);
        address.push_str(name);
        address.push('=');
        address.push_str(value);
    }
    address
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = StorageError;

    fn connect(&self) -> Result<Pooled, StorageError> {
        let mut pg = PgConnection::establish(self.url.expose())
            .map_err(|error| StorageError::from_connecting(&error.to_string()))?;
        pg.batch_execute(&self.set_up)?;
        if !self.named_statements {
            pg.set_prepared_statement_cache_size(CacheSize::Disabled);
        }
        self.shared.note_failure(None);
        let watch = Arc::new(Watch::default());
        pg.set_instrumentation(Counter {
            shared: self.shared.clone(),
            watch: watch.clone(),
            is_boundary: false,
        });
        Ok(Pooled {
            pg,
            watch,
            known_losses: self.shared.losses.load(Ordering::Relaxed),
            shared: self.shared.clone(),
            used_at: Instant::now(),
            lost: false,
        })
    }

    fn is_valid(&self, connection: &mut Pooled) -> Result<(), StorageError> {
        if connection.answers() {
            Ok(())
        } else {
            Err(StorageError::Unavailable("it closed the connection".to_owned()))
        }
    }

    fn has_broken(&self, connection: &mut Pooled) -> bool {
        // A panic leaves its transaction open.
        connection.lost || std::thread::panicking() || connection.pg.is_broken()
    }
}

impl Pooled {
    /// Whether it can be used: it was used a moment ago, or gives a sign of life.
    pub(super) fn is_usable(&mut self) -> bool {
        let losses = self.shared.losses.load(Ordering::Relaxed);
        if self.known_losses == losses && self.used_at.elapsed() < RESTED {
            return true;
        }
        self.known_losses = losses;
        self.answers()
    }

    fn answers(&mut self) -> bool {
        self.watch.quiet.store(true, Ordering::Relaxed);
        self.lost |= self.pg.ping().is_err();
        self.watch.quiet.store(false, Ordering::Relaxed);
        !self.lost
    }

    /// Lets the statements of this transaction run for longer than others.
    pub(super) fn allow_statements(&mut self, limit: Duration) -> Result<(), StorageError> {
        let set = format!("SET LOCAL statement_timeout = {}", limit.as_millis());
        self.watch.quiet.store(true, Ordering::Relaxed);
        let done = self.pg.batch_execute(&set);
        self.watch.quiet.store(false, Ordering::Relaxed);
        Ok(done?)
    }

    /// Whether a statement has failed since the last time this was asked.
    pub(super) fn take_failed(&self) -> bool {
        self.watch.failed.swap(false, Ordering::Relaxed)
    }

    /// Notes how its use ended.
    pub(super) fn used(&mut self, failure: Option<&StorageError>) {
        self.used_at = Instant::now();
        if failure.is_some_and(StorageError::is_lost_connection) {
            self.lost = true;
            self.shared.losses.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts the statements of one connection.
struct Counter {
    shared: Arc<Shared>,
    watch: Arc<Watch>,
    is_boundary: bool,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // Each of these is followed by its own statement, which is left out.
            InstrumentationEvent::BeginTransaction { .. } => {
                self.shared.transactions.fetch_add(1, Ordering::Relaxed);
                self.is_boundary = true;
            }
            InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.is_boundary = true,
            InstrumentationEvent::StartQuery { .. } => {
                if !self.is_boundary && !self.watch.quiet.load(Ordering::Relaxed) {
                    self.shared.statements.fetch_add(1, Ordering::Relaxed);
                }
                self.is_boundary = false;
            }
            InstrumentationEvent::CacheQuery { .. } => {
                self.shared.prepared.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::FinishQuery { error: Some(_), .. } => {
                self.watch.failed.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// Logs why connections cannot be made, once per reason, for the pool tries again and again.
#[derive(Debug)]
pub(super) struct Complaints(pub(super) Arc<Shared>);

impl HandleError<StorageError> for Complaints {
    fn handle_error(&self, error: StorageError) {
        let reason = match error {
            StorageError::Unavailable(reason) => reason,
            other => other.to_string(),
        };
        if self.0.last_failure().as_ref() != Some(&reason) {
            tracing::warn!(reason, "no connection to the database");
            self.0.note_failure(Some(reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_added_to_an_address() {
        let added = |url| with_timeouts(url, Duration::from_secs(5));
        assert!(added("postgres://h/d").starts_with("postgres://h/d?connect_timeout=5&"));
        assert!(added("postgres://h/d?sslmode=require").contains("=require&connect_timeout=5&"));
        assert!(added("host=h dbname=d").starts_with("host=h dbname=d connect_timeout=5 "));
        let own = added("postgres://h/d?connect_timeout=9");
        assert_eq!(own.matches("connect_timeout").count(), 1);
    }
}

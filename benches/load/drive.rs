//! Sends requests: as many as the server takes, or at a steady rate.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::Connection;

/// One operation of one client: requests, and the checks of their answers.
pub type Turn<'a> = Box<dyn FnMut(&mut Connection) -> Outcome<Done> + Send + 'a>;

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// As it should.
    Once,
    /// There is nothing more to do it with.
    Exhausted,
}

/// Before the clock starts: connections are made, statements prepared.
const WARM_UP: Duration = Duration::from_millis(700);

/// Clients at work.
struct Clients {
    stop: AtomicBool,
    exhausted: AtomicBool,
    count: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Clients {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            exhausted: AtomicBool::new(false),
            count: AtomicU64::new(0),
            failure: Mutex::default(),
        }
    }

    /// Takes a turn. False: the client is to stop.
    fn turn(&self, turn: &mut Turn<'_>, connection: &mut Connection) -> bool {
        match turn(connection) {
            Ok(Done::Once) => {
                self.count.fetch_add(1, Ordering::Relaxed);
                !self.stop.load(Ordering::Relaxed)
            }
            Ok(Done::Exhausted) => {
                self.exhausted.store(true, Ordering::Relaxed);
                false
            }
            Err(error) => {
                self.fail(&error.to_string());
                false
            }
        }
    }

    fn fail(&self, reason: &str) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert_with(|| reason.to_owned());
        self.exhausted.store(true, Ordering::Relaxed);
    }

    /// Waits for the end of the measurement. False: it came early, because there is nothing left.
    fn wait(&self, duration: Duration) -> bool {
        let deadline = Instant::now() + duration;
        while Instant::now() < deadline {
            if self.exhausted.load(Ordering::Relaxed) {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    fn outcome(self) -> Outcome<()> {
        let failure = self.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), |reason| Err(reason.into()))
    }
}

/// How much was done in which time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Throughput {
    /// Operations.
    pub count: u64,
    /// On the wall.
    pub seconds: f64,
    /// What `meter` measured over the same time.
    pub cost: Cost,
}

impl AddAssign for Throughput {
    fn add_assign(&mut self, more: Self) {
        self.count += more.count;
        self.cost.server += more.cost.server;
        let is_first = self.seconds == 0.0;
        let postgres = self.cost.postgres.zip(more.cost.postgres).map(|(sum, more)| sum + more);
        self.cost.postgres = if is_first { more.cost.postgres } else { postgres };
        self.seconds += more.seconds;
    }
}

/// Seconds of processor time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Of the server.
    pub server: f64,
    /// Of Postgres, where it is ours to look at.
    pub postgres: Option<f64>,
}

impl Cost {
    fn since(self, before: Self) -> Self {
        let postgres = self.postgres.zip(before.postgres).map(|(now, before)| now - before);
        Self { server: self.server - before.server, postgres }
    }
}

/// As many operations as `clients` of them get through, each on a connection of its own.
pub fn saturate<'a>(
    port: u16,
    clients: usize,
    duration: Duration,
    meter: impl Fn() -> Outcome<Cost>,
    turn_of: impl Fn(usize) -> Turn<'a>,
) -> Outcome<Throughput> {
    let shared = Clients::new();
    let measured = thread::scope(|scope| {
        for client in 0..clients {
            let mut turn = turn_of(client);
            let shared = &shared;
            scope.spawn(move || match Connection::open(port) {
                Ok(mut connection) => while shared.turn(&mut turn, &mut connection) {},
                Err(error) => shared.fail(&error.to_string()),
            });
        }
        shared.wait(WARM_UP);
        let (before, began) = (meter()?, Instant::now());
        let count = shared.count.load(Ordering::Relaxed);
        shared.wait(duration);
        let (count, seconds) =
            (shared.count.load(Ordering::Relaxed) - count, began.elapsed().as_secs_f64());
        let cost = meter()?.since(before);
        shared.stop.store(true, Ordering::Relaxed);
        Ok(Throughput { count, seconds, cost })
    });
    shared.outcome()?;
    measured
}

/// The latencies of operations that begin at a steady `rate` per second.
///
/// An operation that had to wait for the one before it on its connection is counted from the moment
/// at which it should have begun.
pub fn steady<'a>(
    port: u16,
    clients: usize,
    rate: f64,
    duration: Duration,
    turn_of: impl Fn(usize) -> Turn<'a>,
) -> Outcome<Latencies> {
    let shared = Clients::new();
    let latencies = Mutex::new(Vec::new());
    let interval = Duration::from_secs_f64(clients as f64 / rate.max(1.0));
    thread::scope(|scope| {
        let began = Instant::now();
        for client in 0..clients {
            let mut turn = turn_of(client);
            let (shared, latencies) = (&shared, &latencies);
            let first = began + interval.mul_f64(client as f64 / clients as f64);
            scope.spawn(move || match Connection::open(port) {
                Ok(mut connection) => {
                    let mine = paced(shared, &mut turn, &mut connection, first, interval);
                    latencies.lock().unwrap_or_else(PoisonError::into_inner).extend(mine);
                }
                Err(error) => shared.fail(&error.to_string()),
            });
        }
        shared.wait(duration);
        shared.stop.store(true, Ordering::Relaxed);
    });
    shared.outcome()?;
    let mut all = Latencies::default();
    all.add(Latencies(latencies.into_inner().unwrap_or_else(PoisonError::into_inner)));
    Ok(all)
}

fn paced(
    shared: &Clients,
    turn: &mut Turn<'_>,
    connection: &mut Connection,
    first: Instant,
    interval: Duration,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    let mut next = first;
    loop {
        let wait = next.saturating_duration_since(Instant::now());
        let due = if wait.is_zero() {
            next
        } else {
            thread::sleep(wait);
            // Being woken late is no fault of the server's.
            Instant::now()
        };
        let goes_on = shared.turn(turn, connection);
        latencies.push(due.elapsed());
        if !goes_on {
            return latencies;
        }
        next += interval;
    }
}

/// Latencies, sorted.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Adds those of another measurement.
    pub fn add(&mut self, more: Self) {
        self.0.extend(more.0);
        self.0.sort_unstable();
    }

    /// The latency that this share of the operations did not exceed, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (last as f64 * share).round() as usize;
        self.0.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }
}

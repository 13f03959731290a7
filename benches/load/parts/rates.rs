//! Requests per CPU-second of the server, and their latency at half load.

use std::time::Duration;

use super::note;
use crate::Outcome;
use crate::drive::{Throughput, Turn, saturate, steady};
use crate::installation::{Installation, Server};
use crate::operations::{Mark, Operation};
use crate::options::Options;
use crate::process::cores;
use crate::report::Rate;
use crate::world::World;
use crate::yardstick::{Yardstick, Yardsticks};

/// An operation and its yardstick take turns: what else the machine does happens to both.
const ROUNDS: u32 = 4;
/// How long the yardstick's turns are, one more than the operation's.
const YARDSTICK: Duration = Duration::from_millis(800);
/// More code exchanges than a core does in a second, Postgres and the client beside it, to prepare enough.
const BUSY: usize = 600;
/// The same for those that hash a password.
const BUSY_HASHING: usize = 150;

/// All operations, each between two measurements of its yardstick.
pub fn measure(world: &World, yardsticks: &Yardsticks, options: &Options) -> Outcome<Vec<Rate>> {
    Operation::ALL
        .into_iter()
        .filter(|operation| options.wants_operation(operation.name()))
        .map(|operation| {
            let measured = Measured {
                name: operation.name(),
                mark: operation.mark(),
                enough: enough(operation, options.seconds),
                prepare: &|count| operation.prepare(world, count),
                turn: &|client| operation.turn(world, client),
            };
            measured.rate(world.installation, world.server, yardsticks, options)
        })
        .collect()
}

/// How many operations to prepare for a measurement; each turn takes some time before it counts.
pub fn enough(operation: Operation, seconds: u64) -> usize {
    let busy = if operation.hashes() { BUSY_HASHING } else { BUSY };
    usize::try_from(seconds + u64::from(ROUNDS))
        .map_or(usize::MAX, |seconds| seconds * busy * cores())
}

/// Something that is done again and again.
pub struct Measured<'a> {
    /// Its name in the table.
    pub name: &'static str,
    /// What it is compared with.
    pub mark: Mark,
    /// How many of it are prepared for a measurement.
    pub enough: usize,
    /// Prepares what so many of it need.
    pub prepare: &'a dyn Fn(usize) -> Outcome<()>,
    /// What one of several clients does.
    pub turn: &'a dyn Fn(usize) -> Turn<'a>,
}

impl Measured<'_> {
    /// Measures it between measurements of its yardstick, and its latency.
    pub fn rate(
        &self,
        installation: &Installation,
        server: &Server,
        yardsticks: &Yardsticks,
        options: &Options,
    ) -> Outcome<Rate> {
        note(self.name);
        let mark = self.mark;
        (self.prepare)(self.enough)?;
        let mut yardstick = yardsticks.measure(mark.yardstick, YARDSTICK)?;
        let mut done = Throughput::default();
        for _ in 0..ROUNDS {
            done += saturate(
                server.port,
                options.connections(),
                options.duration() / ROUNDS,
                || installation.cost(server),
                self.turn,
            )?;
            yardstick += yardsticks.measure(mark.yardstick, YARDSTICK)?;
        }
        yardstick /= f64::from(ROUNDS + 1) * mark.each;
        if done.seconds < 0.9 * options.duration().as_secs_f64() {
            return Err(format!("{}: it ran out of what it needs", self.name).into());
        }
        let count = done.count.max(1) as f64;
        let per_second = count / done.seconds;
        (self.prepare)(self.enough / 2)?;
        let (clients, half) = (options.connections(), per_second / 2.0);
        let latencies = steady(server.port, clients, half, options.duration(), self.turn)?;
        let per_cpu_second = count / done.cost.server.max(0.01);
        let rate = Rate {
            name: self.name,
            per_cpu_second,
            server_us: done.cost.server * 1e6 / count,
            postgres_us: done.cost.postgres.map(|seconds| seconds * 1e6 / count),
            yardstick,
            yardstick_name: name(mark.yardstick, mark.each),
            ratio: per_cpu_second / yardstick,
            mark: mark.at_least,
            per_second,
            p50_ms: latencies.quantile(0.5),
            p99_ms: latencies.quantile(0.99),
        };
        note(&format!("  {:.0} µs of the server's, ratio {:.2}", rate.server_us, rate.ratio));
        Ok(rate)
    }
}

fn name(yardstick: Yardstick, each: f64) -> &'static str {
    match yardstick {
        Yardstick::Argon2 => "argon2id",
        Yardstick::Signature if each > 1.0 => "times three RS256",
        Yardstick::Signature => "RS256",
        Yardstick::Verification => "ES256 checked",
    }
}

//! Requests per CPU-second of the server, and their latency at half load.

use std::time::Duration;

use super::note;
use crate::Outcome;
use crate::drive::{Throughput, saturate, steady};
use crate::operations::Operation;
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
            note(operation.name());
            let rate = rate(operation, world, yardsticks, options)?;
            note(&format!("  {:.0} µs of the server's, ratio {:.2}", rate.server_us, rate.ratio));
            Ok(rate)
        })
        .collect()
}

/// How many operations to prepare for a measurement; each turn takes some time before it counts.
pub fn enough(operation: Operation, seconds: u64) -> usize {
    let busy = if operation.hashes() { BUSY_HASHING } else { BUSY };
    usize::try_from(seconds + u64::from(ROUNDS))
        .map_or(usize::MAX, |seconds| seconds * busy * cores())
}

fn rate(
    operation: Operation,
    world: &World,
    yardsticks: &Yardsticks,
    options: &Options,
) -> Outcome<Rate> {
    let (installation, server) = (world.installation, world.server);
    let mark = operation.mark();
    operation.prepare(world, enough(operation, options.seconds))?;
    let mut yardstick = yardsticks.measure(mark.yardstick, YARDSTICK)?;
    let mut done = Throughput::default();
    for _ in 0..ROUNDS {
        done += saturate(
            server.port,
            options.connections(),
            options.duration() / ROUNDS,
            || installation.cost(server),
            |client| operation.turn(world, client),
        )?;
        yardstick += yardsticks.measure(mark.yardstick, YARDSTICK)?;
    }
    yardstick /= f64::from(ROUNDS + 1) * mark.each;
    if done.seconds < 0.9 * options.duration().as_secs_f64() {
        return Err(format!("{}: it ran out of what it needs", operation.name()).into());
    }
    let count = done.count.max(1) as f64;
    let per_second = count / done.seconds;
    operation.prepare(world, enough(operation, options.seconds) / 2)?;
    let latencies = steady(
        server.port,
        options.connections(),
        per_second / 2.0,
        options.duration(),
        |client| operation.turn(world, client),
    )?;
    let per_cpu_second = count / done.cost.server.max(0.01);
    Ok(Rate {
        name: operation.name(),
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
    })
}

fn name(yardstick: Yardstick, each: f64) -> &'static str {
    match yardstick {
        Yardstick::Argon2 => "argon2id",
        Yardstick::Signature if each > 1.0 => "times three RS256",
        Yardstick::Signature => "RS256",
    }
}

//! The latency in a small database and in a large one.

use super::note;
use super::rates::enough;
use crate::Outcome;
use crate::drive::steady;
use crate::fill::{self, Size};
use crate::operations::Operation;
use crate::options::{Options, Part};
use crate::report::Growth;
use crate::world::{Registered, World};

/// Bytes of a person with everything that belongs to them, and of a refresh token, indexes included.
const PERSON: u64 = 3000;
const REFRESH_TOKEN: u64 = 420;
/// Measurements whose median counts.
const ROUNDS: usize = 3;
/// Operations per second: far from what the server takes, the same in both databases.
const RATE: f64 = 150.0;
/// The same for those that hash a password.
const RATE_HASHING: f64 = 15.0;

/// The room that the large database takes.
pub fn room(options: &Options) -> u64 {
    if options.wants(Part::Growth) {
        options.people * PERSON + options.refresh_tokens * REFRESH_TOKEN + (1 << 30)
    } else {
        0
    }
}

/// Each operation's p99 before and after the database is filled.
pub fn measure(
    world: World,
    registered: &Registered,
    options: &Options,
) -> Outcome<(String, Vec<Growth>)> {
    note("latencies in the small database");
    let small = latencies(&world, options)?;
    let size = Size { people: options.people, refresh_tokens: options.refresh_tokens };
    note(&format!("filling it: {} people, {} refresh tokens", size.people, size.refresh_tokens));
    let World { installation, server, app, .. } = world;
    let took = fill::fill(installation.database, &app.id, size)?;
    let registered = registered.with_people(fill::emails(size));
    let world = World::new(installation, server, &registered)?;
    note("latencies in the large database");
    let large = latencies(&world, options)?;
    let growth = small.into_iter().zip(large).map(|((name, small), (_, large))| Growth {
        name,
        small_p99_ms: small,
        large_p99_ms: large,
    });
    let about = format!(
        "{} people, {} refresh tokens, filled in {:.0} s",
        size.people,
        size.refresh_tokens,
        took.as_secs_f64()
    );
    Ok((about, growth.collect()))
}

fn latencies(world: &World, options: &Options) -> Outcome<Vec<(&'static str, f64)>> {
    Operation::ALL
        .into_iter()
        .filter(|operation| options.wants_operation(operation.name()))
        .map(|operation| Ok((operation.name(), p99(operation, world, options)?)))
        .collect()
}

fn p99(operation: Operation, world: &World, options: &Options) -> Outcome<f64> {
    let rate = if operation.hashes() { RATE_HASHING } else { RATE };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        operation.prepare(world, enough(operation, options.seconds) / 2)?;
        let (port, clients) = (world.server.port, options.connections());
        let turn = |client| operation.turn(world, client);
        let latencies = steady(port, clients, rate, options.duration(), turn)?;
        rounds.push(latencies.quantile(0.99));
    }
    rounds.sort_unstable_by(f64::total_cmp);
    Ok(rounds[rounds.len() / 2])
}

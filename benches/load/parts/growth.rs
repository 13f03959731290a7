//! The latency in a small database and in a large one.

use super::note;
use crate::Outcome;
use crate::database::Database;
use crate::drive::{Latencies, steady};
use crate::fill::{self, Size};
use crate::installation::Installation;
use crate::operations::Operation;
use crate::options::Options;
use crate::report::Growth;
use crate::world::{Registered, World};

/// Bytes of a person with everything that belongs to them, and of a refresh token, indexes included.
const PERSON: u64 = 3000;
const REFRESH_TOKEN: u64 = 420;
/// Turns of each operation in each database.
const ROUNDS: usize = 7;
/// Operations per second: far from what the server takes, the same in both databases.
const RATE: f64 = 150.0;
/// The same for those that hash a password.
const RATE_HASHING: f64 = 15.0;

/// Refuses what cannot be measured here, before anything else is.
pub fn check(options: &Options) -> Outcome<()> {
    if Database::is_given() {
        return Err("a small and a large database are compared, and DATABASE_URL names one: \
                    leave it out, or name the other parts (--parts)"
            .into());
    }
    Database::place(room(size(options))).map(|_| ())
}

/// Each operation's p99 in a small database, and in one that is filled: both new, and otherwise alike.
/// They take turns, and the p99 of the middle one of an operation's turns counts: what else the machine
/// does for a moment decides every p99 of a few seconds in which it happens, and no other.
pub fn measure(options: &Options) -> Outcome<(String, Vec<Growth>)> {
    let size = size(options);
    note(&format!("filling: {} people, {} refresh tokens", size.people, size.refresh_tokens));
    let database = Database::open(&options.program, room(size))?;
    let installation = Installation::new(&database)?;
    let registered = Registered::new(&installation)?;
    let took = fill::fill(&database, registered.app(), size)?;
    let server = installation.serve()?;
    let large = World::new(&installation, &server, &registered.with_people(fill::emails(size)))?;
    let few = Database::open(&options.program, 0)?;
    let few_installed = Installation::new(&few)?;
    let few_registered = Registered::new(&few_installed)?;
    few.analyze()?;
    let few_served = few_installed.serve()?;
    let small = World::new(&few_installed, &few_served, &few_registered)?;
    let mut growth = Vec::new();
    for operation in Operation::ALL {
        if !options.wants_operation(operation.name()) {
            continue;
        }
        note(&format!("{} in both", operation.name()));
        let (mut in_small, mut in_large) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let mut turns = [(&small, &mut in_small), (&large, &mut in_large)];
            // Neither is always the second.
            turns.rotate_left(round % 2);
            for (world, p99s) in turns {
                p99s.push(latencies(operation, world, options)?.quantile(0.99));
            }
        }
        growth.push(Growth {
            name: operation.name(),
            small_p99_ms: middle(in_small),
            large_p99_ms: middle(in_large),
        });
    }
    let about = format!(
        "{} people, {} refresh tokens, filled in {:.0} s",
        size.people,
        size.refresh_tokens,
        took.as_secs_f64()
    );
    Ok((about, growth))
}

/// The middle one of an odd number of figures.
fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn size(options: &Options) -> Size {
    Size { people: options.people, refresh_tokens: options.refresh_tokens }
}

/// The bytes that the large database takes.
fn room(size: Size) -> u64 {
    size.people * PERSON + size.refresh_tokens * REFRESH_TOKEN + (1 << 30)
}

fn latencies(operation: Operation, world: &World, options: &Options) -> Outcome<Latencies> {
    let rate = if operation.hashes() { RATE_HASHING } else { RATE };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let enough = (rate * (options.seconds + 1) as f64) as usize + options.connections();
    operation.prepare(world, enough)?;
    let turn = |client| operation.turn(world, client);
    steady(world.server.port, options.connections(), rate, options.duration(), turn)
}

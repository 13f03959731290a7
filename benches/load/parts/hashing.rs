//! The latency of what needs no password while 100 sign-ins want to be hashed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::note;
use super::rates::enough;
use crate::Outcome;
use crate::client::Connection;
use crate::drive::steady;
use crate::operations::Operation;
use crate::options::Options;
use crate::report::Figure;
use crate::world::World;

/// People who sign in at the same moment.
const CROWD: usize = 100;
/// How long somebody waits who was told to come back.
const PAUSE: Duration = Duration::from_millis(100);
/// Requests per second of what is measured.
const RATE: f64 = 40.0;

/// JWKS and refreshes, alone and beside the crowd.
pub fn measure(world: &World, options: &Options) -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    for operation in [Operation::Jwks, Operation::Refresh] {
        note(&format!("{} while {CROWD} sign-ins hash", operation.name()));
        let quiet = latency(operation, world, options)?;
        // Twice as many as can be hashed, because some are told to come back.
        Operation::Login.prepare(world, enough(Operation::Login, options.seconds) + CROWD)?;
        let crowd = Crowd::default();
        let busy = thread::scope(|scope| {
            for _ in 0..CROWD {
                scope.spawn(|| crowd.sign_in(world));
            }
            let busy = latency(operation, world, options);
            crowd.stop.store(true, Ordering::Relaxed);
            busy
        })?;
        let name = operation.name();
        let figure = |name: String, value| Figure { name, value, unit: "ms", at_most: None };
        figures.push(figure(format!("{name}, p99 alone"), quiet.0));
        figures.push(figure(format!("{name}, p50 among sign-ins"), busy.1));
        figures.push(figure(format!("{name}, p99 among sign-ins"), busy.0));
        let counts = [("signed in", &crowd.done), ("told to come back", &crowd.turned_away)];
        for (what, count) in counts {
            let value = count.load(Ordering::Relaxed) as f64;
            let name = format!("  sign-ins {what} meanwhile");
            figures.push(Figure { name, value, unit: "", at_most: None });
        }
        if crowd.failed.load(Ordering::Relaxed) {
            return Err("a sign-in was answered neither by a session nor by 503".into());
        }
    }
    Ok(figures)
}

/// p99 and p50 in milliseconds.
fn latency(operation: Operation, world: &World, options: &Options) -> Outcome<(f64, f64)> {
    operation.prepare(world, 0)?;
    let (port, clients) = (world.server.port, options.connections());
    let turn = |client| operation.turn(world, client);
    let latencies = steady(port, clients, RATE, options.duration(), turn)?;
    Ok((latencies.quantile(0.99), latencies.quantile(0.5)))
}

#[derive(Default)]
struct Crowd {
    stop: AtomicBool,
    failed: AtomicBool,
    done: AtomicU64,
    turned_away: AtomicU64,
}

impl Crowd {
    /// Sends one login form after the other.
    fn sign_in(&self, world: &World) {
        let outcome = Connection::open(world.server.port).and_then(|mut connection| {
            while !self.stop.load(Ordering::Relaxed) {
                let Some(submission) = world.pages().pop() else { break };
                let answer = connection.send(&submission)?;
                match answer.status {
                    303 => {
                        self.done.fetch_add(1, Ordering::Relaxed);
                    }
                    503 => {
                        self.turned_away.fetch_add(1, Ordering::Relaxed);
                        world.pages().push(submission);
                        thread::sleep(PAUSE);
                    }
                    _ => return Err(answer.unexpected()),
                }
            }
            Ok(())
        });
        if let Err(error) = outcome {
            eprintln!("bench: a sign-in failed: {error}");
            self.failed.store(true, Ordering::Relaxed);
        }
    }
}

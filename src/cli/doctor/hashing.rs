//! Whether this machine can hash as many passwords at once as the configuration says.

use std::time::{Duration, Instant};

use super::Finding;
use super::memory::{self, Memory};
use crate::cli::people::hasher;
use crate::config::{Config, HashingConfig};
use crate::crypto::password::PATIENCE;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// Beyond this, people wait for a sign-in, and a few at once block each other.
const SLOW: Duration = Duration::from_millis(500);

/// Looks at the time that a hash takes, and at the memory and the cores that they all take.
pub(super) async fn look(config: &Config, env: &Env, findings: &mut Vec<Finding>) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    findings.push(match measure(config, env).await {
        Ok(taken) => time(&config.hashing, taken, cores),
        Err(finding) => finding,
    });
    findings.push(room(&config.hashing, memory::of_this_process()));
}

const TIME: &str = "password hashing";

/// How long a hash takes on memory that was used before, as nearly all do.
async fn measure(config: &Config, env: &Env) -> Result<Duration, Finding> {
    let hasher = hasher(config).map_err(|failure| Finding::failure(TIME, failure))?;
    let mut taken = Duration::MAX;
    for _ in 0..2 {
        let begun = Instant::now();
        if let Err(error) = hasher.hash(env, Secret::from("how long does it take")).await {
            let fix = "look at the settings under [hashing]";
            return Err(Finding::fail(TIME, error.to_string(), fix));
        }
        taken = taken.min(begun.elapsed());
    }
    Ok(taken)
}

fn time(config: &HashingConfig, taken: Duration, cores: usize) -> Finding {
    let HashingConfig { concurrent, queue, .. } = *config;
    let message = format!(
        "a hash takes {} ms; {concurrent} at once on {}, {queue} may wait",
        taken.as_millis(),
        if cores == 1 { "one core".to_owned() } else { format!("{cores} cores") },
    );
    let last = taken.saturating_mul(u32::try_from(queue.div_ceil(concurrent)).unwrap_or(u32::MAX));
    if taken > SLOW {
        let fix = "lower hashing.memory_kib or hashing.iterations, or use a faster machine";
        Finding::warn(TIME, message, fix)
    } else if concurrent > cores {
        let fix = format!(
            "more at once than there are cores only slows each of them down, and takes memory: set \
             hashing.concurrent to {cores}"
        );
        Finding::warn(TIME, message, fix)
    } else if last > PATIENCE {
        let fix = format!(
            "the last in a full queue would wait for {:.1} s, and is turned away after {} s: lower \
             hashing.queue",
            last.as_secs_f64(),
            PATIENCE.as_secs(),
        );
        Finding::warn(TIME, message, fix)
    } else {
        Finding::ok(TIME, message)
    }
}

fn room(config: &HashingConfig, memory: Option<Memory>) -> Finding {
    const CHECK: &str = "memory for hashing";
    let needed = config.concurrent as u64 * u64::from(config.memory_kib) * 1024;
    let needs = format!("{} at once take {}", config.concurrent, mib(needed));
    let Some(Memory { bytes, is_limit }) = memory else {
        return Finding::ok(CHECK, format!("{needs}; how much there is cannot be told here"));
    };
    let message = if is_limit {
        format!("{needs}, and this process may use {}", mib(bytes))
    } else {
        format!("{needs}, and {} are available", mib(bytes))
    };
    let fix = "lower hashing.concurrent, or give the server more memory";
    if needed > bytes {
        Finding::fail(CHECK, message, fix)
    } else if needed > bytes / 2 {
        Finding::warn(CHECK, message, fix)
    } else {
        Finding::ok(CHECK, message)
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn config(concurrent: usize, queue: usize) -> HashingConfig {
        HashingConfig { memory_kib: 19 * 1024, iterations: 2, parallelism: 1, concurrent, queue }
    }

    #[test]
    fn a_hash_that_fits_the_machine_is_well() {
        let found = time(&config(2, 64), Duration::from_millis(15), 2);
        assert_eq!((found.level, found.fix), (Level::Ok, None), "{}", found.message);
        assert_eq!(found.message, "a hash takes 15 ms; 2 at once on 2 cores, 64 may wait");
    }

    #[test]
    fn each_thing_that_does_not_fit_has_its_remedy() {
        let ms = Duration::from_millis;
        for (taken, cores, concurrent, queue, words) in [
            (ms(501), 2, 2, 64, "hashing.iterations"),
            (ms(15), 2, 3, 64, "hashing.concurrent to 2"),
            (ms(100), 2, 2, 64, "hashing.queue"),
        ] {
            let found = time(&config(concurrent, queue), taken, cores);
            assert_eq!(found.level, Level::Warn, "{}", found.message);
            assert!(found.fix.as_ref().is_some_and(|fix| fix.contains(words)), "{:?}", found.fix);
        }
    }

    #[test]
    fn memory_is_compared_with_what_there_is() {
        let level = |mib: u64, is_limit| {
            room(&config(2, 64), Some(Memory { bytes: mib << 20, is_limit })).level
        };
        assert_eq!(level(76, true), Level::Ok);
        assert_eq!(level(75, true), Level::Warn);
        assert_eq!(level(38, false), Level::Warn);
        assert_eq!(level(37, false), Level::Fail);
        assert_eq!(room(&config(2, 64), None).level, Level::Ok);
        let found = room(&config(2, 64), Some(Memory { bytes: 64 << 20, is_limit: true }));
        assert_eq!(found.message, "2 at once take 38 MiB, and this process may use 64 MiB");
    }
}

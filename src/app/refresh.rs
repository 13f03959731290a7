//! What a node follows while it runs: settings, signing keys, the apps' origins, the providers that
//! people sign in with, the database's clock, and the file with the places of addresses.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::error::StartError;
use super::node::Node;
use crate::http::ops::health::Readiness;
use crate::kernel::env::Env;
use crate::storage::error::StorageError;
use crate::storage::server::{self, Role};

/// How often the clock is compared.
const CLOCK_EVERY: Duration = Duration::from_secs(60);
/// How often it is seen whether there is another database of places.
const PLACES_EVERY: Duration = Duration::from_secs(60);
/// A clock that is further off than this makes the node unready.
const TOLERANCE: TimeDelta = TimeDelta::seconds(30);
/// A smaller difference is noise of the measurement.
const NOISE: TimeDelta = TimeDelta::milliseconds(100);

impl Node {
    /// Loads settings, signing keys, the apps' origins and the providers anew. Without an answer, or with keys that
    /// cannot be used, the present ones stay, and the node is not ready; nor is it on a database that
    /// takes no writes.
    pub async fn refresh(&self) -> Result<(), StartError> {
        let asked = self.env.now();
        let db = self.db.for_looking();
        let loaded = db.load(|tx| {
            let (role, keys) = (server::role(tx)?, tx.signing_keys().list()?);
            let (settings, uris) = (tx.settings().load()?, tx.clients().redirect_uris()?);
            Ok((role, settings, keys, uris, tx.providers().list()?))
        });
        let loaded = loaded.await;
        let role = loaded.as_ref().map(|(role, ..)| *role);
        self.readiness.database(role.is_ok_and(|role| role == Role::Primary));
        let (role, settings, keys, redirect_uris, providers) = loaded?;
        self.db.seen(role);
        if role == Role::Standby {
            return Err(StorageError::ReadOnly.into());
        }
        self.settings.set(settings);
        self.site.origins.replace(&redirect_uris);
        self.providers.set(providers);
        let replaced = self.keyring.replace(keys, asked);
        self.readiness.keys(replaced.is_ok());
        Ok(replaced?)
    }

    /// Compares the clock with the database's and follows that. `applied` is the correction so far;
    /// returns the new one.
    async fn follow_clock(&self, applied: TimeDelta) -> Result<TimeDelta, StorageError> {
        let off = self.db.clock_offset(&self.env).await?;
        Ok(correct(&self.env, &self.readiness, applied, off))
    }

    /// Follows all of it until the set is dropped.
    pub(super) fn follow(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let node = self.clone();
        tasks.spawn(async move {
            // Building the node has just loaded them.
            let every = node.look_every;
            let mut ticks = interval_at(Instant::now() + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut was_good = true;
            loop {
                ticks.tick().await;
                let round = async {
                    node.refresh().await?;
                    node.keep_keys().await
                };
                let Some(refreshed) = outlive(round).await else { continue };
                match &refreshed {
                    Err(error) if was_good => {
                        tracing::error!(%error, "settings and keys cannot be followed");
                    }
                    Ok(()) if !was_good => tracing::info!("settings and keys are followed again"),
                    Ok(()) | Err(_) => {}
                }
                was_good = refreshed.is_ok();
            }
        });
        let places = self.identity().places().clone();
        tasks.spawn(async move {
            let mut ticks = interval_at(Instant::now() + PLACES_EVERY, PLACES_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let places = places.clone();
                // What went wrong is in the log, and the next round tries again.
                let _ = tokio::task::spawn_blocking(move || places.reread()).await;
            }
        });
        let node = self.clone();
        tasks.spawn(async move {
            // Building the node has just compared it.
            let mut ticks = interval_at(Instant::now() + CLOCK_EVERY, CLOCK_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut applied = node.clock_correction;
            loop {
                ticks.tick().await;
                match outlive(node.follow_clock(applied)).await {
                    Some(Ok(correction)) => applied = correction,
                    Some(Err(error)) => {
                        tracing::warn!(%error, "the database's clock cannot be read");
                    }
                    None => {}
                }
            }
        });
        tasks
    }
}

/// A panic, which its hook tells of, ends this round and not the following.
async fn outlive<T>(round: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(round).catch_unwind().await.ok()
}

/// Moves the clock by what it is `off`, and the node out of service when that makes too much in all.
pub(super) fn correct(
    env: &Env,
    readiness: &Readiness,
    applied: TimeDelta,
    off: TimeDelta,
) -> TimeDelta {
    if off.abs() <= NOISE {
        return applied;
    }
    env.clock().correct(off);
    let correction = applied + off;
    readiness.clock_offset(correction);
    let agrees = correction.abs() <= TOLERANCE;
    readiness.clock(agrees);
    if !agrees {
        let seconds = correction.num_seconds();
        tracing::error!(seconds, "this machine's clock is far off; set it, then start again");
    }
    correction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_f16_a_clock_is_moved_by_what_it_is_off_and_no_more() {
        let (env, readiness) = (Env::system(), Readiness::default());
        let machine = Env::system();
        let mut applied = TimeDelta::zero();
        for (off, in_all, ready) in [(5, 5, true), (1, 6, true), (25, 31, false), (-2, 29, true)] {
            applied = correct(&env, &readiness, applied, TimeDelta::seconds(off));
            assert_eq!(applied.num_seconds(), in_all);
            let astray = (env.now() - machine.now() - applied).num_seconds();
            assert_eq!(astray, 0, "moved by more or less than {in_all}");
            assert_eq!(readiness.obstacle().is_none(), ready, "{in_all}");
        }
        let noise = TimeDelta::milliseconds(90);
        assert_eq!(correct(&env, &readiness, applied, noise), applied);
    }
}

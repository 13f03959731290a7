//! The master key and the signing keys: are they there, does the one open the others, and does the
//! schedule go on?

use chrono::TimeDelta;

use super::Finding;
use super::database::Opened;
use crate::app::{self, StartError};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::config::{Config, MasterKeySource};
use crate::crypto::keyring::Keyring;
use crate::crypto::master_ring::MasterRing;
use crate::domain::instance::Instance;
use crate::domain::signing_key::schedule::{Due, KeyChain, Timing};
use crate::kernel::env::Env;
use crate::storage::{Stop, StorageError};

/// How late the schedule may be: a server looks every few seconds.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Adds the findings about the keys.
pub(super) fn look(
    config: &Config,
    env: &Env,
    opened: Option<&Opened>,
    findings: &mut Vec<Finding>,
) {
    const CHECK: &str = "master key";
    let ring = match app::master_ring(config) {
        Ok(ring) => ring,
        Err(error) => {
            findings.push(Finding::failure(CHECK, error.into()));
            return;
        }
    };
    let recorded = opened.and_then(|opened| opened.instance.as_ref());
    if let Some(instance) = recorded.filter(|it| ring.by_id(&it.master_key_id).is_none()) {
        let (recorded, present) = (instance.master_key_id.clone(), ring.current().id().to_owned());
        let other = StartError::OtherMasterKey { recorded, present };
        findings.push(Finding::failure(CHECK, other.into()));
        return;
    }
    findings.push(Finding::ok(
        CHECK,
        match &config.keys.master_key {
            MasterKeySource::Given(_) => {
                format!("set in the configuration (id {})", ring.current().id())
            }
            MasterKeySource::File(path) => {
                format!("{}, for its owner only (id {})", path.display(), ring.current().id())
            }
        },
    ));
    findings.extend(previous(&ring, recorded));
    if let Some(opened) = opened {
        findings.push(signing(opened, env, ring));
    }
}

/// A second master key is there while the database moves from one to the other, and no longer.
fn previous(ring: &MasterRing, recorded: Option<&Instance>) -> Option<Finding> {
    const CHECK: &str = "previous master key";
    let previous = ring.previous()?.id();
    Some(if recorded.is_some_and(|instance| instance.master_key_id == previous) {
        Finding::warn(
            CHECK,
            format!("the database is still sealed under master key {previous}"),
            "run `latchkey keys reseal` once every server was restarted with both keys",
        )
    } else {
        Finding::warn(
            CHECK,
            format!("master key {previous} is still set, though nothing is sealed under it"),
            "take `keys.previous_master_key` or its file out of the configuration",
        )
    })
}

fn signing(opened: &Opened, env: &Env, ring: MasterRing) -> Finding {
    const CHECK: &str = "signing keys";
    let loaded = opened
        .db
        .read_blocking(|tx| {
            Ok::<_, Stop<Failure>>((tx.signing_keys().list()?, tx.settings().load()?))
        })
        .map_err(StorageError::into)
        .and_then(|loaded| loaded);
    let (keys, timing) = match loaded {
        Ok((keys, settings)) => (keys, Timing::of(&settings.settings)),
        Err(failure) => return Finding::failure(CHECK, failure),
    };
    let (chain, now) = (KeyChain::new(keys.clone()), env.now());
    if let Err(error) = Keyring::open(keys, ring, now) {
        return Finding::failure(CHECK, error.into());
    }
    let signing = chain.signing(now).map(|key| key.kid.clone()).unwrap_or_default();
    let count = chain.keys().iter().filter(|key| key.state.is_published()).count();
    let turn = chain.next().and_then(|next| next.activates_at);
    match chain.due(&timing, now - PATIENCE) {
        Due::Nothing => Finding::ok(
            CHECK,
            format!("{count} can be opened; {signing} signs, until {}", output::time(turn)),
        ),
        Due::Steps | Due::Spare => Finding::warn(
            CHECK,
            format!("{signing} signs, but the schedule stands still: nobody has done what was due"),
            "start a server, which does it within seconds; or run `latchkey keys rotate`",
        ),
    }
}

//! The master key and the signing keys: are they there, and does the one open the others?

use super::Finding;
use super::database::Opened;
use crate::app::{self, StartError};
use crate::cli::exit::Failure;
use crate::config::{Config, MasterKeySource};
use crate::crypto::keyring::Keyring;
use crate::crypto::seal::MasterKey;
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::storage::{Stop, StorageError};

/// Adds the findings about the keys.
pub(super) fn look(config: &Config, opened: Option<&Opened>, findings: &mut Vec<Finding>) {
    const CHECK: &str = "master key";
    let master = match app::master_key(config) {
        Ok(master) => master,
        Err(error) => {
            findings.push(Finding::failure(CHECK, error.into()));
            return;
        }
    };
    let recorded = opened.and_then(|opened| opened.instance.as_ref());
    if let Some(instance) = recorded.filter(|instance| instance.master_key_id != master.id()) {
        let (recorded, present) = (instance.master_key_id.clone(), master.id().to_owned());
        let other = StartError::OtherMasterKey { recorded, present };
        findings.push(Finding::failure(CHECK, other.into()));
        return;
    }
    findings.push(Finding::ok(
        CHECK,
        match &config.keys.master_key {
            MasterKeySource::Given(_) => format!("set in the configuration (id {})", master.id()),
            MasterKeySource::File(path) => {
                format!("{}, for its owner only (id {})", path.display(), master.id())
            }
        },
    ));
    if let Some(opened) = opened {
        findings.push(signing(opened, &master));
    }
}

fn signing(opened: &Opened, master: &MasterKey) -> Finding {
    const CHECK: &str = "signing keys";
    let keys: Result<Vec<SigningKey>, Failure> = opened
        .db
        .read_blocking(|tx| tx.signing_keys().usable().map_err(Stop::<Failure>::from))
        .map_err(StorageError::into)
        .and_then(|keys| keys);
    let keys = match keys {
        Ok(keys) => keys,
        Err(failure) => return Finding::failure(CHECK, failure),
    };
    let count = keys.len();
    let active = keys.iter().find(|key| key.state == KeyState::Active).map(|key| key.kid.clone());
    match Keyring::open(keys, master) {
        Ok(_) => Finding::ok(
            CHECK,
            format!("{count} can be opened; {} is active", active.unwrap_or_default()),
        ),
        Err(error) => Finding::failure(CHECK, error.into()),
    }
}

//! `latchkey keys`: the master key and the signing keys.

mod init;
mod list;
mod reseal;
mod revoke;
mod rotate;

pub(super) use init::ensure;

use super::Context;
use super::args::{KeysArgs, KeysCommand};
use super::database::Open;
use super::exit::{Exit, Failure};
use crate::app::{self, StartError};
use crate::crypto::keyring::KeyringError;
use crate::crypto::master_ring::MasterRing;
use crate::domain::audit::Actor;
use crate::domain::signing_key::KeyState;
use crate::domain::signing_key::schedule::{KeyChain, Timing};
use crate::protocol::keys::{Keeper, KeysRefusal};
use crate::storage::{Stop, Tx};

/// How soon running servers follow a change, and for how long relying parties may keep a key set, in
/// words.
const FOLLOWED: &str = "Running servers follow within 5 seconds, and relying parties as soon as \
                        they ask for the key set again, which takes them 5 minutes at most.";

/// Runs `latchkey keys …`.
pub(super) fn run(context: &Context, args: &KeysArgs) -> Result<(), Failure> {
    let open = context.open()?;
    match &args.command {
        KeysCommand::Init => init::run(context, &open),
        KeysCommand::List => list::run(context, &open),
        KeysCommand::Rotate(args) => rotate::run(context, &open, args),
        KeysCommand::Revoke(args) => revoke::run(context, &open, args),
        KeysCommand::Reseal(args) => reseal::run(context, &open, args),
    }
}

/// The keys and their times as they are.
fn chain(open: &Open) -> Result<(KeyChain, Timing), Failure> {
    let (keys, settings) =
        open.read(|tx| Ok((tx.signing_keys().list()?, tx.settings().load()?)))?;
    Ok((KeyChain::new(keys), Timing::of(&settings.settings)))
}

/// The operator, with the master keys that the database needs.
fn keeper(open: &Open) -> Result<Keeper, Failure> {
    let ring = app::master_ring(&open.config)?;
    check(&ring, sealed_with(open)?)?;
    Ok(Keeper { env: open.env.clone(), ring, actor: Actor::Operator })
}

/// The id of the master key that the database is sealed under; before its first start that is the
/// one of its signing keys.
fn sealed_with(open: &Open) -> Result<Option<String>, Failure> {
    let instance = open.read(|tx| Ok(tx.instance().find()?))?;
    if let Some(instance) = instance {
        return Ok(Some(instance.master_key_id));
    }
    let keys = open.read(|tx| Ok(tx.signing_keys().list()?))?;
    let sealed = keys.into_iter().find(|key| key.state != KeyState::Gone);
    Ok(sealed.map(|key| key.sealed.key_id))
}

/// Refuses the master key of another database.
fn check(ring: &MasterRing, sealed_with: Option<String>) -> Result<(), Failure> {
    match sealed_with.filter(|id| ring.by_id(id).is_none()) {
        None => Ok(()),
        Some(recorded) => {
            let present = ring.current().id().to_owned();
            Err(StartError::OtherMasterKey { recorded, present }.into())
        }
    }
}

/// One transaction on the keys.
fn write<T>(
    open: &Open,
    act: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<KeysRefusal>>,
) -> Result<T, Failure> {
    Ok(open.db.write_blocking(act)??)
}

impl From<KeysRefusal> for Failure {
    fn from(refusal: KeysRefusal) -> Self {
        let failure = Self::new(Exit::Refused, refusal.to_string());
        match refusal {
            KeysRefusal::NoKey => failure,
            KeysRefusal::Overtaken(_) => {
                failure.fix("look with `latchkey keys list`, and rotate again if you still want to")
            }
            KeysRefusal::NotRevoked(_) => failure.fix("`latchkey keys list` shows the keys"),
            KeysRefusal::OtherMasterKey(_) => Self { exit: Exit::Configuration, ..failure }
                .fix("put the master key back that belongs to this database"),
            KeysRefusal::NoPrevious => Self { exit: Exit::Configuration, ..failure }
                .fix("set `keys.previous_master_key_file` to the old key, beside the new one"),
            KeysRefusal::Keyring(error) => error.into(),
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let exit = match error {
            KeyringError::NoActiveKey | KeyringError::SeveralActive(..) => Exit::Refused,
            KeyringError::Sealed { .. } | KeyringError::Hashing(_) => Exit::Configuration,
            KeyringError::Unusable { .. } | KeyringError::NotMade(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}

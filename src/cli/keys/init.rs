//! `latchkey keys init`.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use serde_json::json;

use super::write;
use crate::app::{self, StartError};
use crate::cli::Context;
use crate::cli::database::{Open, is_set};
use crate::cli::exit::{Exit, Failure};
use crate::config::MasterKeySource;
use crate::crypto::keyring::{Keyring, Spare};
use crate::crypto::master_key::MasterKeyError;
use crate::crypto::master_ring::MasterRing;
use crate::crypto::seal::MasterKey;
use crate::domain::audit::Actor;
use crate::domain::signing_key::KeyState;
use crate::kernel::env::Env;
use crate::kernel::printable::Printable;
use crate::protocol::keys::{self, Keeper};

/// What [`ensure`] found or made.
pub(in crate::cli) struct Keys {
    /// The master key, and the one before it.
    ring: MasterRing,
    /// Whether it is new.
    master_created: bool,
    /// The `kid` of the signing key, when it is new.
    signing_created: Option<String>,
}

pub(super) fn run(context: &Context, open: &Open) -> Result<(), Failure> {
    let keys = ensure(open)?;
    let active = open
        .read(|tx| Ok(tx.signing_keys().list()?))?
        .into_iter()
        .find(|key| key.state == KeyState::Active)
        .map(|key| key.kid);
    let source = match &open.config.keys.master_key {
        MasterKeySource::Given(_) => None,
        MasterKeySource::File(path) => Some(path.display().to_string()),
    };
    let value = json!({
        "master_key": {
            "id": keys.ring.current().id(),
            "file": source,
            "created": keys.master_created,
        },
        "signing_key": { "kid": active, "created": keys.signing_created.is_some() },
    });
    context.output.show(&value, || {
        let place = source.as_deref().map_or("of the configuration", |path| path);
        let master = if keys.master_created {
            format!(
                "Created the master key {}. Keep a copy in a safe place: without it, nothing that \
                 is sealed in the database can be opened.",
                Printable(place)
            )
        } else {
            format!("The master key {} is there already.", Printable(place))
        };
        let signing = match &keys.signing_created {
            Some(kid) => format!("Created the signing key {kid}."),
            None => "The database has its signing key already.".to_owned(),
        };
        format!("{master}\n{signing}")
    })
}

/// Makes the master key and the first signing key, where there are none. A key that is there is
/// never replaced, and a database that was sealed with another master key is left alone.
pub(in crate::cli) fn ensure(open: &Open) -> Result<Keys, Failure> {
    let present = open.read(|tx| Ok(tx.signing_keys().list()?))?;
    let sealed_with = super::sealed_with(open)?;
    let (ring, master_created) = match app::master_ring(&open.config) {
        Ok(ring) => (ring, false),
        Err(StartError::MasterKey(MasterKeyError::Missing(path)))
            if sealed_with.is_none() && is_current(open, &path) =>
        {
            (create(&open.env, &path)?.into(), true)
        }
        Err(error) => return Err(error.into()),
    };
    super::check(&ring, sealed_with)?;
    let signing_created = if present.is_empty() { first_keys(open, &ring)? } else { None };
    let stored = open.read(|tx| Ok(tx.signing_keys().list()?))?;
    Keyring::open(stored, ring.clone(), open.env.now())?;
    Ok(Keys { ring, master_created, signing_created })
}

/// Whether the master key belongs there, and not the one before it, which is never made.
fn is_current(open: &Open, path: &Path) -> bool {
    match &open.config.keys.master_key {
        MasterKeySource::File(current) => current == path,
        MasterKeySource::Given(_) => false,
    }
}

fn create(env: &Env, path: &Path) -> Result<MasterKey, Failure> {
    if let Some(directory) = path.parent().filter(|directory| !directory.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| {
            Failure::new(
                Exit::Failure,
                format!("the directory {} cannot be made: {error}", directory.display()),
            )
        })?;
    }
    let key = MasterKey::generate(env);
    match key.create_file(env, path) {
        Ok(()) => Ok(key),
        // Another process was quicker; its key is the one.
        Err(MasterKeyError::Exists(path)) => {
            Ok(MasterKey::read_file(&path).map_err(StartError::from)?)
        }
        Err(error) => Err(StartError::from(error).into()),
    }
}

/// Makes the first signing key and the one after it; `None` when another process was quicker.
fn first_keys(open: &Open, ring: &MasterRing) -> Result<Option<String>, Failure> {
    let (first, spare) = (Spare::make()?, Spare::make()?);
    // Without an issuer of its own in the configuration, the server's first start records it.
    let issuer = is_set(&open.config, "issuer").then(|| open.config.issuer.clone());
    let recorded = match issuer {
        Some(_) => Some(open.issuer()?),
        None => None,
    };
    let keeper = Keeper { env: open.env.clone(), ring: ring.clone(), actor: Actor::Operator };
    write(open, |tx| {
        if let Some(issuer) = recorded {
            tx.instance().claim(issuer.as_str(), ring.current().id(), open.env.now())?;
        }
        keys::begin(tx, &keeper, first, spare)
    })
}

//! `latchkey keys`: the master key and the signing keys.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use serde_json::json;

use super::Context;
use super::args::{KeysArgs, KeysCommand};
use super::database::{Open, is_set};
use super::exit::{Exit, Failure};
use super::output;
use crate::app::{self, StartError};
use crate::config::MasterKeySource;
use crate::crypto::keyring::{self, Keyring, KeyringError};
use crate::crypto::master_key::MasterKeyError;
use crate::crypto::seal::MasterKey;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::kernel::env::Env;
use crate::kernel::printable::Printable;

/// Runs `latchkey keys …`.
pub(super) fn run(context: &Context, args: &KeysArgs) -> Result<(), Failure> {
    let open = context.open()?;
    match args.command {
        KeysCommand::Init => init(context, &open),
        KeysCommand::List => list(context, &open),
    }
}

/// What [`ensure`] found or made.
pub(super) struct Keys {
    /// The master key.
    pub(super) master: MasterKey,
    /// Whether it is new.
    pub(super) master_created: bool,
    /// The `kid` of the signing key, when it is new.
    pub(super) signing_created: Option<String>,
}

fn init(context: &Context, open: &Open) -> Result<(), Failure> {
    let keys = ensure(open)?;
    let active = open
        .read(|tx| Ok(tx.signing_keys().usable()?))?
        .into_iter()
        .find(|key| key.state == KeyState::Active)
        .map(|key| key.kid);
    let source = match &open.config.keys.master_key {
        MasterKeySource::Given(_) => None,
        MasterKeySource::File(path) => Some(path.display().to_string()),
    };
    let value = json!({
        "master_key": {
            "id": keys.master.id(),
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
pub(super) fn ensure(open: &Open) -> Result<Keys, Failure> {
    let present = open.read(|tx| Ok(tx.signing_keys().list()?))?;
    let instance = open.read(|tx| Ok(tx.instance().find()?))?;
    let sealed_with = present
        .iter()
        .find(|key| key.state != KeyState::Gone)
        .map(|key| key.sealed.key_id.clone())
        .or_else(|| instance.map(|instance| instance.master_key_id));
    let (master, master_created) = match app::master_key(&open.config) {
        Ok(master) => (master, false),
        Err(StartError::MasterKey(MasterKeyError::Missing(path))) if sealed_with.is_none() => {
            (create(&open.env, &path)?, true)
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(recorded) = sealed_with.filter(|id| id != master.id()) {
        return Err(StartError::OtherMasterKey { recorded, present: master.id().to_owned() }.into());
    }
    let signing_created = if present.is_empty() { first_key(open, &master)? } else { None };
    let usable = open.read(|tx| Ok(tx.signing_keys().usable()?))?;
    Keyring::open(usable, &master)?;
    Ok(Keys { master, master_created, signing_created })
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

/// Makes the first signing key; `None` when another process was quicker.
fn first_key(open: &Open, master: &MasterKey) -> Result<Option<String>, Failure> {
    let key = keyring::new_key(&open.env, master, KeyState::Active)?;
    // Without an issuer of its own in the configuration, the server's first start records it.
    let issuer = is_set(&open.config, "issuer").then(|| open.config.issuer.clone());
    let recorded = match issuer {
        Some(_) => Some(open.issuer()?),
        None => None,
    };
    open.write(|tx| {
        let now = open.env.now();
        if let Some(issuer) = recorded {
            tx.instance().claim(issuer.as_str(), master.id(), now)?;
        }
        if !tx.signing_keys().insert(&key)? {
            return Ok(None);
        }
        let event = AuditEvent::new(Action::KeyCreated, Actor::Operator).target("key", &key.kid);
        open.record(tx, &event)?;
        Ok(Some(key.kid.clone()))
    })
}

fn list(context: &Context, open: &Open) -> Result<(), Failure> {
    let keys = open.read(|tx| Ok(tx.signing_keys().list()?))?;
    let value: Vec<_> = keys
        .iter()
        .map(|key| {
            json!({
                "kid": key.kid,
                "algorithm": key.algorithm.as_str(),
                "state": key.state.as_str(),
                "created_at": key.created_at,
                "activated_at": key.activated_at,
                "retiring_at": key.retiring_at,
                "gone_at": key.gone_at,
                "master_key_id": key.sealed.key_id,
            })
        })
        .collect();
    context.output.show(&json!({ "keys": value }), || {
        if keys.is_empty() {
            return "There is no signing key. Make one with `latchkey keys init`.".to_owned();
        }
        let rows: Vec<_> = keys.iter().map(row).collect();
        output::table(&["kid", "algorithm", "state", "created", "active since"], &rows)
    })
}

fn row(key: &SigningKey) -> Vec<String> {
    vec![
        key.kid.clone(),
        key.algorithm.to_string(),
        key.state.to_string(),
        output::time(Some(key.created_at)),
        output::time(key.activated_at),
    ]
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let exit = match error {
            KeyringError::NoActiveKey | KeyringError::SeveralActive(..) => Exit::Refused,
            KeyringError::Sealed { .. } => Exit::Configuration,
            KeyringError::Unusable { .. } | KeyringError::NotMade(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}

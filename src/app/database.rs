//! The database and the keys of a node.

use std::time::Duration;

use super::error::StartError;
use crate::config::{Config, DatabaseConfig, DatabaseTarget, MasterKeySource};
use crate::crypto::master_ring::MasterRing;
use crate::crypto::seal::MasterKey;
use crate::domain::instance::Instance;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;
use crate::kernel::urls::Issuer;
use crate::storage::db::{Db, DbOptions};
use crate::storage::error::StorageError;
use crate::storage::migrate;
use crate::storage::private_postgres::{self, Attached, Durability};
use crate::storage::tx::Stop;

/// The name of the database in the private cluster.
const PRIVATE_DATABASE: &str = "latchkey";

/// How long a request waits for a connection before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// The database that the configuration names. Keeps the private Postgres running for as long as it
/// lives, where that is the one.
#[derive(Debug)]
pub struct Database {
    /// Its address, which may hold a password.
    pub url: Secret<String>,
    attached: Option<Attached>,
}

impl Database {
    /// Finds the database, and starts the private Postgres where there is no other. Blocks.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let directory = match &config.database.target {
            DatabaseTarget::External(url) => return Ok(Self::at(url.clone())),
            DatabaseTarget::Private(directory) => directory.clone(),
        };
        private_postgres::refuse_unless_loopback(&config.issuer, &config.http.bind)?;
        let supervisor = std::env::current_exe()
            .map_err(|error| StartError::Io { what: "find this program".to_owned(), error })?;
        let durability = Durability::Durable;
        let settings = private_postgres::Settings { data_dir: directory, durability, supervisor };
        let attached = private_postgres::attach(&settings)?;
        attached.ensure_database(PRIVATE_DATABASE)?;
        let url = Secret::new(attached.url(PRIVATE_DATABASE));
        Ok(Self { url, attached: Some(attached) })
    }

    /// A database that somebody runs.
    pub fn at(url: Secret<String>) -> Self {
        Self { url, attached: None }
    }

    /// Another database in the same private Postgres, made if it is not there; `None` where this one is
    /// elsewhere. It answers for as long as this one lives.
    pub fn beside(&self, name: &str) -> Result<Option<Self>, StartError> {
        let Some(attached) = &self.attached else { return Ok(None) };
        attached.ensure_database(name)?;
        Ok(Some(Self::at(Secret::new(attached.url(name)))))
    }

    /// Whether it is in the private Postgres.
    pub fn is_private(&self) -> bool {
        self.attached.is_some()
    }

    /// A pool of connections to it. It connects when it is first used.
    pub fn connect(&self, config: &DatabaseConfig) -> Result<Db, StorageError> {
        Db::connect(&DbOptions {
            url: self.url.clone(),
            pool_size: config.pool_size,
            min_idle: Some(config.pool_size.min(2)),
            connect_timeout: config.connect_timeout,
            statement_timeout: config.statement_timeout,
            acquire_timeout: ACQUIRE_TIMEOUT,
            named_statements: config.named_statements,
        })
    }
}

/// The master key that the configuration names.
pub fn master_key(config: &Config) -> Result<MasterKey, StartError> {
    read_key(&config.keys.master_key)
}

/// The master key, and the one before it where the configuration names that too.
pub fn master_ring(config: &Config) -> Result<MasterRing, StartError> {
    let previous = config.keys.previous_master_key.as_ref().map(read_key).transpose()?;
    Ok(MasterRing::new(master_key(config)?, previous))
}

fn read_key(source: &MasterKeySource) -> Result<MasterKey, StartError> {
    match source {
        MasterKeySource::File(path) => Ok(MasterKey::read_file(path)?),
        MasterKeySource::Given(bytes) => Ok(MasterKey::new(bytes)),
    }
}

/// Refuses a database that is not this release's, this issuer's or of these master keys; a fresh one
/// is claimed.
pub(super) fn claim(
    db: &Db,
    env: &Env,
    issuer: &Issuer,
    ring: &MasterRing,
) -> Result<Instance, StartError> {
    db.read_blocking(migrate::check)??;
    let instance = db.write_blocking(|tx| {
        let claimed = tx.instance().claim(issuer.as_str(), ring.current().id(), env.now())?;
        Ok::<_, Stop<StartError>>(claimed)
    })??;
    if instance.issuer != issuer.as_str() {
        let configured = issuer.as_str().to_owned();
        return Err(StartError::OtherIssuer { recorded: instance.issuer, configured });
    }
    check_master_key(&instance, ring)?;
    if instance.master_key_id != ring.current().id() {
        tracing::warn!(
            "the database is sealed under the previous master key: run `latchkey keys reseal` when \
             every node has both"
        );
    }
    Ok(instance)
}

/// Refuses master keys that the database was not sealed with.
pub fn check_master_key(instance: &Instance, ring: &MasterRing) -> Result<(), StartError> {
    if ring.by_id(&instance.master_key_id).is_some() {
        return Ok(());
    }
    let (recorded, present) = (instance.master_key_id.clone(), ring.current().id().to_owned());
    Err(StartError::OtherMasterKey { recorded, present })
}

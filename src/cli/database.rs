//! The database as a command uses it: found, started when it is our own, and of the right schema.

use std::time::Duration;

use super::Context;
use super::exit::{Exit, Failure};
use crate::app::{Database, StartError};
use crate::config::{Config, Origin, Profile};
use crate::domain::audit::{AuditEvent, RequestContext};
use crate::domain::instance::Instance;
use crate::kernel::env::Env;
use crate::kernel::ids::AuditEventId;
use crate::kernel::urls::Issuer;
use crate::storage::migrate;
use crate::storage::{Db, DbOptions, Stop, StorageError, Tx};

/// Connections of a command: one for its statements, and one to spare.
const CONNECTIONS: u32 = 2;

/// How long a statement of a command may run at least: an operator who searches waits gladly.
const STATEMENT: Duration = Duration::from_secs(30);

/// A database of the right schema, with what a command needs beside it.
pub(crate) struct Open {
    pub(crate) config: Config,
    pub(crate) env: Env,
    pub(crate) db: Db,
    /// Where it answers. While this lives, a private cluster keeps running.
    pub(crate) database: Database,
}

impl Context {
    /// Opens the database that the server uses. Refuses a schema that is not this program's.
    pub(crate) fn open(&self) -> Result<Open, Failure> {
        let config = self.load(Profile::Tool)?;
        let database = Database::open(&config)?;
        let db = connect(&config, &database)?;
        check_schema(&db)?;
        Ok(Open { config, env: Env::system(), db, database })
    }
}

/// A small pool for a command.
pub(crate) fn connect(config: &Config, database: &Database) -> Result<Db, Failure> {
    // A second is too little for libpq, which counts in whole ones.
    let patience = config.database.connect_timeout.max(Duration::from_secs(2));
    Ok(Db::connect(&DbOptions {
        url: database.url.clone(),
        pool_size: CONNECTIONS,
        min_idle: Some(0),
        connect_timeout: patience,
        statement_timeout: config.database.statement_timeout.max(STATEMENT),
        acquire_timeout: patience,
        named_statements: config.database.named_statements,
    })?)
}

/// Refuses a schema that is older or newer than this program's.
pub(crate) fn check_schema(db: &Db) -> Result<(), Failure> {
    db.read_blocking(migrate::check)?.map_err(|mismatch| StartError::Schema(mismatch).into())
}

impl Open {
    /// Reads; a refusal is a [`Failure`] of the command.
    pub(crate) fn read<T>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<Failure>>,
    ) -> Result<T, Failure> {
        self.db.read_blocking(f)?
    }

    /// Writes in one transaction.
    pub(crate) fn write<T>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop<Failure>>,
    ) -> Result<T, Failure> {
        self.db.write_blocking(f)?
    }

    /// Writes an entry of the audit trail; belongs in the transaction of the act.
    pub(crate) fn record(&self, tx: &mut Tx<'_>, event: &AuditEvent) -> Result<(), StorageError> {
        let context = RequestContext::default();
        tx.audit().append(AuditEventId::new(&self.env), event, &context, self.env.now())
    }

    /// The issuer: the configured one, or where none is set the one that the database belongs to.
    /// Refuses when the two differ.
    pub(crate) fn issuer(&self) -> Result<Issuer, Failure> {
        let recorded = self.read(|tx| Ok(tx.instance().find()?))?;
        match recorded {
            None => Ok(self.config.issuer.clone()),
            Some(instance) if is_set(&self.config, "issuer") => {
                check_issuer(&instance, &self.config.issuer)?;
                Ok(self.config.issuer.clone())
            }
            Some(instance) => Issuer::parse(&instance.issuer)
                .map_err(|_| StorageError::Corrupt("instance.issuer").into()),
        }
    }
}

/// Whether somebody set `key`.
pub(crate) fn is_set(config: &Config, key: &str) -> bool {
    config.settings().iter().any(|setting| setting.key == key && setting.origin != Origin::Default)
}

/// Refuses the database of another issuer.
pub(crate) fn check_issuer(instance: &Instance, issuer: &Issuer) -> Result<(), Failure> {
    if instance.issuer == issuer.as_str() {
        return Ok(());
    }
    let (recorded, configured) = (instance.issuer.clone(), issuer.as_str().to_owned());
    Err(StartError::OtherIssuer { recorded, configured }.into())
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let (message, fix) = (error.to_string().replace('\n', ". "), error.fix());
        let exit = match error {
            StartError::Storage(error) => return error.into(),
            StartError::Keyring(error) => return error.into(),
            StartError::Schedule(error) => return error.into(),
            StartError::MasterKey(_)
            | StartError::OtherIssuer { .. }
            | StartError::OtherMasterKey { .. }
            | StartError::Mail(_)
            | StartError::Hashing(_) => Exit::Configuration,
            StartError::PrivatePostgres(_) => Exit::Database,
            StartError::Schema(_) => Exit::Refused,
            StartError::Io { .. }
            | StartError::Metadata(_)
            | StartError::Figures(_)
            | StartError::Outbound(_)
            | StartError::KeyPutOff => Exit::Failure,
        };
        let failure = Self::new(exit, message);
        match fix {
            Some(fix) => failure.fix(fix),
            None => failure,
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let unreachable = match error {
            StorageError::Busy | StorageError::Unavailable(_) | StorageError::Timeout => true,
            StorageError::Serialization
            | StorageError::ReadOnly
            | StorageError::DiskFull
            | StorageError::Corrupt(_)
            | StorageError::Other(_) => false,
        };
        if error.is_turned_down() {
            Self::new(Exit::Database, error.to_string())
                .fix("check the user, the password and the name in `database.url` or DATABASE_URL")
        } else if unreachable {
            Self::new(Exit::Database, error.to_string())
                .fix("check that it runs, and `database.url` or DATABASE_URL")
        } else {
            Self::new(Exit::Failure, error.to_string())
        }
    }
}

impl From<Failure> for Stop<Failure> {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

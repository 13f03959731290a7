//! The validated configuration.
//!
//! A value stands in `latchkey.toml` or in the environment, which wins. One rule names the
//! variables: `LATCHKEY_`, then section and key in upper case with two underscores between them,
//! so `http.bind` is `LATCHKEY_HTTP__BIND` and `issuer` is `LATCHKEY_ISSUER`. A secret may be read
//! from a file named by its companion: `database.url_file`, `LATCHKEY_DATABASE__URL_FILE`.
//! `DATABASE_URL` is honoured where our own variable is absent.
//!
//! What an administrator changes while the server runs (lifetimes, lockout numbers) is not here
//! but among the settings in the database.

mod api;
mod brand;
mod breach;
mod database;
mod error;
mod firebase;
mod geo;
mod hashing;
mod http;
mod keys;
mod limits;
mod load;
mod log;
mod mail;
mod operations;
mod origin;
mod print;
mod registration;
mod secrets;
mod site;
mod source;
mod telemetry;
#[cfg(test)]
mod tests;
mod unknown;
mod values;

use std::path::PathBuf;

pub use api::ApiConfig;
pub use brand::BrandConfig;
pub use breach::BreachConfig;
pub use database::{DatabaseConfig, DatabaseTarget, STATEMENT_SECONDS};
pub use error::{ConfigError, ConfigErrors};
pub use firebase::FirebaseConfig;
pub use geo::GeoConfig;
pub use hashing::HashingConfig;
pub use http::{ClientAddressHeader, HttpConfig};
pub use keys::{InvalidMasterKey, KeysConfig, MasterKeySource, parse_master_key};
pub use limits::LimitsConfig;
pub use load::LoadOptions;
pub use log::{LogConfig, LogFormat};
pub use mail::{Encryption, MailConfig, MailCredentials, Sender};
pub use operations::OperationsConfig;
pub use origin::{Origin, Setting, variable_of};
pub use registration::RegistrationConfig;
pub use telemetry::TelemetryConfig;

use crate::kernel::urls::Issuer;

/// The configuration of one process, valid as a whole.
#[derive(Debug, Clone)]
pub struct Config {
    /// What it was read for.
    pub profile: Profile,
    /// The issuer identifier, and the origin of every page and endpoint.
    pub issuer: Issuer,
    /// Whether an issuer with plain http beyond this machine was expressly allowed.
    pub allow_insecure_http: bool,
    /// Where this process keeps files of its own, such as the private Postgres.
    pub data_dir: PathBuf,
    /// Where the server listens, and the limits of a request.
    pub http: HttpConfig,
    /// How much one address may ask for.
    pub limits: LimitsConfig,
    /// Which Postgres, and how it is used.
    pub database: DatabaseConfig,
    /// Where the master key is.
    pub keys: KeysConfig,
    /// What pages call this service.
    pub brand: BrandConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Where figures are told.
    pub operations: OperationsConfig,
    /// Where traces are sent.
    pub telemetry: TelemetryConfig,
    /// The server that takes our mail; `None`: none is sent.
    pub mail: Option<MailConfig>,
    /// The operator's own front end; `None`: there is no JSON API.
    pub api: Option<ApiConfig>,
    /// Whether people may make their own accounts.
    pub registration: RegistrationConfig,
    /// The cost of hashing a password.
    pub hashing: HashingConfig,
    /// What password hashes from a Firebase project are checked with, if accounts came from one.
    pub firebase: Option<FirebaseConfig>,
    /// The service that knows leaked passwords; `None`: nobody is asked.
    pub breach: Option<BreachConfig>,
    /// Where network addresses are.
    pub geo: GeoConfig,
    /// The configuration file that was read, if any.
    pub file: Option<PathBuf>,
    settings: Vec<Setting>,
}

impl Config {
    /// Whether passwords travel in the clear beyond this machine, so that every page must say so.
    pub fn is_insecure(&self) -> bool {
        !self.issuer.is_https() && !self.issuer.is_loopback()
    }
}

/// What a configuration is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// `latchkey serve`: production's rules.
    Serve,
    /// `latchkey dev`: everything has a default, registration is open, this machine only.
    Dev {
        /// The port asked for on the command line.
        port: Option<u16>,
    },
    /// A command beside a server, which may be either; without an issuer it is taken for dev's.
    Tool,
}

/// Where dev serves unless told otherwise.
const DEV_PORT: u16 = 8080;

impl Profile {
    fn is_dev(self) -> bool {
        matches!(self, Self::Dev { .. })
    }

    fn port(self) -> u16 {
        match self {
            Self::Dev { port: Some(port) } => port,
            Self::Dev { port: None } | Self::Serve | Self::Tool => DEV_PORT,
        }
    }

    fn default_issuer(self) -> Option<String> {
        match self {
            Self::Serve => None,
            Self::Dev { .. } | Self::Tool => Some(format!("http://localhost:{}", self.port())),
        }
    }
}

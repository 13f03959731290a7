//! Finds the file, lays the environment over it, and reads every section.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::error::{ConfigError, ConfigErrors, reason};
use super::origin::Origin;
use super::site::Site;
use super::source::{self, Entries};
use super::values::Values;
use super::{
    ApiConfig, BrandConfig, BreachConfig, Config, DatabaseConfig, DatabaseTarget, FirebaseConfig,
    GeoConfig, HashingConfig, HttpConfig, KeysConfig, LimitsConfig, LogConfig, MailConfig,
    OperationsConfig, Profile, RegistrationConfig, TelemetryConfig,
};
use crate::kernel::urls::Issuer;

/// The name of the configuration file.
const FILE_NAME: &str = "latchkey.toml";
/// Where a machine's own configuration stands.
const SYSTEM_FILE: &str = "/etc/latchkey/latchkey.toml";

/// What to read. The environment is part of it, so that tests need not change the process's own.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The file named on the command line. It, or the one that `LATCHKEY_CONFIG` names, must
    /// exist.
    pub path: Option<PathBuf>,
    /// Where to look without such a name; the first that exists is read, none is fine.
    pub search: Vec<PathBuf>,
    /// The working directory.
    pub directory: PathBuf,
    /// The environment variables; those that are not ours are ignored.
    pub env: BTreeMap<String, OsString>,
    /// What for.
    pub profile: Profile,
}

impl LoadOptions {
    /// What this process was started with.
    ///
    /// `latchkey dev` does not look in `/etc`: demo data must never meet a machine's own
    /// configuration by accident.
    pub fn of_process(path: Option<PathBuf>, profile: Profile) -> Self {
        let directory = env::current_dir().unwrap_or_default();
        let mut search = vec![PathBuf::from(FILE_NAME)];
        if !profile.is_dev() {
            search.push(PathBuf::from(SYSTEM_FILE));
        }
        let env = env::vars_os()
            .filter_map(|(name, value)| name.into_string().ok().map(|name| (name, value)))
            .collect();
        Self { path, search, directory, env, profile }
    }
}

impl Config {
    /// Reads and checks the configuration; the error holds everything that is wrong with it.
    pub fn load(options: &LoadOptions) -> Result<Self, ConfigErrors> {
        let mut problems = Vec::new();
        let file = find(options).map_err(|error| ConfigErrors(vec![error]))?;
        let name = file.as_ref().map(|(path, _)| path.display().to_string());
        let mut entries = Entries::new();
        if let (Some((_, text)), Some(name)) = (&file, &name) {
            entries = source::from_file(name, text).map_err(ConfigErrors)?;
        }
        source::overlay(&mut entries, &options.env, &mut problems);
        let path = file.map(|(path, _)| options.directory.join(path));
        let beside = path.as_deref().and_then(Path::parent).unwrap_or(&options.directory);
        let values =
            Values::new(entries, name, beside.to_path_buf(), options.directory.clone(), problems);
        read(values, path, options.profile)
    }

    /// What `latchkey dev` uses on `port` without any file or variable; its data is kept in
    /// `directory`.
    pub fn for_dev(port: u16, directory: &Path) -> Result<Self, ConfigErrors> {
        Self::load(&LoadOptions {
            path: None,
            search: Vec::new(),
            directory: directory.to_path_buf(),
            env: BTreeMap::new(),
            profile: Profile::Dev { port: Some(port) },
        })
    }
}

fn read(
    mut values: Values,
    file: Option<PathBuf>,
    profile: Profile,
) -> Result<Config, ConfigErrors> {
    let site = Site::read(&mut values, profile);
    let http = HttpConfig::read(&mut values, profile);
    let limits = LimitsConfig::read(&mut values);
    let database = DatabaseConfig::read(&mut values, profile, &site.data_dir);
    let keys = KeysConfig::read(&mut values);
    let brand = BrandConfig::read(&mut values);
    let log = LogConfig::read(&mut values);
    let operations = OperationsConfig::read(&mut values, &http);
    let telemetry = TelemetryConfig::read(&mut values);
    let mail = MailConfig::read(&mut values);
    let api = ApiConfig::read(&mut values);
    let registration = RegistrationConfig::read(&mut values, profile, mail.is_some());
    let hashing = HashingConfig::read(&mut values, profile);
    let firebase = FirebaseConfig::read(&mut values);
    let breach = BreachConfig::read(&mut values);
    let geo = GeoConfig::read(&mut values);
    if let Some(issuer) = &site.issuer {
        check_private_database(&mut values, &database, issuer, &http);
        check_port(&mut values, profile, issuer, &http);
    }
    let settings = values.finish()?;
    let (Some(issuer), Some(keys)) = (site.issuer, keys) else {
        // Whatever made one of them `None` was noted as a problem, so `finish` has failed before.
        return Err(ConfigErrors(vec![ConfigError {
            place: "configuration".to_owned(),
            problem: "the issuer or the master key could not be read".to_owned(),
            fix: "set them anew".to_owned(),
        }]));
    };
    let Site { allow_insecure_http, data_dir, .. } = site;
    Ok(Config {
        profile,
        issuer,
        allow_insecure_http,
        data_dir,
        http,
        limits,
        database,
        keys,
        brand,
        log,
        operations,
        telemetry,
        mail,
        api,
        registration,
        hashing,
        firebase,
        breach,
        geo,
        file,
        settings,
    })
}

/// The private cluster is for this machine only: it has one node, no backups and no operator.
fn check_private_database(
    values: &mut Values,
    database: &DatabaseConfig,
    issuer: &Issuer,
    http: &HttpConfig,
) {
    let is_private = matches!(database.target, DatabaseTarget::Private(_));
    if is_private && !(issuer.is_loopback() && http.binds_loopback_only()) {
        values.require(
            "database.url",
            "`database.url` is missing: the private Postgres is only for a server that this \
             machine alone can reach",
            "set url = \"postgres://user:password@host/latchkey\" under [database], or DATABASE_URL",
        );
    }
}

/// A port on the command line moves dev's defaults, not what somebody has set.
fn check_port(values: &mut Values, profile: Profile, issuer: &Issuer, http: &HttpConfig) {
    let Profile::Dev { port: Some(port) } = profile else { return };
    let fix = "leave out --port, or remove this setting";
    if values.origin("issuer") != Origin::Default && issuer.port() != port {
        values.refuse("issuer", &format!("the issuer's port is not the {port} of --port"), fix);
    }
    if values.origin("http.bind") != Origin::Default
        && !http.bind.iter().any(|address| address.port() == port)
    {
        values.refuse("http.bind", &format!("no address has the {port} of --port"), fix);
    }
}

/// The file's path and text, or `None` when there is no file.
fn find(options: &LoadOptions) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let named = options.path.clone().or_else(|| {
        options.env.get("LATCHKEY_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    let candidates = named.as_ref().map_or(options.search.as_slice(), std::slice::from_ref);
    for path in candidates {
        let error = match fs::read(options.directory.join(path)) {
            Ok(bytes) => return decode(path, bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => continue,
            Err(error) => error,
        };
        return Err(ConfigError {
            place: path.display().to_string(),
            problem: format!("the configuration file cannot be read: {}", reason(&error)),
            fix: "name an existing file with --config, and let this user read it".to_owned(),
        });
    }
    Ok(None)
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<(PathBuf, String), ConfigError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok((path.to_path_buf(), text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            Err(ConfigError {
                place: format!("{}:{line}", path.display()),
                problem: "the file is not UTF-8 text".to_owned(),
                fix: "save it as UTF-8".to_owned(),
            })
        }
    }
}

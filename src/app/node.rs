//! One server process: everything that its handlers need.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use chrono::TimeDelta;
use tokio::sync::Semaphore;
use url::Url;

use super::database::{Database, claim, master_ring};
use super::error::StartError;
use super::keys::Making;
use super::refresh;
use crate::config::{BrandConfig, Config, HashingConfig, Profile};
use crate::crypto::keyring::{Keyring, KeyringError};
use crate::crypto::password::{Params, PasswordHasher};
use crate::crypto::seal::MasterKey;
use crate::federation::Federation;
use crate::http::api::Api;
use crate::http::extract::client_ip::Proxies;
use crate::http::middleware::flood::Flood;
use crate::http::oauth::discovery;
use crate::http::ops::health::Readiness;
use crate::http::pages::view::{Branding, Warning};
use crate::http::services::{Services, UPLOADS};
use crate::http::site::{Origins, Site};
use crate::identity::federated::Providers;
use crate::identity::{Identity, IdentityOptions, SettingsCache};
use crate::jobs::{Resources, Runner};
use crate::kernel::env::Env;
use crate::mail::{Office, Outbox, Sender, Smtp};
use crate::protocol::Provider;
use crate::protocol::client_auth::Guesses;
use crate::protocol::first_party::FirstParty;
use crate::protocol::refusals::Budget;
use crate::storage::ProviderCache;
use crate::storage::db::{Db, clock_offset};
use crate::storage::tx::Stop;

/// One server process. Cheap to clone; clones are the same node.
#[derive(Clone)]
pub struct Node {
    pub(super) env: Env,
    pub(super) db: Db,
    pub(super) keyring: Arc<Keyring>,
    pub(super) settings: SettingsCache,
    pub(super) providers: ProviderCache,
    federation: Federation,
    pub(super) readiness: Readiness,
    pub(super) making: Making,
    /// What the machine's clock was off when the node was built.
    pub(super) clock_correction: TimeDelta,
    /// How often it looks at the database by itself.
    pub(super) look_every: Duration,
    pub(super) site: web::Data<Site>,
    pub(super) services: web::Data<Services>,
    /// Sends mail, where there is a server for it.
    mail: Option<Sender>,
    /// Keeps the private Postgres running.
    _database: Arc<Database>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({:?})", self.site)
    }
}

impl Node {
    /// Builds a node for `database`. Blocks, and refuses a database that is not migrated, has no
    /// signing key, or belongs to another issuer or master key.
    pub fn build(config: &Config, env: Env, database: Database) -> Result<Self, StartError> {
        let ring = master_ring(config)?;
        let db = database.connect(&config.database)?;
        let readiness = Readiness::default();
        // Before anything is dated: every node goes by the database's clock.
        let off = db.read_blocking(|tx| Ok::<_, Stop<StartError>>(clock_offset(tx, &env)?))??;
        let clock_correction = refresh::correct(&env, &readiness, TimeDelta::zero(), off);
        let instance = claim(&db, &env, &config.issuer, &ring)?;
        let master = Arc::new(ring.hashing_for(&instance).map_err(KeyringError::Hashing)?);
        let read_at = env.now();
        let (stored, keys, redirect_uris, upstreams) = db.read_blocking(|tx| {
            let (settings, keys) = (tx.settings().load()?, tx.signing_keys().list()?);
            let uris = tx.clients().redirect_uris()?;
            Ok::<_, Stop<StartError>>((settings, keys, uris, tx.providers().list()?))
        })??;
        let settings = SettingsCache::new(stored);
        let providers = ProviderCache::default();
        providers.set(upstreams);
        let on_loopback = config.issuer.is_loopback();
        let federation = Federation::new(env.clone(), ring.clone(), on_loopback)?;
        let outbox = Outbox::new(
            env.clone(),
            settings.clone(),
            Arc::clone(&master),
            ring.clone(),
            office(config),
        );
        let mail = sender(config, &env, &db, &outbox)?;
        let keyring = Arc::new(Keyring::open(keys, ring, read_at)?);
        let identity = Identity::new(
            db.clone(),
            env.clone(),
            hasher(&config.hashing)?.with_firebase(config.firebase.clone()),
            settings.clone(),
            Arc::clone(&master),
            outbox,
            IdentityOptions {
                providers: Some(Providers {
                    cache: providers.clone(),
                    federation: federation.clone(),
                }),
                ..IdentityOptions::of(config)
            },
        );
        let provider = Provider {
            issuer: Arc::new(config.issuer.clone()),
            db: db.clone(),
            env: env.clone(),
            keyring: Arc::clone(&keyring),
            settings: settings.clone(),
            refusals: Budget::new(&env),
            guesses: Arc::new(Guesses::new(env.clone())),
            offers: identity.offers(),
            elsewhere: providers.clone(),
        };
        let metadata = discovery::document(&provider)?;
        let api = api(config, &provider, &master);
        let uploads = Semaphore::new(UPLOADS);
        let services = Services { identity, provider, api, master, uploads, metadata };
        Ok(Self {
            site: web::Data::new(site(config, &env, Origins::of(&redirect_uris))),
            services: web::Data::new(services),
            mail,
            readiness,
            clock_correction,
            look_every: config.database.look_every,
            making: Making::default(),
            _database: Arc::new(database),
            env,
            db,
            keyring,
            settings,
            providers,
            federation,
        })
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// What this node does by itself now and then.
    pub fn jobs(&self) -> Runner {
        let (db, env) = (self.db.for_jobs(), self.env.clone());
        Runner::new(Resources { db, env, identity: self.services.identity.clone() })
    }

    /// What sends mail; `None`: there is no server for it.
    pub fn mail(&self) -> Option<&Sender> {
        self.mail.as_ref()
    }

    /// The providers that people sign in with, as this node knows them.
    pub fn providers(&self) -> &ProviderCache {
        &self.providers
    }

    /// The way to them.
    pub fn federation(&self) -> &Federation {
        &self.federation
    }

    /// What people and operators do.
    pub fn identity(&self) -> &Identity {
        &self.services.identity
    }
}

/// What becomes of mail under this configuration.
pub fn office(config: &Config) -> Office {
    match (&config.mail, config.profile) {
        (Some(_), _) => Office::Sending,
        (None, Profile::Dev { .. }) => Office::Kept,
        (None, Profile::Serve | Profile::Tool) => Office::Closed,
    }
}

fn sender(
    config: &Config,
    env: &Env,
    db: &Db,
    outbox: &Outbox,
) -> Result<Option<Sender>, StartError> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let smtp = Smtp::new(mail, &config.brand.name, env)?;
    let lanes = smtp.connections();
    Ok(Some(Sender::new(outbox.clone(), db.clone(), env.clone(), Arc::new(smtp), lanes)))
}

/// The operator's own front end. Whether its client is there and fits is asked at each sign-in, because
/// operators register and change clients while nodes run.
fn api(config: &Config, provider: &Provider, master: &Arc<MasterKey>) -> Option<Api> {
    let api = config.api.as_ref()?;
    // The configuration has the rule of client ids.
    let client_id = api.client_id.parse().ok()?;
    let client = FirstParty::new(provider.clone(), Arc::clone(master), client_id);
    Some(Api { client, origins: api.origins.clone() })
}

fn hasher(config: &HashingConfig) -> Result<PasswordHasher, StartError> {
    let params = Params {
        memory_kib: config.memory_kib,
        iterations: config.iterations,
        parallelism: config.parallelism,
    };
    Ok(PasswordHasher::new(params, config.concurrent, config.queue)?)
}

fn site(config: &Config, env: &Env, origins: Origins) -> Site {
    let warning = match config.profile {
        Profile::Dev { .. } => Some(Warning::Development),
        Profile::Serve | Profile::Tool => config.is_insecure().then_some(Warning::Insecure),
    };
    Site {
        env: env.clone(),
        issuer: config.issuer.clone(),
        branding: branding(&config.brand),
        warning,
        proxies: Proxies {
            trusted: config.http.trusted_proxies.clone(),
            header: config.http.client_address_header,
        },
        flood: Flood::new(env, &config.limits),
        max_body_bytes: config.http.max_body_bytes,
        body_timeout: config.http.request_timeout,
        origins,
    }
}

fn branding(config: &BrandConfig) -> Branding {
    let text = |url: &Option<Url>| url.as_ref().map(ToString::to_string);
    Branding {
        name: config.name.clone(),
        logo_url: None,
        privacy: text(&config.privacy_url),
        terms: text(&config.terms_url),
        help: text(&config.help_url),
    }
}

//! What people do: sign in, register, allow apps, look after their account; and what operators do
//! to accounts. No client-facing protocol and no HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use tracing::Instrument as _;

use crate::config::{BreachConfig, Config};
use crate::crypto::password::PasswordHasher;
use crate::crypto::seal::MasterKey;
use crate::crypto::webauthn::{self, RelyingParty};
use crate::domain::audit::{AuditEvent, RequestContext};
use crate::domain::setting::Settings;
use crate::kernel::env::Env;
use crate::kernel::ids::AuditEventId;
use crate::kernel::urls::Issuer;
use crate::mail::Outbox;
use crate::storage::db::Db;
use crate::storage::error::StorageError;
use crate::storage::patience;
use crate::storage::tx::Tx;

pub mod account;
pub mod activity;
pub mod addresses;
pub mod admin;
pub mod authenticators;
mod breach;
pub mod change_password;
pub mod closing;
mod consent;
pub mod devices;
pub mod export;
pub mod federated;
pub mod fresh;
pub mod login;
mod new_password;
mod notice;
pub mod passkeys;
pub mod pictures;
pub mod places;
mod rate_limit;
pub mod recover;
pub mod recovery_codes;
pub mod register;
mod renew;
mod reserved;
pub mod session;
pub mod username;
pub mod ways_in;

use self::breach::Breach;
use self::federated::Providers;
use self::pictures::Studio;
use self::places::Places;
pub use crate::storage::SettingsCache;
pub use login::Offers;
pub use rate_limit::network;

/// What the configuration says about people's accounts, and where else they sign in.
#[derive(Clone, Debug)]
pub struct IdentityOptions {
    /// Whether people may make accounts themselves.
    pub registration_open: bool,
    /// Where links in mail lead, whatever a request claims.
    pub issuer: Issuer,
    /// What the product calls itself on its pages; nobody may take that as a password.
    pub brand: String,
    /// Where people find help.
    pub help: Option<String>,
    /// Where addresses are.
    pub places: Places,
    /// The origins of the operator's own front end, on whose pages people use their passkeys as well.
    pub front_end: Vec<String>,
    /// Where new passwords are looked up; `None`: nowhere.
    pub breach: Option<BreachConfig>,
    /// Where else people sign in; `None`: nowhere, as far as this process is concerned.
    pub providers: Option<Providers>,
}

impl IdentityOptions {
    /// What this configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            registration_open: config.registration.open,
            issuer: config.issuer.clone(),
            brand: config.brand.name.clone(),
            help: config.brand.help_url.as_ref().map(ToString::to_string),
            places: Places::of(config.geo.database.as_deref()),
            front_end: config.api.as_ref().map(|api| api.origins.clone()).unwrap_or_default(),
            breach: config.breach.clone(),
            providers: None,
        }
    }
}

/// The use cases around people. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    db: Db,
    env: Env,
    hasher: PasswordHasher,
    settings: SettingsCache,
    master: Arc<MasterKey>,
    outbox: Outbox,
    options: IdentityOptions,
    breach: Option<Breach>,
    relying_party: Option<RelyingParty>,
    studio: Studio,
}

impl Identity {
    /// Puts the use cases together.
    pub fn new(
        db: Db,
        env: Env,
        hasher: PasswordHasher,
        settings: SettingsCache,
        master: Arc<MasterKey>,
        outbox: Outbox,
        options: IdentityOptions,
    ) -> Self {
        let breach = options.breach.as_ref().and_then(Breach::new);
        let relying_party = RelyingParty::of(&options.issuer, &options.brand, &options.front_end);
        let studio = Studio::default();
        Self(Arc::new(Inner {
            db,
            env,
            hasher,
            settings,
            master,
            outbox,
            options,
            breach,
            relying_party,
            studio,
        }))
    }

    /// Whether people can have passkeys here: not where the issuer is an address.
    pub fn offers_passkeys(&self) -> bool {
        self.0.relying_party.is_some()
    }

    /// What this server is to authenticators.
    fn relying_party(&self) -> Result<&RelyingParty, webauthn::Refused> {
        self.0.relying_party.as_ref().ok_or(webauthn::Refused { reason: "unavailable" })
    }

    /// Whether people may make accounts themselves: they confirm their address, so without mail nobody
    /// does.
    pub fn registration_open(&self) -> bool {
        self.0.options.registration_open && self.outbox().is_open()
    }

    /// What this installation does for people.
    pub fn offers(&self) -> Offers {
        Offers { registration: self.registration_open(), mail: self.outbox().is_open() }
    }

    /// The present settings.
    pub fn settings(&self) -> Arc<Settings> {
        self.0.settings.get()
    }

    /// What hashes passwords, for whoever looks how busy it is.
    pub fn hasher(&self) -> &PasswordHasher {
        &self.0.hasher
    }

    /// Where mail to people is written down.
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn env(&self) -> &Env {
        &self.0.env
    }

    fn master(&self) -> &Arc<MasterKey> {
        &self.0.master
    }

    /// Goes on with an act when whoever asked for it hangs up. What is counted before it is looked at
    /// must be concluded: else a guesser who never waits for the answer would lock accounts without a
    /// trace, and somebody impatient would be charged for what nobody looked at.
    async fn to_the_end<T: Send + 'static, E: From<StorageError> + Send + 'static>(
        act: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let task = tokio::spawn(patience::shared(act.in_current_span()));
        let panicked = || StorageError::Other("the use case panicked".to_owned());
        task.await.unwrap_or_else(|_| Err(panicked().into()))
    }

    /// One transaction of a use case that cannot be refused.
    async fn change<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let Ok::<T, Infallible>(value) = self.db().write(move |tx| Ok(f(tx)?)).await?;
        Ok(value)
    }
}

/// Writes an entry of the trail, in the transaction of the act.
fn record(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    event: &AuditEvent,
) -> Result<(), StorageError> {
    tx.audit().append(AuditEventId::new(env), event, ctx, env.now())
}

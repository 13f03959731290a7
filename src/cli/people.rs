//! What commands about people share: the use cases of `identity`, run on this thread.

use std::sync::Arc;

use super::Context;
use super::database::Open;
use super::exit::{Exit, Failure};
use super::output;
use crate::app;
use crate::config::Config;
use crate::crypto::keyring::KeyringError;
use crate::crypto::password::{Params, PasswordHasher};
use crate::domain::audit::RequestContext;
use crate::domain::user::Profile;
use crate::identity::admin::AdminError;
use crate::identity::admin::IssuedLink;
use crate::identity::{Identity, IdentityOptions, SettingsCache};
use crate::mail::Outbox;

/// An opened database with the use cases on it.
pub(super) struct People {
    pub(super) open: Open,
    pub(super) identity: Identity,
    runtime: tokio::runtime::Runtime,
}

impl People {
    /// Opens the database. The master key must be there, because failed sign-ins are counted under
    /// keyed hashes of who tried.
    pub(super) fn open(context: &Context) -> Result<Self, Failure> {
        let open = context.open()?;
        let ring = app::master_ring(&open.config)?;
        let (settings, instance) =
            open.read(|tx| Ok((tx.settings().load()?, tx.instance().find()?)))?;
        let master = match instance {
            Some(instance) => {
                app::check_master_key(&instance, &ring)?;
                ring.hashing_for(&instance).map_err(KeyringError::Hashing)?
            }
            None => ring.current().clone(),
        };
        let (settings, master) = (SettingsCache::new(settings), Arc::new(master));
        let outbox = Outbox::new(
            open.env.clone(),
            settings.clone(),
            Arc::clone(&master),
            ring,
            app::office(&open.config),
        );
        let identity = Identity::new(
            open.db.clone(),
            open.env.clone(),
            hasher(&open.config)?,
            settings,
            master,
            outbox,
            IdentityOptions::of(&open.config),
        );
        Ok(Self { open, identity, runtime: runtime()? })
    }

    /// Waits for a use case.
    pub(super) fn wait<T, E: Into<Failure>>(
        &self,
        act: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        self.runtime.block_on(act).map_err(Into::into)
    }

    /// The person that the command line names.
    pub(super) fn find(&self, who: &str) -> Result<Profile, Failure> {
        self.wait(self.identity.find_user(who))?.ok_or_else(|| {
            Failure::new(Exit::Refused, format!("there is no user {who}"))
                .fix("`latchkey user list` shows them")
        })
    }

    /// The address of a link, below the issuer.
    pub(super) fn link(&self, path: &str, link: &IssuedLink) -> Result<String, Failure> {
        Ok(format!("{}?token={}", self.open.issuer()?.join(path), link.secret.expose()))
    }
}

/// An operator's act belongs to no request.
pub(super) fn no_request() -> RequestContext {
    RequestContext::default()
}

/// A runtime for one use case at a time.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::new(Exit::Failure, format!("the system gives no threads or sockets: {error}"))
    })
}

/// A hasher as configured, for one password at a time.
pub(super) fn hasher(config: &Config) -> Result<PasswordHasher, Failure> {
    let params = Params {
        memory_kib: config.hashing.memory_kib,
        iterations: config.hashing.iterations,
        parallelism: config.hashing.parallelism,
    };
    let hasher = PasswordHasher::new(params, 1, 1);
    hasher
        .map(|hasher| hasher.with_firebase(config.firebase.clone()))
        .map_err(|error| Failure::new(Exit::Configuration, error.to_string()))
}

/// When a link ends, in words.
pub(super) fn until(link: &IssuedLink) -> String {
    format!("once, until {}", output::time(Some(link.expires_at)))
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let message = error.to_string();
        match error {
            AdminError::Storage(error) => error.into(),
            AdminError::Hashing(_) => Self::new(Exit::Failure, message),
            AdminError::Problems(problems) => Self::new(Exit::Usage, "this is refused")
                .details(problems.iter().map(ToString::to_string).collect()),
            AdminError::UnknownRole(_) => Self::new(Exit::Usage, message)
                .fix("`latchkey role list` shows them, and `latchkey role add` makes one"),
            AdminError::LastAdministrator => Self::new(Exit::Refused, message).fix(
                "make another administrator first: `latchkey user add … --role administrator`",
            ),
            AdminError::LastWayIn => Self::new(Exit::Refused, message)
                .fix("set a password first, by `latchkey user set-password`"),
            AdminError::Deleting | AdminError::NotActive => {
                Self::new(Exit::Refused, message).fix("`latchkey user enable` opens it again")
            }
            AdminError::AccountInUse => Self::new(Exit::Refused, message)
                .fix("`latchkey user set-password WHO --mail` mails them a link"),
            AdminError::NotMailed => Self::new(Exit::Refused, message)
                .fix("`--print-link` or `--link` shows the link here instead"),
            AdminError::NotFound | AdminError::Yourself | AdminError::AdministratorExists => {
                Self::new(Exit::Refused, message)
            }
        }
    }
}

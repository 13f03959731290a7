//! Why a node does not start.

use std::io;

use crate::crypto::keyring::KeyringError;
use crate::crypto::master_key::MasterKeyError;
use crate::crypto::password::BadParams;
use crate::mail::BadMail;
use crate::observe::figures::NotKept;
use crate::outbound::OutboundError;
use crate::protocol::keys::KeysRefusal;
use crate::storage::error::StorageError;
use crate::storage::migrate::SchemaMismatch;
use crate::storage::private_postgres;

/// Why a node does not start. Messages hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The master key cannot be had.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The private Postgres does not run.
    #[error(transparent)]
    PrivatePostgres(#[from] private_postgres::Error),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database's schema is not this release's.
    #[error(transparent)]
    Schema(#[from] SchemaMismatch),
    /// The database belongs to another issuer.
    #[error(
        "this database belongs to the issuer {recorded}, but the configuration says {configured}: \
         accounts and tokens of one are worth nothing at the other"
    )]
    OtherIssuer {
        /// The issuer of the database.
        recorded: String,
        /// The issuer of the configuration.
        configured: String,
    },
    /// The database was sealed with another master key.
    #[error(
        "this database is sealed with the master key {recorded}, but the one at hand is {present}"
    )]
    OtherMasterKey {
        /// The id of the database's master key.
        recorded: String,
        /// The id of the master key at hand.
        present: String,
    },
    /// There is no key to sign with.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The schedule of the signing keys cannot go on.
    #[error("the schedule of the signing keys cannot go on: {0}")]
    Schedule(#[from] KeysRefusal),
    /// The next signing key could not be stored, and another one is not made yet.
    #[error("the next signing key could not be stored; it is tried again in a while")]
    KeyPutOff,
    /// The metadata has no JSON form.
    #[error("the metadata cannot be written: {0}")]
    Metadata(#[from] serde_json::Error),
    /// The cost of password hashing is impossible.
    #[error(transparent)]
    Hashing(#[from] BadParams),
    /// The configuration of mail cannot be used.
    #[error(transparent)]
    Mail(#[from] BadMail),
    /// There can be no figures.
    #[error(transparent)]
    Figures(#[from] NotKept),
    /// There is no client to ask other providers with.
    #[error("other providers cannot be asked: {0}")]
    Outbound(#[from] OutboundError),
    /// An address cannot be listened on, or the server could not be started.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
}

impl StartError {
    /// What to do, where the message does not say it itself.
    pub fn fix(&self) -> Option<&'static str> {
        match self {
            Self::Schema(SchemaMismatch::Older { .. }) => {
                Some("run `latchkey migrate`, then start again")
            }
            Self::Schema(SchemaMismatch::Newer { .. }) => {
                Some("start the newer release, or restore the backup from before its migration")
            }
            Self::OtherIssuer { .. } => {
                Some("set `issuer` back to what it was, or use another database for the new issuer")
            }
            Self::OtherMasterKey { .. } => Some(
                "put the master key back that was used before; or while you change it, name \
                     that one as `keys.previous_master_key_file` beside the new one",
            ),
            Self::Storage(_) => Some("check `database.url`, and whether the database runs"),
            Self::MasterKey(_)
            | Self::PrivatePostgres(_)
            | Self::Keyring(_)
            | Self::Schedule(_)
            | Self::KeyPutOff
            | Self::Metadata(_)
            | Self::Hashing(_)
            | Self::Mail(_)
            | Self::Figures(_)
            | Self::Outbound(_)
            | Self::Io { .. } => None,
        }
    }
}

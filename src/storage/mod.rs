//! The only room that knows SQL.
//!
//! A use case runs in [`db::Db::read`] or [`db::Db::write`] and reaches the tables through the
//! repositories of its [`tx::Tx`].

mod admission;
pub mod db;
pub mod error;
pub mod migrate;
pub mod patience;
mod pool;
pub mod private_postgres;
mod provider_cache;
pub mod repo;
mod schema;
pub mod server;
mod settings_cache;
mod steps;
pub mod tx;

pub use db::{Db, DbOptions};
pub use error::StorageError;
pub use provider_cache::ProviderCache;
pub use settings_cache::SettingsCache;
pub use tx::{Stop, Tx};

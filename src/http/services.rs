//! The use cases that handlers call.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::crypto::seal::MasterKey;
use crate::http::api::Api;
use crate::http::oauth::document::Document;
use crate::identity::Identity;
use crate::protocol::Provider;

/// How many files a node receives at once.
pub const UPLOADS: usize = 8;

/// The use cases that handlers call.
pub struct Services {
    /// What people do.
    pub identity: Identity,
    /// What relying parties ask for.
    pub provider: Provider,
    /// The operator's own front end; `None`: there is no JSON API.
    pub api: Option<Api>,
    /// Binds forms to the browser that got them.
    pub master: Arc<MasterKey>,
    /// Places for those who send a file: how many files are in memory at once, whoever sends them.
    pub uploads: Semaphore,
    /// The metadata document.
    pub metadata: Document,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

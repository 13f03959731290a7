//! What one database belongs to.

use chrono::{DateTime, Utc};

use super::sealed::Sealed;

/// What a database belongs to, recorded when it was first used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The issuer whose subjects and tokens are in it; another one must not use it.
    pub issuer: String,
    /// The master key that its values are sealed with.
    pub master_key_id: String,
    /// The key of its keyed hashes, once it is no longer the one that follows from the master key:
    /// hashes cannot be made anew, so their key outlives a change of the master key.
    pub hashing_key: Option<Sealed>,
    /// When its first administrator was made; that never happens again.
    pub administrator_at: Option<DateTime<Utc>>,
}

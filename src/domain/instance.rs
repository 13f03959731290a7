//! What one database belongs to.

use chrono::{DateTime, Utc};

/// What a database belongs to, recorded when it was first used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The issuer whose subjects and tokens are in it; another one must not use it.
    pub issuer: String,
    /// The master key that its values are sealed with.
    pub master_key_id: String,
    /// When its first administrator was made; that never happens again.
    pub administrator_at: Option<DateTime<Utc>>,
}

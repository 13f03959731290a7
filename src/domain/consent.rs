//! What a person allowed a client.

use chrono::{DateTime, Utc};

use super::scope::Scopes;
use crate::kernel::ids::UserId;

/// What a person allowed a client, until they take it back.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who allowed.
    pub user_id: UserId,
    /// Whom.
    pub client_id: String,
    /// What.
    pub scopes: Scopes,
    /// When first.
    pub created_at: DateTime<Utc>,
    /// When last widened.
    pub updated_at: DateTime<Utc>,
}

/// What an app's grant rests on, besides a live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentBasis {
    /// The person's consent, which must be there when the grant is given.
    Given,
    /// The app is the operator's own: no consent needs to be there.
    FirstParty,
}

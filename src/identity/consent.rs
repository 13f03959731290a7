//! What people allow apps.

use chrono::{DateTime, Utc};

use crate::domain::client::ClientId;
use crate::domain::consent::{Allowance, Consent};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Adds to what somebody allows an app.
pub(super) fn give(
    tx: &mut Tx<'_>,
    user: UserId,
    client: &ClientId,
    given: &Allowance,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    tx.consents().give(&Consent {
        user_id: user,
        client_id: client.as_str().to_owned(),
        scopes: given.scopes.clone(),
        claims: given.claims.clone(),
        created_at: now,
        updated_at: now,
    })
}

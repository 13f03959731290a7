//! What people allow apps.

use chrono::{DateTime, Utc};

use crate::domain::client::ClientId;
use crate::domain::consent::Consent;
use crate::domain::scope::Scopes;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Adds `scopes` to what somebody allows an app.
pub(super) fn give(
    tx: &mut Tx<'_>,
    user: UserId,
    client: &ClientId,
    scopes: &Scopes,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let consent = match tx.consents().find(user, client)? {
        Some(known) => Consent { scopes: known.scopes.union(scopes), updated_at: now, ..known },
        None => Consent {
            user_id: user,
            client_id: client.as_str().to_owned(),
            scopes: scopes.clone(),
            created_at: now,
            updated_at: now,
        },
    };
    tx.consents().put(&consent)
}

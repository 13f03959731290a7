//! How often something is sent, where nobody is to learn whether it was.

use chrono::{DateTime, Utc};

use super::budgets::{account, key};
use crate::crypto::seal::MasterKey;
use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Whom something is counted for: an account by whichever of its names, or the name that none has.
pub(in crate::identity) fn subject(user: Option<UserId>, name: &str) -> String {
    user.map_or_else(|| format!("name {name}"), account)
}

/// Counts one more, and tells whether it fits into the window. One statement, exact over all nodes:
/// whoever comes at the same time waits for this transaction to end.
pub(in crate::identity) fn take_one(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    kind: AttemptKind,
    subject: &str,
    limit: Limit,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let id = (kind, key(master, kind, subject));
    let counted = tx.attempts().reserve(&[(id, now + limit.window)], now)?;
    Ok(counted.first().is_some_and(|counted| !counted.is_beyond(limit)))
}

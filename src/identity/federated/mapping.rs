//! What a provider says becomes roles and details of the account, by the operator's rules.

use chrono::{DateTime, Utc};

use super::arrive::Word;
use crate::domain::claim_rule::{self, When};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Applies the provider's rules to an account that is held. A role that there is not is left out, and the
/// log says so: an operator may have removed it, and nobody is kept out by that.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    user: UserId,
    word: &Word,
    when: When,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mapped = claim_rule::map(&word.provider.policy.rules, &word.person.claims, when);
    for role in &mapped.give {
        if !tx.roles().grant(user, role, now)? {
            tracing::warn!(provider = word.provider.slug.as_str(), role, "a rule names no role");
        }
    }
    for role in &mapped.take {
        tx.roles().withdraw(user, role)?;
    }
    if mapped.profile.is_empty() {
        return Ok(());
    }
    let Some(profile) = tx.users().find(user)? else { return Ok(()) };
    let before = profile.user.details();
    let mut details = before.clone();
    for (detail, text) in &mapped.profile {
        // Whatever is no such detail was left out when the rule was looked at.
        let _ = details.set(*detail, text.as_deref().unwrap_or_default());
    }
    if details != before {
        tx.users().set_details(user, &details, now)?;
    }
    Ok(())
}

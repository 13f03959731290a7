//! What a provider says becomes roles and details of the account, by the operator's rules.

use serde_json::Map;

use super::arrive::Word;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::claim_rule::{self, Mapped, When};
use crate::domain::details::Detail;
use crate::domain::provider::Provider;
use crate::domain::role;
use crate::identity::record;
use crate::kernel::env::Env;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Applies the provider's rules to an account that is held, and writes down what they change. A role that
/// there is not is left out, and the log says so: an operator may have removed it, and nobody is kept out by
/// that. Nor does a rule take the last administrator away.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    user: UserId,
    word: &Word,
    when: When,
) -> Result<(), StorageError> {
    let mapped = claim_rule::map(&word.provider.policy.rules, &word.person.claims, when);
    write(tx, env, ctx, user, word.provider.slug.as_str(), &mapped)
}

/// What a provider that an account is no more connected with has asserted at each sign-in goes, as if it said
/// nothing of it any more.
pub(super) fn forget(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    user: UserId,
    provider: &Provider,
) -> Result<(), StorageError> {
    let mapped = claim_rule::map(&provider.policy.rules, &Map::new(), When::Each);
    write(tx, env, ctx, user, provider.slug.as_str(), &mapped)
}

fn write(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    user: UserId,
    provider: &str,
    mapped: &Mapped,
) -> Result<(), StorageError> {
    let now = env.now();
    let Some(profile) = tx.users().find(user)? else { return Ok(()) };
    let has = |role: &&String| profile.roles.contains(role);
    let (mut given, mut taken) = (vec![], vec![]);
    for role in mapped.give.iter().filter(|role| !has(role)) {
        if tx.roles().grant(user, role, now)? {
            given.push(role);
        } else {
            tracing::warn!(provider, role, "a rule names no role");
        }
    }
    for role in mapped.take.iter().filter(has) {
        if role == role::ADMINISTRATOR && is_last(tx, user)? {
            tracing::warn!(provider, "a rule would take the last administrator away");
            continue;
        }
        tx.roles().withdraw(user, role)?;
        taken.push(role);
    }
    let before = profile.user.details();
    let mut details = before.clone();
    for (detail, text) in &mapped.profile {
        // Whatever is no such detail was left out when the rule was looked at.
        let _ = details.set(*detail, text.as_deref().unwrap_or_default());
    }
    if details != before {
        tx.users().set_details(user, &details, now)?;
    }
    if given.is_empty() && taken.is_empty() && details == before {
        return Ok(());
    }
    let differs = |detail: &&Detail| details.get(**detail) != before.get(**detail);
    let changed: Vec<_> = Detail::ALL.iter().filter(differs).map(|it| it.as_str()).collect();
    let event = AuditEvent::new(Action::UserChanged, Actor::System).target("user", user).details(
        serde_json::json!({
            "provider": provider, "changed": changed, "roles_given": given, "roles_taken": taken,
        }),
    );
    record(tx, env, ctx, &event)
}

fn is_last(tx: &mut Tx<'_>, user: UserId) -> Result<bool, StorageError> {
    tx.users().lock_role(role::ADMINISTRATOR)?;
    Ok(!tx.users().other_active_holder(role::ADMINISTRATOR, user)?)
}

//! Codes on paper.

use super::Verdict;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::user::Profile;
use crate::identity::recovery_codes::hash;
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::mail::message::{Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Uses the code up, if it is one of the account's. What was used is told from what never was by
/// nobody.
pub(super) fn spend(
    tx: &mut Tx<'_>,
    identity: &Identity,
    user: UserId,
    code: &RecoveryCode,
) -> Result<Verdict, StorageError> {
    let hash = hash(identity.master(), user, code);
    let is_spent = tx.recovery_codes().spend(user, hash, identity.env().now())?;
    Ok(if is_spent { Verdict::Right } else { Verdict::Wrong })
}

/// Notes that a code was used, and tells the person how many are left.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    identity: &Identity,
    ctx: &RequestContext,
    profile: &Profile,
) -> Result<(), StorageError> {
    let (user, now) = (profile.user.id, identity.env().now());
    let left = tx.recovery_codes().standing(user)?.map_or(0, |(_, left)| left);
    let event = AuditEvent::new(Action::RecoveryCodeUsed, Actor::User(user))
        .target("user", user)
        .details(serde_json::json!({ "left": left }));
    record(tx, identity.env(), ctx, &event)?;
    let occasion = Occasion::new(now, ctx.ip.as_deref(), ctx.user_agent.as_deref());
    identity.notify(tx, profile, &Message::RecoveryCodeUsed { left, occasion })
}

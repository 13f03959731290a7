//! Roles of people who are there already.

use super::{AdminError, existing};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::role::ADMINISTRATOR;
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::storage::tx::Stop;

impl Identity {
    /// Gives somebody a role, or takes it away (`gives`); never the last administrator's. False: it was so
    /// before.
    pub async fn set_role(
        &self,
        by: Actor,
        user: UserId,
        role: &str,
        gives: bool,
        ctx: &RequestContext,
    ) -> Result<bool, AdminError> {
        let (env, ctx, role) = (self.env().clone(), ctx.clone(), role.to_owned());
        self.db()
            .write(move |tx| {
                tx.users().lock(user)?;
                let profile = existing(tx, user)?;
                if profile.roles.contains(&role) == gives {
                    return Ok(false);
                }
                let changed = if gives {
                    if !tx.roles().grant(user, &role, env.now())? {
                        return Err(Stop::Refused(AdminError::UnknownRole(role)));
                    }
                    serde_json::json!({ "roles_given": [role] })
                } else {
                    if role == ADMINISTRATOR {
                        tx.users().lock_role(&role)?;
                        if !tx.users().other_active_holder(&role, user)? {
                            return Err(Stop::Refused(AdminError::LastAdministrator));
                        }
                    }
                    tx.roles().withdraw(user, &role)?;
                    serde_json::json!({ "roles_taken": [role] })
                };
                let event =
                    AuditEvent::new(Action::UserChanged, by).target("user", user).details(changed);
                record(tx, &env, &ctx, &event)?;
                Ok(true)
            })
            .await?
    }
}

//! Changing what operators can change at run time.

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::setting::{BadValue, Setting, Settings};
use crate::identity::record;
use crate::kernel::env::Env;
use crate::storage::Stop;
use crate::storage::tx::Tx;

/// A setting's value before and after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Before.
    pub from: u32,
    /// After.
    pub to: u32,
}

/// Gives a setting a value, or with `None` its default. Decided under a lock, and on the trail in the
/// same transaction; every node follows within five seconds.
///
/// Refuses what is not allowed, alone or together with the other settings.
pub fn change(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    setting: &Setting,
    value: Option<u32>,
) -> Result<Changed, Stop<BadValue>> {
    tx.settings().lock()?;
    let before: Settings = tx.settings().load()?.settings;
    let (from, to) = (setting.of(&before), value.unwrap_or(setting.default));
    before.with(setting, to).map_err(Stop::Refused)?;
    match value {
        Some(value) => tx.settings().put(setting, value, &name(&by), env.now())?,
        None => tx.settings().forget(setting)?,
    }
    let event = AuditEvent::new(Action::SettingChanged, by)
        .target("setting", setting.name)
        .details(serde_json::json!({ "from": from, "to": to, "default": value.is_none() }));
    record(tx, env, ctx, &event)?;
    Ok(Changed { from, to })
}

/// Who changed it, as the list of settings shows it.
fn name(by: &Actor) -> String {
    match by {
        Actor::User(id) => format!("user {id}"),
        Actor::Client(id) => format!("client {id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Anonymous => "anonymous".to_owned(),
    }
}

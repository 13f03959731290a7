//! Providers that people sign in with, as operators manage them.

use serde_json::{Map, Value, json};

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::provider::{Provider, Slug};
use crate::identity::record;
use crate::kernel::env::Env;
use crate::storage::repo::providers::{Stored, Unusable};
use crate::storage::tx::Tx;
use crate::storage::{Stop, StorageError};

/// Why a provider stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderRefusal {
    /// There is none of this name.
    #[error("there is no provider {0}")]
    Missing(String),
    /// There is one of this name.
    #[error("there is a provider {0} already")]
    Taken(Slug),
    /// Somebody else changed it since it was looked at.
    #[error("somebody else changed the provider meanwhile")]
    Changed,
    /// Everything was moved to another master key since the secret was sealed.
    #[error("everything was moved to another master key meanwhile")]
    OtherKey,
    /// This release cannot read it.
    #[error("the provider {slug} cannot be used: {0}", slug = .0.slug)]
    Unusable(Box<Unusable>),
}

/// Adds a provider. Its settings were held against its metadata before, with no connection held.
pub fn add(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    provider: &Provider,
) -> Result<(), Stop<ProviderRefusal>> {
    check_sealed(tx, provider)?;
    if !tx.providers().insert(provider)? {
        return Err(Stop::Refused(ProviderRefusal::Taken(provider.slug.clone())));
    }
    let details = json!({ "kind": provider.kind.as_str(), "issuer": provider.issuer.as_str() });
    let event = event(Action::ProviderCreated, by, provider.slug.as_str()).details(details);
    Ok(record(tx, env, ctx, &event)?)
}

/// Puts `after` in the place of `before`. `changed` goes on the trail.
pub fn change(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    before: &Provider,
    after: &Provider,
    changed: Map<String, Value>,
) -> Result<(), Stop<ProviderRefusal>> {
    check_sealed(tx, after)?;
    match find(tx, before.slug.as_str())? {
        Stored::Usable(present) if *present == *before => {}
        Stored::Usable(_) | Stored::Unusable(_) => {
            return Err(Stop::Refused(ProviderRefusal::Changed));
        }
    }
    tx.providers().update(after)?;
    let details = json!({ "changed": changed });
    let event = event(Action::ProviderChanged, by, after.slug.as_str()).details(details);
    Ok(record(tx, env, ctx, &event)?)
}

/// Disables or enables a provider. One that this release cannot use is disabled as any other one, and not
/// enabled. False: it was so before.
pub fn switch(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    slug: &str,
    enable: bool,
) -> Result<bool, Stop<ProviderRefusal>> {
    let found = find(tx, slug)?;
    if let Stored::Unusable(unusable) = &found
        && enable
    {
        return Err(Stop::Refused(ProviderRefusal::Unusable(Box::new(unusable.clone()))));
    }
    if found.is_enabled() == enable {
        return Ok(false);
    }
    let now = env.now();
    tx.providers().switch(found.id(), (!enable).then_some(now), now)?;
    let action = if enable { Action::ProviderEnabled } else { Action::ProviderDisabled };
    record(tx, env, ctx, &event(action, by, slug))?;
    Ok(true)
}

/// Removes a provider, usable or not. Accounts stay linked, because whom they are is the issuer's to say.
/// Yields the apps whose people were sent there.
pub fn remove(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    by: Actor,
    slug: &str,
) -> Result<Vec<String>, Stop<ProviderRefusal>> {
    let found = find(tx, slug)?;
    // Their people come to our own page from now on.
    let clients = tx.clients().sent_to(slug)?;
    tx.providers().remove(found.id())?;
    let details = json!({ "issuer": found.issuer(), "clients": clients });
    record(tx, env, ctx, &event(Action::ProviderRemoved, by, slug).details(details))?;
    Ok(clients)
}

fn find(tx: &mut Tx<'_>, slug: &str) -> Result<Stored, Stop<ProviderRefusal>> {
    let found = tx.providers().look_for_update(slug)?;
    found.ok_or_else(|| Stop::Refused(ProviderRefusal::Missing(slug.to_owned())))
}

/// Nobody moves everything to another master key until the transaction ends, and nobody has since the
/// secret was sealed.
fn check_sealed(tx: &mut Tx<'_>, provider: &Provider) -> Result<(), Stop<ProviderRefusal>> {
    let recorded: Result<_, StorageError> = tx.instance().sealing_key_id();
    match (&provider.secret, recorded?) {
        (Some(sealed), Some(key_id)) if sealed.key_id != key_id => {
            Err(Stop::Refused(ProviderRefusal::OtherKey))
        }
        _ => Ok(()),
    }
}

fn event(action: Action, by: Actor, slug: &str) -> AuditEvent {
    AuditEvent::new(action, by).target("provider", slug)
}

//! The second Latchkey of a demo: Example Works, where Ada has an account. To the first one it is a provider
//! like any other, so that a newcomer sees how people sign in with one.

use serde_json::{Map, json};

use super::data::{DemoError, Person};
use crate::crypto::master_ring::MasterRing;
use crate::crypto::provider_secret;
use crate::domain::audit::{Actor, RequestContext};
use crate::domain::details::Detail;
use crate::domain::provider::{
    Provider, ProviderKind, ProviderPolicy, SecondFactorTrust, Slug, UpstreamAuth,
};
use crate::identity::admin::provider as admin;
use crate::kernel::env::Env;
use crate::kernel::ids::ProviderId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::repo::providers::Stored;
use crate::storage::{Stop, StorageError, Tx};

/// What it is called.
pub const NAME: &str = "Example Works";
/// Its name in addresses.
pub const SLUG: &str = "example-works";
/// What it calls the first Latchkey.
pub const CLIENT_ID: &str = "latchkey";
/// How its pages name the first Latchkey: they show nothing but the app's name, and a newcomer is to see
/// where they are.
pub const CLIENT_NAME: &str = "Latchkey with Example Works";
/// Where it is, up to the port. Another site than the first one, as in real life.
const PLACE: &str = "http://127.0.0.1:";

/// Who has an account there.
pub const ADA: Person = Person {
    email: "ada@works.example",
    username: "ada",
    name: "Ada at Example Works",
    details: &[(Detail::GivenName, "Ada"), (Detail::Locale, "en-GB")],
};

/// Its issuer at a port.
pub fn issuer(port: u16) -> String {
    format!("{PLACE}{port}")
}

/// Whether people can sign in with it, so that nobody may rely on the database.
pub fn is_present(tx: &mut Tx<'_>) -> Result<bool, StorageError> {
    let Ok(slug) = SLUG.parse::<Slug>() else { return Ok(false) };
    Ok(tx.providers().find(&slug)?.is_some_and(|it| it.is_enabled() && is_ours(&it)))
}

/// Makes sure that people can sign in with it where it is now. What somebody has changed otherwise stays
/// changed.
pub fn connect(
    tx: &mut Tx<'_>,
    env: &Env,
    ring: &MasterRing,
    port: u16,
    secret: &Secret<String>,
) -> Result<(), Stop<DemoError>> {
    let refused = |stop: Stop<_>| stop.map(DemoError::from);
    let ctx = RequestContext::default();
    let key_id = tx.instance().sealing_key_id()?;
    let key = key_id.and_then(|id| ring.by_id(&id)).unwrap_or(ring.current());
    let slug = SLUG.parse::<Slug>().map_err(DemoError::from).map_err(Stop::Refused)?;
    let issuer = issuer(port).parse().map_err(DemoError::from).map_err(Stop::Refused)?;
    let found = tx.providers().look_for_update(SLUG)?;
    let Some(found) = found else {
        let (id, now) = (ProviderId::new(env), env.now());
        let provider = Provider {
            id,
            slug,
            kind: ProviderKind::Oidc,
            label: NAME.to_owned(),
            issuer,
            client_id: CLIENT_ID.to_owned(),
            auth: UpstreamAuth::ClientSecretBasic,
            secret: Some(provider_secret::seal(key, env, id, secret)),
            policy: ProviderPolicy {
                scopes: ProviderKind::Oidc.scopes().iter().map(|it| (*it).to_owned()).collect(),
                trusts_email: true,
                second_factor: SecondFactorTrust::WhenSaid,
                ..ProviderPolicy::default()
            },
            position: 10,
            hidden: false,
            created_at: now,
            updated_at: now,
            disabled_at: None,
        };
        return admin::add(tx, env, &ctx, Actor::System, &provider).map_err(refused);
    };
    let before = match found {
        Stored::Usable(before) if is_ours(&before) => *before,
        Stored::Usable(_) | Stored::Unusable(_) => return Ok(()),
    };
    let mut changed = Map::new();
    let mut after = Provider { updated_at: env.now(), ..before.clone() };
    if before.issuer != issuer {
        let told = json!({ "from": before.issuer.as_str(), "to": issuer.as_str() });
        changed.insert("issuer".to_owned(), told);
        after.issuer = issuer;
    }
    let opened = before.secret.as_ref().map(|it| provider_secret::open(ring, before.id, it));
    let known = opened.and_then(Result::ok).map(|known| TokenHash::of(known.expose()));
    let wanted = TokenHash::of(secret.expose());
    if known != Some(wanted) {
        changed.insert("secret".to_owned(), json!("replaced"));
        after.secret = Some(provider_secret::seal(key, env, before.id, secret));
    }
    if !changed.is_empty() {
        let by = Actor::System;
        admin::change(tx, env, &ctx, by, &before, &after, changed).map_err(refused)?;
    }
    admin::switch(tx, env, &ctx, Actor::System, SLUG, true).map_err(refused).map(drop)
}

/// Lets nobody sign in with it while it does not run.
pub fn leave(tx: &mut Tx<'_>, env: &Env) -> Result<(), Stop<DemoError>> {
    let slug = SLUG.parse::<Slug>().map_err(DemoError::from).map_err(Stop::Refused)?;
    let Some(present) = tx.providers().find(&slug)? else { return Ok(()) };
    if !is_ours(&present) {
        return Ok(());
    }
    let switched = admin::switch(tx, env, &RequestContext::default(), Actor::System, SLUG, false);
    switched.map_err(|stop| stop.map(DemoError::from)).map(drop)
}

/// A provider that somebody else calls so is left alone.
fn is_ours(provider: &Provider) -> bool {
    provider.issuer.as_str().starts_with(PLACE) && provider.client_id == CLIENT_ID
}

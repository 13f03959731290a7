//! Between the engine's words and ours.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, Grant as EngineGrant};
use oxide_auth::primitives::scope::Scope;
use url::Url;

use crate::domain::grant::Grant;
use crate::domain::scope::Scopes;

/// Far enough that the engine, which reads a clock of its own, never judges an expiry: ours did.
pub(super) const FAR_FUTURE: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// The engine's set from ours. Ours has the stricter grammar.
pub(super) fn scope_of(scopes: &Scopes) -> Option<Scope> {
    scopes.to_string().parse().ok()
}

/// Our set, which is ordered, from the engine's, which is not.
pub(super) fn scopes_of(scope: &Scope) -> Scopes {
    scope.iter().collect()
}

/// The engine's view of a stored grant, with the PKCE challenge as its private extension.
pub(super) fn engine_grant(grant: &Grant) -> Option<EngineGrant> {
    let mut extensions = Extensions::new();
    if let Some(challenge) = &grant.code_challenge {
        let method = Some(Cow::Borrowed("S256"));
        let value = Pkce::required().challenge(method, Some(Cow::Borrowed(challenge))).ok()??;
        extensions.set(&Pkce::required(), value);
    }
    Some(EngineGrant {
        owner_id: grant.user_id.to_string(),
        client_id: grant.client_id.as_str().to_owned(),
        scope: scope_of(&grant.scopes)?,
        redirect_uri: Url::parse(grant.redirect_uri.as_str()).ok()?,
        until: FAR_FUTURE,
        extensions,
    })
}

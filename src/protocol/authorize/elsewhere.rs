//! Sign-ins that begin at another provider, without a look at our own page.

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::client::Client;
use crate::domain::provider::Slug;
use crate::identity::login::Next;
use crate::protocol::Provider;

/// The provider that a request leaves for at once: the one that it hints at; or else, where the client has
/// one, that or the owner of the hinted address. One that people cannot sign in with is as good as none.
///
/// Only where a sign-in begins and nobody is signed in. Whoever comes back without one stays on our page, so
/// nobody is sent in a circle.
pub(super) fn begins_at(
    provider: &Provider,
    request: &AuthorizationRequest,
    client: &Client,
    missing: &Next,
) -> Option<Slug> {
    if *missing != (Next::Login { again: false }) {
        return None;
    }
    let cache = &provider.elsewhere;
    let hinted = request.idp_hint.as_deref().and_then(|hint| cache.enabled(hint));
    let found = hinted.or_else(|| {
        let usual = cache.enabled(client.provider.as_ref()?.as_str())?;
        let owner = request.login_hint.as_deref().and_then(|hint| cache.owner_of_address(hint));
        Some(owner.unwrap_or(usual))
    });
    found.map(|provider| provider.slug)
}

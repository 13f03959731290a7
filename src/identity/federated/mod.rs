//! Signing in with another provider: there, back, and what becomes of who comes back.
//!
//! Somebody is sent there by [`Identity::go_to_provider`] in a sign-in, or by
//! [`Identity::go_to_connect`] from the account pages, and comes back through [`Identity::come_back`]. The
//! provider is asked with no connection to the database held; whose account it is, is decided in
//! `arrive`, or in `second_factor` where an account asks for it. An account is never taken over:
//! `domain::arrival` has the rules.

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::provider::Provider;
use crate::federation::Federation;
use crate::identity::Identity;
use crate::identity::login::FlowView;
use crate::kernel::ids::ProviderId;
use crate::storage::ProviderCache;

mod arrive;
mod back_channel;
mod connect;
mod figures;
mod links;
mod mapping;
mod newcomer;
mod problem;
mod second_factor;
mod sign_out;
mod trip;
mod upstream_session;

pub use back_channel::LogoutTokenError;
pub(in crate::identity) use links::Parting;
pub use links::{Connected, DisconnectError};
pub use problem::{Named, NoEntry, Origin, Problem};
pub use trip::{Back, Returned, Wish};

/// Where else people sign in.
#[derive(Clone, Debug)]
pub struct Providers {
    /// The providers as this node knows them.
    pub cache: ProviderCache,
    /// The way to them.
    pub federation: Federation,
}

impl Identity {
    /// The providers that have a button, in its order.
    pub fn offered_providers(&self) -> Vec<Provider> {
        let all = self.provider_cache().get();
        all.iter().filter(|provider| provider.is_offered()).cloned().collect()
    }

    /// The providers that a sign-in is offered: those with a button. Who proves anew who they are is offered
    /// those that their account is connected with, but for one that does not say when it asked: beside a way
    /// in of one's own such a word counts for nothing.
    pub fn providers_in(&self, view: &FlowView) -> Vec<Provider> {
        let Some(anew) = &view.anew else { return self.offered_providers() };
        let all = self.provider_cache().get();
        let connected = all.iter().filter(|it| it.is_enabled() && anew.connected.contains(&it.id));
        let counts = |it: &&Provider| it.kind.tells_auth_time() || !anew.has_own_way_in;
        connected.filter(counts).cloned().collect()
    }

    /// The provider that an address leads to, where one owns its domain.
    pub fn provider_of(&self, identifier: &str) -> Option<Provider> {
        self.provider_cache().owner_of_address(identifier)
    }

    /// Whether people can sign in with a provider of this name.
    pub fn has_provider(&self, slug: &str) -> bool {
        self.provider_cache().enabled(slug).is_some()
    }

    /// Whether some address leads to a provider.
    pub fn routes_addresses(&self) -> bool {
        let all = self.provider_cache().get();
        all.iter()
            .any(|provider| provider.is_enabled() && !provider.policy.login_domains.is_empty())
    }

    /// The provider that an app hints at: by its name, or by the address of who is expected.
    pub fn provider_hinted(&self, request: &AuthorizationRequest) -> Option<Provider> {
        let named = request.idp_hint.as_deref();
        let named = named.and_then(|slug| self.provider_cache().enabled(slug));
        named.or_else(|| self.provider_of(request.login_hint.as_deref()?))
    }

    /// How many providers are left alone at the moment, because they did not answer several times.
    pub fn resting_providers(&self) -> usize {
        let Some(Providers { cache, federation }) = &self.0.options.providers else { return 0 };
        let all = cache.get();
        all.iter().filter(|it| it.is_enabled() && federation.is_resting(it)).count()
    }

    /// The address of one of our pages, for programs that are elsewhere.
    pub fn address_of(&self, path: &str) -> String {
        self.0.options.issuer.join(path)
    }

    /// The provider with this id, if people can sign in with it.
    pub fn provider_called(&self, id: ProviderId) -> Option<Provider> {
        let all = self.provider_cache().get();
        all.iter().find(|provider| provider.id == id && provider.is_enabled()).cloned()
    }

    fn provider_cache(&self) -> ProviderCache {
        let providers = self.0.options.providers.as_ref();
        providers.map(|providers| providers.cache.clone()).unwrap_or_default()
    }

    /// The provider of this name, if people can sign in with it, and the way to it.
    fn way_to(&self, slug: &str) -> Result<(Provider, Federation), NoEntry> {
        let (provider, federation) = self.way_back_from(slug)?;
        if !provider.is_enabled() {
            return Err(NoEntry::at(&provider, Problem::Disabled));
        }
        Ok((provider, federation))
    }

    /// The provider of this name, the way to it, and a disabled one too: somebody may be there.
    fn way_back_from(&self, slug: &str) -> Result<(Provider, Federation), NoEntry> {
        let providers = self.0.options.providers.as_ref().ok_or_else(NoEntry::nowhere)?;
        let all = providers.cache.get();
        let provider = all.iter().find(|it| it.slug.as_str() == slug).cloned();
        Ok((provider.ok_or_else(NoEntry::nowhere)?, providers.federation.clone()))
    }

    /// Where a provider sends the browser back to.
    fn callback_url(&self, provider: &Provider) -> String {
        self.0.options.issuer.join(&provider.callback_path())
    }
}

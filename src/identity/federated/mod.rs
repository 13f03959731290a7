//! Signing in with another provider: there, back, and what becomes of who comes back.
//!
//! Somebody is sent there by [`Identity::go_to_provider`] in a sign-in, or by
//! [`Identity::go_to_connect`] from the account pages, and comes back through [`Identity::come_back`]. The
//! provider is asked with no connection to the database held; whose account it is, is decided in
//! `arrive`. An account is never taken over: `domain::arrival` has the rules.

use crate::domain::address::EmailAddress;
use crate::domain::provider::Provider;
use crate::federation::Federation;
use crate::identity::Identity;
use crate::kernel::ids::ProviderId;
use crate::storage::ProviderCache;

mod arrive;
mod connect;
mod links;
mod mapping;
mod problem;
mod trip;

pub use links::{Connected, DisconnectError};
pub use problem::{NoEntry, Problem};
pub use trip::{Back, Returned};

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

    /// The provider that an address leads to, where one owns its domain.
    pub fn provider_of(&self, identifier: &str) -> Option<Provider> {
        let email = EmailAddress::parse(identifier).ok()?;
        let (_, domain) = email.canonical().rsplit_once('@')?;
        self.provider_cache().owner_of(domain)
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
        let providers = self.0.options.providers.as_ref().ok_or_else(NoEntry::nowhere)?;
        let provider = providers.cache.enabled(slug).ok_or_else(NoEntry::nowhere)?;
        Ok((provider, providers.federation.clone()))
    }

    /// Where a provider sends the browser back to.
    fn callback_url(&self, provider: &Provider) -> String {
        self.0.options.issuer.join(&provider.callback_path())
    }
}

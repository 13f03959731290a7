//! The providers as last loaded from the database.

use std::sync::{Arc, PoisonError, RwLock};

use super::repo::providers::Unusable;
use crate::domain::address::EmailAddress;
use crate::domain::provider::Provider;

/// The providers as last loaded from the database, in the order of their buttons, the disabled ones
/// too. Cheap to clone; clones share the value.
#[derive(Clone, Debug, Default)]
pub struct ProviderCache(Arc<RwLock<Held>>);

#[derive(Debug, Default)]
struct Held {
    providers: Arc<Vec<Provider>>,
    unusable: Vec<Unusable>,
}

impl ProviderCache {
    /// The present ones. Take them once for a request, so that all of it sees the same.
    pub fn get(&self) -> Arc<Vec<Provider>> {
        // A thread that died while it stored an `Arc` cannot have left half of one behind.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).providers)
    }

    /// The one that `slug` names in addresses, if people can sign in with it.
    pub fn enabled(&self, slug: &str) -> Option<Provider> {
        let providers = self.get();
        let mut enabled = providers.iter().filter(|provider| provider.is_enabled());
        enabled.find(|provider| provider.slug.as_str() == slug).cloned()
    }

    /// The one that an address at this domain (lower case, IDNA) leads to; the first, if several claim
    /// it.
    pub fn owner_of(&self, domain: &str) -> Option<Provider> {
        self.get().iter().find(|provider| provider.owns_domain(domain)).cloned()
    }

    /// [`Self::owner_of`] for an address as it was typed. A username has no domain.
    pub fn owner_of_address(&self, typed: &str) -> Option<Provider> {
        let email = EmailAddress::parse(typed).ok()?;
        let (_, domain) = email.canonical().rsplit_once('@')?;
        self.owner_of(domain)
    }

    /// Replaces them, for every clone. What is stored and cannot be used is told in the log, once.
    pub fn set(&self, (providers, unusable): (Vec<Provider>, Vec<Unusable>)) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for one in unusable.iter().filter(|one| !held.unusable.contains(one)) {
            tracing::warn!(
                provider = one.slug,
                column = one.column,
                "a stored provider is not used"
            );
        }
        *held = Held { providers: Arc::new(providers), unusable };
    }
}

//! The settings as last loaded from the database.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::setting::Settings;

/// The settings as last loaded from the database. Cheap to clone; clones share the value.
#[derive(Clone, Debug, Default)]
pub struct SettingsCache(Arc<RwLock<Arc<Settings>>>);

impl SettingsCache {
    /// Starts with these.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(settings))))
    }

    /// The present ones. Take them once for a request, so that all of it sees the same.
    pub fn get(&self) -> Arc<Settings> {
        // A thread that died while it stored an `Arc` cannot have left half of one behind.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces them, for every clone.
    pub fn set(&self, settings: Settings) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_see_the_new_value_and_requests_keep_theirs() {
        let cache = SettingsCache::default();
        let (clone, before) = (cache.clone(), cache.get());
        cache.set(Settings { max_failed_logins: 7, ..Settings::default() });
        assert_eq!(clone.get().max_failed_logins, 7);
        assert_eq!(before.max_failed_logins, Settings::default().max_failed_logins);
    }
}

//! The settings as last loaded from the database.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::setting::{LeftOut, Loaded, Settings};

/// The settings as last loaded from the database. Cheap to clone; clones share the value.
#[derive(Clone, Debug, Default)]
pub struct SettingsCache(Arc<RwLock<Held>>);

#[derive(Debug, Default)]
struct Held {
    settings: Arc<Settings>,
    left_out: Vec<LeftOut>,
}

impl SettingsCache {
    /// Starts with these.
    pub fn new(loaded: impl Into<Loaded>) -> Self {
        let cache = Self::default();
        cache.set(loaded);
        cache
    }

    /// The present ones. Take them once for a request, so that all of it sees the same.
    pub fn get(&self) -> Arc<Settings> {
        // A thread that died while it stored an `Arc` cannot have left half of one behind.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).settings)
    }

    /// Replaces them, for every clone. What is stored and cannot be used is told in the log, once.
    pub fn set(&self, loaded: impl Into<Loaded>) {
        let Loaded { settings, left_out } = loaded.into();
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for LeftOut { name, problem } in &left_out {
            if !held.left_out.iter().any(|known| known.name == *name && known.problem == *problem) {
                tracing::warn!(setting = name, problem, "a stored setting is not used");
            }
        }
        *held = Held { settings: Arc::new(settings), left_out };
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

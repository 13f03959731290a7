//! What operators changed.

use diesel::prelude::*;
use serde_json::Value;

use super::{Handle, StorageError};
use crate::domain::setting::Settings;
use crate::storage::schema::settings;

/// What operators changed.
pub struct StoredSettings<'t>(pub(in crate::storage) Handle<'t>);

impl StoredSettings<'_> {
    /// The settings: the defaults overlaid with what is stored. A setting that this release does not
    /// know is ignored, because a newer one may run beside it.
    pub fn load(&mut self) -> Result<Settings, StorageError> {
        let rows: Vec<(String, Value)> = settings::table
            .select((settings::key, settings::value))
            .order(settings::key)
            .load(self.0.reading())?;
        overlay(rows)
    }
}

fn overlay(rows: Vec<(String, Value)>) -> Result<Settings, StorageError> {
    const CORRUPT: StorageError = StorageError::Corrupt("settings.value");
    let mut json = serde_json::to_value(Settings::default()).map_err(|_| CORRUPT)?;
    let known = json.as_object_mut().ok_or(CORRUPT)?;
    for (key, value) in rows {
        if let Some(slot) = known.get_mut(&key) {
            *slot = value;
        } else {
            tracing::debug!(key, "a stored setting is unknown to this release");
        }
    }
    serde_json::from_value(json).map_err(|_| CORRUPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_overlay_the_defaults() {
        let rows =
            vec![("lockout".to_owned(), 60.into()), ("from_the_future".to_owned(), 1.into())];
        assert_eq!(overlay(rows).unwrap(), Settings { lockout: 60, ..Settings::default() });
        assert_eq!(overlay(Vec::new()).unwrap(), Settings::default());
        let negative = vec![("lockout".to_owned(), (-1).into())];
        assert!(matches!(overlay(negative), Err(StorageError::Corrupt("settings.value"))));
    }
}

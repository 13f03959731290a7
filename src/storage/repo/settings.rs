//! What operators changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::setting::{Loaded, Setting, Settings};
use crate::storage::schema::settings;

/// What operators changed.
pub struct StoredSettings<'t>(pub(in crate::storage) Handle<'t>);

/// A change that is in force, or that a value left out by [`Settings::overlay`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSetting {
    /// The setting's name; a newer release may have stored one that this one does not know.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// When it was changed.
    pub changed_at: DateTime<Utc>,
    /// Who changed it.
    pub changed_by: String,
}

impl StoredSettings<'_> {
    /// The settings: the defaults overlaid with what is stored. What cannot be used is left out, and
    /// told.
    pub fn load(&mut self) -> Result<Loaded, StorageError> {
        let rows: Vec<(String, Value)> = settings::table
            .select((settings::key, settings::value))
            .order(settings::key)
            .load(self.0.reading())?;
        Ok(Settings::overlay(&rows))
    }

    /// Every stored change.
    pub fn changes(&mut self) -> Result<Vec<StoredSetting>, StorageError> {
        let rows: Vec<(String, Value, DateTime<Utc>, String)> =
            settings::table.order(settings::key).load(self.0.reading())?;
        let stored = rows.into_iter().map(|(name, value, changed_at, changed_by)| StoredSetting {
            name,
            value,
            changed_at,
            changed_by,
        });
        Ok(stored.collect())
    }

    /// Lets nobody else change a setting until the transaction ends: two changes that are fine by
    /// themselves may together break what must hold between settings. Reading goes on meanwhile.
    pub fn lock(&mut self) -> Result<(), StorageError> {
        sql("LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE").execute(self.0.writing()?)?;
        Ok(())
    }

    /// Stores a value.
    pub fn put(
        &mut self,
        setting: &Setting,
        value: u32,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let row = (
            settings::value.eq(Value::from(value)),
            settings::updated_at.eq(now),
            settings::updated_by.eq(by),
        );
        diesel::insert_into(settings::table)
            .values((settings::key.eq(setting.name), row.clone()))
            .on_conflict(settings::key)
            .do_update()
            .set(row)
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Forgets a change, so that the default holds again.
    pub fn forget(&mut self, setting: &Setting) -> Result<(), StorageError> {
        diesel::delete(settings::table.find(setting.name)).execute(self.0.writing()?)?;
        Ok(())
    }
}

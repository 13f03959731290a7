//! `[geo]`: where network addresses are.

use std::path::PathBuf;

use super::values::Values;

/// Where network addresses are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GeoConfig {
    /// A database of places in the format of `MaxMind`, City or Country; `None`: no place is shown.
    pub database: Option<PathBuf>,
}

impl GeoConfig {
    pub(super) fn read(values: &mut Values) -> Self {
        Self { database: values.optional_path("geo.database", "/var/lib/GeoIP/GeoLite2-City.mmdb") }
    }
}

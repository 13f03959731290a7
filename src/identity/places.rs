//! Where an address is, from a database on this machine: the only file that names the library for it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::Reader;
use serde::Deserialize;

use super::Identity;
use crate::domain::place::Place;

/// The database of places, where one is configured. Clones share it.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<File>>);

struct File {
    path: PathBuf,
    read: RwLock<Read>,
}

/// What was read of it last.
#[derive(Default)]
struct Read {
    /// When the file was changed last, and its length.
    stamp: Option<(SystemTime, u64)>,
    /// The last version of it that could be read.
    reader: Option<Arc<Reader<Vec<u8>>>>,
}

/// Why there are no places.
#[derive(Debug, thiserror::Error)]
pub enum BadDatabase {
    /// The file cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// It is no database of places.
    #[error("{path} is no database of places in MaxMind's format: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What is read of an entry: of `GeoLite2` and `GeoIP2` City or Country, DB-IP and others of that form.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    city: Named,
    #[serde(default)]
    country: Named,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Places({:?})", self.0.as_ref().map(|file| &file.path))
    }
}

impl Places {
    /// Those of a file, which is read at once. One that cannot be read is told in the log, and read as
    /// soon as it can be.
    pub fn of(path: Option<&Path>) -> Self {
        let file =
            path.map(|path| Arc::new(File { path: path.to_owned(), read: RwLock::default() }));
        let places = Self(file);
        places.reread();
        places
    }

    /// Reads the file if it is another one than the one that was read. Blocks.
    pub fn reread(&self) {
        let Some(file) = &self.0 else { return };
        let stamp = stamp(&file.path);
        {
            let read = file.read.read().unwrap_or_else(PoisonError::into_inner);
            if stamp.is_some() && read.stamp == stamp {
                return;
            }
        }
        let opened = open(&file.path);
        let mut read = file.read.write().unwrap_or_else(PoisonError::into_inner);
        let is_news = read.stamp != stamp || read.reader.is_some() == stamp.is_none();
        read.stamp = stamp;
        match opened {
            Ok(reader) => read.reader = Some(Arc::new(reader)),
            // What was read before is as good as it was.
            Err(error) if is_news => tracing::warn!(%error, "no places are read"),
            Err(_) => {}
        }
    }

    /// Where an address is. What cannot be read is nowhere: nobody is kept out by it.
    pub fn find(&self, ip: Option<&str>) -> Option<Place> {
        let file = self.0.as_ref()?;
        let ip: IpAddr = ip?.parse().ok()?;
        let reader = {
            let read = file.read.read().unwrap_or_else(PoisonError::into_inner);
            read.reader.clone()?
        };
        let entry = entry(&reader, ip).ok().flatten()?;
        let place = Place { city: entry.city.names, country: entry.country.names };
        (!place.city.is_empty() || !place.country.is_empty()).then_some(place)
    }
}

/// Whether the file is a database of places, for whoever looks before the server starts.
pub fn check(path: &Path) -> Result<(), BadDatabase> {
    open(path).map(drop)
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn open(path: &Path) -> Result<Reader<Vec<u8>>, BadDatabase> {
    let name = || path.display().to_string();
    let bytes = std::fs::read(path)
        .map_err(|error| BadDatabase::Unreadable { path: name(), reason: error.to_string() })?;
    let invalid = |reason: String| BadDatabase::Invalid { path: name(), reason };
    let reader = catch_unwind(AssertUnwindSafe(|| Reader::from_source(bytes)))
        .map_err(|_| invalid("it is damaged".to_owned()))?
        .map_err(|error| invalid(error.to_string()))?;
    let kind = &reader.metadata.database_type;
    if !kind.contains("City") && !kind.contains("Country") {
        return Err(invalid(format!("it calls itself {kind}, not City or Country")));
    }
    // A way through the tree, so that most files that were cut off are found now.
    entry(&reader, IpAddr::from([203, 0, 113, 1])).map_err(invalid)?;
    Ok(reader)
}

/// What a file says of an address. The library panics where a damaged file leads beyond its end.
fn entry(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Result<Option<Entry>, String> {
    let looked = catch_unwind(AssertUnwindSafe(|| reader.lookup::<Entry>(ip)));
    let found = looked.map_err(|_| "it is damaged".to_owned())?;
    found.map_err(|error| error.to_string())
}

impl Identity {
    /// The places of addresses.
    pub fn places(&self) -> &Places {
        &self.0.options.places
    }

    /// Where an address is, where that is known.
    pub fn place(&self, ip: Option<&str>) -> Option<Place> {
        self.places().find(ip)
    }
}

//! Finds the machine's Postgres programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::Error;

/// The oldest major version that Latchkey supports.
const OLDEST: u32 = 14;

/// Directories that hold a directory per version, and what follows below it.
const VERSIONED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
];

/// A set of Postgres programs of one version.
#[derive(Debug)]
pub(super) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// The path of one of the programs.
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }

    /// Finds the programs of the major version `wanted`, or without one the first of `PATH`, else the
    /// newest. The error's second half lists the versions that are there.
    pub(super) fn find(wanted: Option<u32>) -> Result<Self, NotFound> {
        let mut seen = BTreeSet::new();
        let mut majors = BTreeSet::new();
        for directory in candidates() {
            let Ok(real) = directory.canonicalize() else { continue };
            if !seen.insert(real) {
                continue;
            }
            let Some(major) = major_of(&directory) else { continue };
            if major < OLDEST {
                continue;
            }
            if wanted.is_none_or(|wanted| wanted == major) {
                return Ok(Self { directory });
            }
            majors.insert(major);
        }
        Err(NotFound { majors })
    }
}

/// No fitting programs.
pub(super) struct NotFound {
    majors: BTreeSet<u32>,
}

impl NotFound {
    /// Whether there are no programs at all, of whatever version.
    pub(super) fn is_empty(&self) -> bool {
        self.majors.is_empty()
    }

    /// The error for a cluster at `home` whose data is of version `data`.
    pub(super) fn into_error(self, home: &Path, data: Option<u32>) -> Error {
        match data {
            Some(data) if !self.is_empty() => Error::MajorVersion {
                home: home.to_owned(),
                data,
                installed: self.majors.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
            },
            _ => Error::NoPrograms,
        }
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).filter(|entry| entry.is_absolute()).collect())
        .unwrap_or_default();
    for (parent, below) in VERSIONED {
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((version_in(entry.file_name().to_str()?)?, entry.path())))
            .collect();
        versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        found.extend(versions.into_iter().map(|(_, path)| path.join(below)));
    }
    found
}

/// The version in the name of a directory: `15`, `postgresql@17`, `pgsql-16`.
fn version_in(name: &str) -> Option<u32> {
    name.strip_prefix("postgresql@").or(name.strip_prefix("pgsql-")).unwrap_or(name).parse().ok()
}

fn major_of(directory: &Path) -> Option<u32> {
    if !directory.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in `postgres (PostgreSQL) 15.3 (Debian …)`.
fn parse_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        for (text, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 17beta1\n", Some(17)),
            ("postgres (PostgreSQL) 18\n", Some(18)),
            ("postgres (EnterpriseDB) 15", None),
            ("", None),
        ] {
            assert_eq!(parse_version(text), expected, "{text}");
        }
    }

    #[test]
    fn directories_are_recognised_by_their_version() {
        assert_eq!(version_in("15"), Some(15));
        assert_eq!(version_in("postgresql@17"), Some(17));
        assert_eq!(version_in("pgsql-16"), Some(16));
        assert_eq!(version_in("postgresql"), None);
    }

    #[test]
    fn data_of_a_missing_version_is_told_from_no_programs_at_all() {
        let home = Path::new("/srv/data");
        let other = NotFound { majors: BTreeSet::from([15, 17]) };
        let text = other.into_error(home, Some(16)).to_string();
        assert!(text.contains("Postgres 16") && text.contains("15, 17"), "{text}");
        let none = NotFound { majors: BTreeSet::new() };
        assert!(matches!(none.into_error(home, Some(16)), Error::NoPrograms));
    }
}

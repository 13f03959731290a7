//! Where a cluster lives: its directory, its locks and its socket.
//!
//! ```text
//! <home>/               ours: mode 0700, or 0711 when Postgres runs as another user
//!   users.lock          shared by every process that uses the cluster
//!   supervisor.lock     held by the supervisor while it lives
//!   alive.lock          held by Postgres itself: free means that nothing of the cluster lives
//!   pg_hba.conf, pg_ident.conf, postgres.log
//!   cluster/data        Postgres's own: mode 0700
//! ```

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink,
};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::{At, Error};
use super::user::{RunAs, current_uid};
use crate::kernel::env::Env;

/// The size of `sun_path`, where it is smallest, less the closing zero byte and some air.
const LONGEST_SOCKET_PATH: usize = 103;
/// Beyond this many bytes the log is begun anew at the next start.
const LONGEST_LOG: u64 = 1 << 20;
/// The name of Postgres's socket; the port is only a part of it.
pub(super) const SOCKET: &str = ".s.PGSQL.5432";

/// The directory of one cluster. It exists.
#[derive(Debug, Clone)]
pub(super) struct Home(PathBuf);

impl Home {
    /// Settles on the directory for a cluster that is asked for in `wanted`, and creates it.
    ///
    /// Root's cluster runs as another user, which may not be able to reach `wanted` (a project below
    /// a private home directory): `wanted` is then a link to a directory elsewhere.
    pub(super) fn prepare(wanted: &Path) -> Result<Self, Error> {
        let wanted = std::path::absolute(wanted).at("find", wanted)?;
        if wanted.join("users.lock").exists() {
            return Self::checked(wanted);
        }
        if current_uid() != 0 {
            create_private(&wanted, 0o700)?;
            return Self::checked(wanted);
        }
        let run_as = RunAs::for_directory(&wanted.join("cluster"))?;
        if existing_ancestor(&wanted).is_some_and(|parent| run_as.can_enter(parent)) {
            create_private(&wanted, 0o711)?;
            return Self::checked(wanted);
        }
        Self::checked(elsewhere(&wanted, &run_as)?)
    }

    /// The directory must be ours: who can exchange its files can read the database.
    fn checked(path: PathBuf) -> Result<Self, Error> {
        let path = path.canonicalize().at("find", &path)?;
        let found = std::fs::metadata(&path).at("look at", &path)?;
        if found.uid() != current_uid() {
            return Err(Error::NotOurs { home: path, owner: found.uid() });
        }
        if found.mode() & 0o066 != 0 {
            let private = Permissions::from_mode(found.mode() & 0o711);
            std::fs::set_permissions(&path, private).at("make private", &path)?;
        }
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn users_lock(&self) -> PathBuf {
        self.0.join("users.lock")
    }

    pub(super) fn supervisor_lock(&self) -> PathBuf {
        self.0.join("supervisor.lock")
    }

    pub(super) fn alive_lock(&self) -> PathBuf {
        self.0.join("alive.lock")
    }

    pub(super) fn hba_file(&self) -> PathBuf {
        self.0.join("pg_hba.conf")
    }

    pub(super) fn ident_file(&self) -> PathBuf {
        self.0.join("pg_ident.conf")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    /// The directory that belongs to the user that Postgres runs as.
    pub(super) fn cluster(&self) -> PathBuf {
        self.0.join("cluster")
    }

    /// Postgres's data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("cluster/data")
    }

    /// Opens the log for appending.
    pub(super) fn open_log(&self) -> Result<File, Error> {
        let path = self.log();
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .at("open", &path)?;
        if file.metadata().is_ok_and(|found| found.len() > LONGEST_LOG) {
            file.set_len(0).at("shorten", &path)?;
        }
        Ok(file)
    }

    /// Creates the directory for the data, owned by the user that Postgres runs as.
    pub(super) fn create_cluster(&self, run_as: &RunAs) -> Result<(), Error> {
        own_directory(&self.cluster(), run_as)
            .and_then(|fine| if fine { Ok(()) } else { Err(ErrorKind::PermissionDenied.into()) })
            .at("use", &self.cluster())
    }

    /// Creates the directory for the socket: under the session's runtime directory or the temporary
    /// one, named after the home, for this user alone.
    pub(super) fn create_socket_directory(&self, run_as: &RunAs) -> Result<PathBuf, Error> {
        let session = std::env::var_os("XDG_RUNTIME_DIR")
            .filter(|_| run_as.group_if_other().is_none())
            .map(PathBuf::from);
        let name = format!("latchkey-{}", digest(&self.0));
        let mut tried = Vec::new();
        for parent in session.into_iter().chain([std::env::temp_dir(), "/tmp".into()]) {
            let directory = parent.join(&name);
            let length = directory.join(SOCKET).as_os_str().len();
            let outcome = if length > LONGEST_SOCKET_PATH {
                "too long".to_owned()
            } else if !parent.is_absolute() || !run_as.can_enter(&parent) {
                "not accessible".to_owned()
            } else {
                match own_directory(&directory, run_as) {
                    Ok(true) => return Ok(directory),
                    Ok(false) => "belongs to someone else".to_owned(),
                    Err(error) => error.to_string(),
                }
            };
            tried.push(format!("{} ({outcome})", directory.display()));
        }
        Err(Error::SocketDirectory { tried: tried.join(", ") })
    }
}

/// Creates `path` for `run_as` alone. `false` when it is there but not such a directory.
fn own_directory(path: &Path, run_as: &RunAs) -> std::io::Result<bool> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            if let Some(gid) = run_as.group_if_other() {
                std::os::unix::fs::lchown(path, Some(run_as.uid), Some(gid))?;
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // Not followed: a link planted here would lead elsewhere.
    let found = std::fs::symlink_metadata(path)?;
    if found.is_dir() && found.uid() == 0 && run_as.group_if_other().is_some() {
        // Root was interrupted between making the directory and giving it away.
        std::os::unix::fs::lchown(path, Some(run_as.uid), run_as.group_if_other())?;
        return Ok(is_private(&found));
    }
    Ok(found.is_dir() && found.uid() == run_as.uid && is_private(&found))
}

/// Whether nobody but the owner may do anything with it.
fn is_private(found: &Metadata) -> bool {
    found.permissions().mode() & 0o7777 & !0o700 == 0
}

fn create_private(path: &Path, mode: u32) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).at("create", parent)?;
    }
    match DirBuilder::new().mode(mode).create(path) {
        // Only an empty directory becomes a cluster's, so that a slip of the pen does not turn a home
        // directory into one. Another process may be making it at this moment.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let empty = std::fs::read_dir(path).at("read", path)?.next().is_none();
            if empty || path.join("users.lock").exists() {
                return Ok(());
            }
            Err(Error::NotEmpty { path: path.to_owned() })
        }
        // Once more, because the umask may have withheld what another user needs.
        other => other
            .and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(mode)))
            .at("create", path),
    }
}

/// Where a cluster is that cannot be in `wanted`: in a fresh directory of `/var/lib`, else `/var/tmp`,
/// with a link to it in `wanted`. The link makes it a part of the project: it moves along with it, and
/// whoever deletes it begins anew.
fn elsewhere(wanted: &Path, run_as: &RunAs) -> Result<PathBuf, Error> {
    if let Ok(known) = std::fs::read_link(wanted) {
        create_private(&known, 0o711)?;
        return Ok(known);
    }
    let parent = ["/var/lib", "/var/tmp"].into_iter().map(Path::new);
    let parent = parent.into_iter().find(|parent| parent.is_dir() && run_as.can_enter(parent));
    let name = format!("latchkey-{}", Env::system().random_id());
    let place = parent.unwrap_or(Path::new("/var/tmp")).join(name);
    create_private(&place, 0o711)?;
    if let Some(parent) = wanted.parent() {
        std::fs::create_dir_all(parent).at("create", parent)?;
    }
    // An empty directory is in the way of the link; any other stays.
    let _ = std::fs::remove_dir(wanted);
    let Err(error) = symlink(&place, wanted) else { return Ok(place) };
    let _ = std::fs::remove_dir(&place);
    match std::fs::read_link(wanted) {
        // Another process was quicker.
        Ok(known) => Ok(known),
        Err(_) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Error::NotEmpty { path: wanted.to_owned() })
        }
        Err(_) => Err(error).at("link", wanted),
    }
}

fn existing_ancestor(path: &Path) -> Option<&Path> {
    path.ancestors().find(|ancestor| ancestor.is_dir())
}

/// A short name for a path.
fn digest(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hash.iter().take(6).fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

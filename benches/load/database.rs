//! A database for the measurement: in a throwaway cluster in memory, or the one that `DATABASE_URL`
//! names.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use latchkey::storage::private_postgres::{self, Attached, Durability, Settings};
use tempfile::TempDir;

use crate::Outcome;
use crate::process;

/// What the cluster takes, with room for what is written while it is measured.
const SMALL: u64 = 1 << 30;
/// How long the cluster may take to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// Names a database to be used instead of one of ours.
const GIVEN: &str = "DATABASE_URL";
/// The database's name.
const NAME: &str = "bench";

/// A database, and a directory for whatever else a server needs.
pub struct Database {
    cluster: Option<Attached>,
    url: String,
    directory: TempDir,
    program: PathBuf,
}

impl Database {
    /// Makes an empty one for `program`; `room` is how many bytes it is going to need.
    pub fn open(program: &Path, room: u64) -> Outcome<Self> {
        let program = program.to_path_buf();
        if let Some(url) = std::env::var_os(GIVEN) {
            let url = url.into_string().map_err(|_| "DATABASE_URL is not text")?;
            let directory = TempDir::new()?;
            return Ok(Self { cluster: None, url, directory, program });
        }
        let directory =
            tempfile::Builder::new().prefix("latchkey-bench-").tempdir_in(place(room)?)?;
        // A cluster of root's runs as another user, who must get there.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o711))?;
        let cluster = private_postgres::attach(&Settings {
            data_dir: directory.path().join("cluster"),
            durability: Durability::Throwaway,
            supervisor: program.clone(),
        })?;
        cluster.ensure_database(NAME)?;
        Ok(Self { url: cluster.url(NAME), cluster: Some(cluster), directory, program })
    }

    /// Whether one was named, which every [`Database::open`] then is.
    pub fn is_given() -> bool {
        std::env::var_os(GIVEN).is_some()
    }

    /// Memory where it has `room` bytes, else the directory of this machine's temporary files.
    pub fn place(room: u64) -> Outcome<PathBuf> {
        place(room)
    }

    /// The program that is measured.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where files may be put.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A connection past the server.
    pub fn connect(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::establish(&self.url)?)
    }

    /// Lets the planner know what is there, as autovacuum does in production, and Postgres finish what
    /// it has begun.
    pub fn analyze(&self) -> Outcome<()> {
        let mut connection = self.connect()?;
        connection.batch_execute("VACUUM ANALYZE")?;
        // Only a superuser may, or a member of pg_checkpoint.
        let _not_allowed = connection.batch_execute("CHECKPOINT");
        Ok(())
    }

    /// Seconds of processor time that Postgres has taken; `None` where it is not ours.
    pub fn cpu_seconds(&self) -> Option<f64> {
        process::family_cpu_seconds(postmaster(self.cluster.as_ref()?)?).ok()
    }
}

impl Drop for Database {
    /// The cluster stops when nobody uses it; its files must not go before that.
    fn drop(&mut self) {
        let Some(cluster) = self.cluster.take() else { return };
        let home = cluster.home().to_owned();
        drop(cluster);
        wait_until_stopped(&home);
    }
}

/// Waits until nothing of a private cluster that nobody uses any more is left running: its supervisor
/// holds a lock until then.
pub fn wait_until_stopped(home: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let lock = File::open(home.join("supervisor.lock"));
        if lock.map_or(true, |lock| lock.try_lock().is_ok()) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn postmaster(cluster: &Attached) -> Option<u32> {
    let file = cluster.home().join("cluster/data/postmaster.pid");
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Memory where it has room, else the directory of this machine's temporary files.
fn place(room: u64) -> Outcome<PathBuf> {
    let wanted = room.max(SMALL);
    for directory in [PathBuf::from("/dev/shm"), std::env::temp_dir()] {
        let free = rustix::fs::statvfs(&directory)
            .map_or(0, |room| room.f_bavail.saturating_mul(room.f_frsize));
        if free >= wanted {
            return Ok(directory);
        }
    }
    let mib = wanted >> 20;
    Err(format!("neither /dev/shm nor the temporary directory has {mib} MiB of room").into())
}

//! Creates, starts and stops the Postgres server itself.

use std::fmt::Write as _;
use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::Durability;
use super::connection::{ROLE, Serving};
use super::error::{At, Error};
use super::lock::{self, POLL};
use super::place::{Home, SOCKET};
use super::processes;
use super::programs::Programs;
use super::user::RunAs;

/// How long a server may take until it answers, crash recovery included.
pub(super) const START_PATIENCE: Duration = Duration::from_secs(60);
/// How long the processes of a server whose postmaster was killed may take to notice it.
const SURVIVOR_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for what is left of an earlier server.
pub(super) const LEFTOVER_PATIENCE: Duration = Duration::from_secs(30);

/// How often a process is looked at that is not our child.
const WATCH: Duration = Duration::from_millis(50);

/// What every cluster runs with, beside where its files are.
const SETTINGS: [&str; 11] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=16MB",
    "jit=off",
    "logging_collector=off",
    "log_destination=stderr",
    // Statements and the values in them do not belong in a log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
];

/// What a cluster runs with that may be lost at any moment.
const THROWAWAY: [&str; 4] =
    ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];

/// A cluster that can be started.
pub(super) struct Server {
    home: Home,
    run_as: RunAs,
    durability: Durability,
}

/// A started server.
pub(super) enum Postmaster {
    /// Started by this process.
    Child(Child),
    /// Left over from a supervisor that was killed.
    Adopted(Pid),
}

impl Server {
    pub(super) fn new(home: Home, durability: Durability) -> Result<Self, Error> {
        let run_as = RunAs::for_directory(&home.cluster())?;
        home.create_cluster(&run_as)?;
        Ok(Self { home, run_as, durability })
    }

    /// Makes the server answer: takes over a living one, or clears what a killed one left behind,
    /// creates the cluster when there is none, and starts it.
    pub(super) fn start(&self) -> Result<Postmaster, Error> {
        match self.start_once() {
            // Without fsync a crash of the machine may leave anything; nothing of it is worth keeping.
            Err(Error::Start { .. } | Error::MajorVersion { .. })
                if self.durability == Durability::Throwaway && self.wait_until_dead()? =>
            {
                remove_tree(&self.home.data())?;
                self.start_once()
            }
            other => other,
        }
    }

    fn start_once(&self) -> Result<Postmaster, Error> {
        let began = Instant::now();
        loop {
            if let Some(alive) = lock::exclusive_within(&self.home.alive_lock(), POLL)? {
                return self.start_dead(&alive);
            }
            // A backend that has just been forked keeps the socket open for a moment after its
            // postmaster was killed, so that an answer alone proves nothing.
            if let Some(serving) = Serving::look(&self.home.data()).filter(Serving::is_running) {
                return Ok(Postmaster::Adopted(serving.pid));
            }
            if began.elapsed() >= LEFTOVER_PATIENCE {
                return Err(self.failure("processes of an earlier run have not ended"));
            }
            // Now and then one of them waits for another that ended without a word.
            if began.elapsed() >= SURVIVOR_PATIENCE {
                processes::end_holders(&self.home.alive_lock());
            }
        }
    }

    /// Starts the server while nothing of the cluster lives, which is why whatever claims otherwise
    /// may be removed. Postgres keeps `alive` as its standard input, and with it the lock.
    fn start_dead(&self, alive: &File) -> Result<Postmaster, Error> {
        let programs = self.programs()?;
        self.write_access_rules()?;
        if !self.home.data().exists() {
            self.create(&programs, alive)?;
        }
        let sockets = self.home.create_socket_directory(&self.run_as)?;
        for stale in [
            self.home.data().join("postmaster.pid"),
            sockets.join(SOCKET),
            sockets.join(format!("{SOCKET}.lock")),
        ] {
            remove_file(&stale)?;
        }
        let path = programs.path("postgres");
        let mut command = self.run_as.command(&path);
        command.arg("-D").arg(self.home.data());
        let throwaway: &[&str] = match self.durability {
            Durability::Durable => &[],
            Durability::Throwaway => &THROWAWAY,
        };
        for setting in SETTINGS.iter().chain(throwaway) {
            command.arg("-c").arg(setting);
        }
        for (name, path) in
            [("hba_file", self.home.hba_file()), ("ident_file", self.home.ident_file())]
        {
            command.arg("-c").arg(format!("{name}={}", path.display()));
        }
        // A list, in which quotes keep a path with a comma whole.
        command.arg("-c").arg(format!("unix_socket_directories=\"{}\"", sockets.display()));
        let child = command
            .stdin(alive.try_clone().at("share", &self.home.alive_lock())?)
            .stdout(self.home.open_log()?)
            .stderr(self.home.open_log()?)
            .spawn()
            .at("start", &path)?;
        self.wait_until_ready(child)
    }

    fn wait_until_ready(&self, mut child: Child) -> Result<Postmaster, Error> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if let Some(status) = child.try_wait().at("watch", &self.home.data())? {
                return Err(self.failure(&ended(status)));
            }
            if Serving::look(&self.home.data()).is_some() {
                return Ok(Postmaster::Child(child));
            }
            if Instant::now() >= deadline {
                let _ = child.kill();
                let _ = child.wait();
                return Err(self.failure("it was not ready in time"));
            }
            std::thread::sleep(POLL);
        }
    }

    /// The programs that fit the data, or any when there is none.
    fn programs(&self) -> Result<Programs, Error> {
        let path = self.home.data().join("PG_VERSION");
        let data = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().ok(),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).at("read", &path),
        };
        Programs::find(data).map_err(|missing| missing.into_error(self.home.path(), data))
    }

    /// Creates the cluster beside its final name, so that half a cluster is never taken for a whole.
    fn create(&self, programs: &Programs, alive: &File) -> Result<(), Error> {
        let fresh = self.home.cluster().join("data.new");
        remove_tree(&fresh)?;
        let path = programs.path("initdb");
        let mut command = self.run_as.command(&path);
        command.arg("-D").arg(&fresh).args([
            "--username",
            ROLE,
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C",
            "--wal-segsize=1",
        ]);
        match self.durability {
            Durability::Durable => command.arg("--data-checksums"),
            Durability::Throwaway => command.arg("--no-sync"),
        };
        let status = command
            .stdin(alive.try_clone().at("share", &self.home.alive_lock())?)
            .stdout(Stdio::null())
            .stderr(self.home.open_log()?)
            .status()
            .at("run", &path)?;
        if !status.success() {
            return Err(self.failure(&format!("initdb: {}", ended(status))));
        }
        std::fs::rename(&fresh, self.home.data()).at("rename", &fresh)?;
        let cluster = self.home.cluster();
        File::open(&cluster).and_then(|directory| directory.sync_all()).at("sync", &cluster)
    }

    /// Who may connect: the user Postgres runs as and the one that uses it, by the kernel's word for
    /// who is at the other end of the socket. There is no password that could leak.
    fn write_access_rules(&self) -> Result<(), Error> {
        let mut map = String::new();
        for name in &self.run_as.names {
            let _ = writeln!(map, "latchkey \"{}\" {ROLE}", name.replace('"', "\"\""));
        }
        write(&self.home.hba_file(), &format!("local all {ROLE} peer map=latchkey\n"))?;
        write(&self.home.ident_file(), &map)
    }

    /// Waits for the last process and removes the directory of the socket, as far as that is
    /// possible within `patience`; the next start copes with what is left.
    pub(super) fn tidy_up(&self, patience: Duration) {
        if let Ok(Some(_alive)) = lock::exclusive_within(&self.home.alive_lock(), patience)
            && let Ok(sockets) = self.home.create_socket_directory(&self.run_as)
        {
            let _ = std::fs::remove_dir_all(sockets);
        }
    }

    /// Waits until no process of the cluster is left, and says whether that came to pass.
    fn wait_until_dead(&self) -> Result<bool, Error> {
        Ok(lock::exclusive_within(&self.home.alive_lock(), LEFTOVER_PATIENCE)?.is_some())
    }

    fn failure(&self, reason: &str) -> Error {
        let log = self.home.log();
        let text = std::fs::read(&log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(5)..].join("\n");
        Error::Start { reason: format!("{reason}\n{last}"), log }
    }
}

impl Postmaster {
    /// Its process id.
    pub(super) fn pid(&self) -> Pid {
        match self {
            Self::Child(child) => Pid::from_child(child),
            Self::Adopted(pid) => *pid,
        }
    }

    /// Waits for its end.
    pub(super) fn wait(self) {
        match self {
            Self::Child(mut child) => {
                let _ = child.wait();
            }
            // Not our child. Its lock would tell too late: others of the cluster may still hold it.
            Self::Adopted(pid) => {
                while processes::is_running(pid) {
                    std::thread::sleep(WATCH);
                }
            }
        }
    }
}

/// Asks the server to stop: at once for its clients (INT), without a tidy end (QUIT), or by force.
pub(super) fn signal(pid: Pid, signal: Signal) {
    // It may have ended by itself.
    let _ = rustix::process::kill_process(pid, signal);
}

fn ended(status: ExitStatus) -> String {
    format!("it ended with {status}")
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).at("write", path)?;
    // Readable for the user Postgres runs as, whatever the umask; the names in it are no secret.
    std::fs::set_permissions(path, Permissions::from_mode(0o644)).at("open up", path)
}

fn remove_file(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

fn remove_tree(path: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

//! Processes that use a cluster, and a look at the cluster's own ones from outside.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use latchkey::storage::private_postgres::{Durability, Settings, attach};
use rustix::process::{Pid, Signal};

use crate::support::cluster::scratch;

/// The program under test.
pub(super) const LATCHKEY: &str = env!("CARGO_BIN_EXE_latchkey");

/// What tells the test binary to be a using process, and of which cluster.
const USE: &str = "LATCHKEY_TEST_USE";
const SUPERVISOR: &str = "LATCHKEY_TEST_SUPERVISOR";
const THROWAWAY: &str = "LATCHKEY_TEST_THROWAWAY";

/// How long a condition in another process may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(5);

/// Waits for a condition in processes that are not ours to steer.
pub(super) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(POLL);
    }
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `kill -9`.
pub(super) fn kill(pid: Pid) {
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
}

/// Halts a process, so that it notices nothing any more.
pub(super) fn halt(pid: Pid) {
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
}

/// Some child of a process.
pub(super) fn child(pid: Pid) -> Pid {
    let pid = pid.as_raw_pid().to_string();
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().find_map(parse_pid).unwrap()
}

pub(super) fn parent(pid: Pid) -> Pid {
    let pid = pid.as_raw_pid().to_string();
    let output = Command::new("ps").args(["-o", "ppid=", "-p", &pid]).output().unwrap();
    parse_pid(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

fn parse_pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.trim().parse().ok()?)
}

/// The directory of a test's own cluster.
pub(super) struct Cluster {
    path: PathBuf,
    throwaway: bool,
    /// Whether the directory goes with this.
    original: bool,
}

impl Cluster {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // A space, because paths have them.
        let name = format!("c {}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { path: scratch().join(name), throwaway: false, original: true }
    }

    /// A cluster below a directory of this user.
    pub(super) fn of(identity: &Identity) -> Self {
        let mut cluster = Self::new();
        fs::create_dir(&cluster.path).unwrap();
        if let Some(uid) = identity.uid {
            chown(&cluster.path, Some(uid), Some(uid)).unwrap();
        }
        cluster.path.push("home");
        cluster
    }

    /// The same directory, used as a cluster that may be lost.
    pub(super) fn as_throwaway(&self) -> Self {
        Self { path: self.path.clone(), throwaway: true, original: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("cluster/data")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path.join("postgres.log")).unwrap_or_default()
    }

    pub(super) fn postmaster(&self) -> Pid {
        let text = fs::read_to_string(self.pid_file()).unwrap();
        parse_pid(text.lines().next().unwrap()).unwrap()
    }

    pub(super) fn supervisor(&self) -> Pid {
        parent(self.postmaster())
    }

    /// Whether a process of the cluster itself lives.
    pub(super) fn lives(&self) -> bool {
        is_locked(&self.path.join("alive.lock"))
    }

    pub(super) fn is_supervised(&self) -> bool {
        is_locked(&self.path.join("supervisor.lock"))
    }

    pub(super) fn wait_until_stopped(&self) {
        wait_until_stopped(&self.path);
    }

    /// Waits until initdb is at work.
    pub(super) fn wait_for_initdb(&self) -> Pid {
        wait_until("initdb is at work", || {
            self.path.join("cluster/data.new/base").exists() && self.find_initdb().is_some()
        });
        self.find_initdb().expect("initdb takes longer than this")
    }

    fn find_initdb(&self) -> Option<Pid> {
        let output = Command::new("ps").args(["-A", "-o", "pid=,args="]).output().unwrap();
        let fresh = self.path.join("cluster/data.new").display().to_string();
        String::from_utf8_lossy(&output.stdout).lines().find_map(|line| {
            let (pid, arguments) = line.trim_start().split_once(' ')?;
            let program = arguments.split(' ').next()?;
            (program.ends_with("/initdb") && arguments.contains(&fresh)).then(|| parse_pid(pid))?
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the cluster:\n{}", self.log());
        }
        if !self.original {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        while (self.lives() || self.is_supervised()) && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
        let top =
            if self.path.ends_with("home") { self.path.parent().unwrap() } else { &self.path };
        let _ = fs::remove_dir_all(top);
    }
}

/// Waits until nothing of the cluster in `home` lives.
pub(super) fn wait_until_stopped(home: &Path) {
    wait_until("the cluster has stopped", || {
        !is_locked(&home.join("alive.lock")) && !is_locked(&home.join("supervisor.lock"))
    });
}

fn is_locked(path: &Path) -> bool {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else { return false };
    file.try_lock().is_err()
}

/// As whom a process runs.
pub(super) struct Identity {
    /// Another user than the current one.
    uid: Option<u32>,
    /// Programs where that user can reach them.
    programs: Option<tempfile::TempDir>,
}

impl Identity {
    /// A user without privileges: `nobody` for root, and whoever runs the tests otherwise.
    pub(super) fn nobody() -> Self {
        if !is_root() {
            return Self { uid: None, programs: None };
        }
        let output = Command::new("id").args(["-u", "nobody"]).output().unwrap();
        Self::with_uid(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
    }

    /// A user id without an entry in the user database.
    pub(super) fn nameless() -> Option<Self> {
        is_root().then(|| Self::with_uid(54_321))
    }

    fn with_uid(uid: u32) -> Self {
        let programs = tempfile::tempdir().unwrap();
        let readable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(programs.path(), readable.clone()).unwrap();
        let itself = std::env::current_exe().unwrap();
        for (from, to) in [(Path::new(LATCHKEY), "latchkey"), (&itself, "it")] {
            // By another process: a copy that we hold open for writing while another thread forks
            // cannot be run ("text file busy").
            let copied = Command::new("cp").arg(from).arg(programs.path().join(to)).status();
            assert!(copied.unwrap().success());
            fs::set_permissions(programs.path().join(to), readable.clone()).unwrap();
        }
        Self { uid: Some(uid), programs: Some(programs) }
    }
}

/// Another process with a share in a cluster. Dropping it makes it leave.
pub(super) struct User {
    child: Child,
    /// Kept open, for what the test runner in it says at its end.
    _output: BufReader<ChildStdout>,
    pub(super) url: String,
}

impl User {
    /// Starts a process that takes a share; the error is what it was told instead.
    pub(super) fn spawn(cluster: &Cluster) -> Result<Self, String> {
        Self::spawn_as(cluster, &Identity { uid: None, programs: None })
    }

    pub(super) fn spawn_as(cluster: &Cluster, identity: &Identity) -> Result<Self, String> {
        let (itself, latchkey) = match &identity.programs {
            None => (std::env::current_exe().unwrap(), PathBuf::from(LATCHKEY)),
            Some(programs) => (programs.path().join("it"), programs.path().join("latchkey")),
        };
        let mut command = Command::new(itself);
        command
            .args(["--exact", "private_postgres::a_process_that_uses_a_cluster", "--nocapture"])
            .env(USE, &cluster.path)
            .env(SUPERVISOR, latchkey)
            .current_dir("/");
        if cluster.throwaway {
            command.env(THROWAWAY, "yes");
        }
        if let Some(uid) = identity.uid {
            command.uid(uid).gid(uid);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            let said = std::mem::take(&mut line);
            let said = said.trim_end();
            if let Some((_, url)) = said.split_once("url=") {
                let url = url.to_owned();
                return Ok(Self { child, _output: output, url });
            }
            if let Some((_, error)) = said.split_once("error=") {
                let error = error.to_owned();
                let _ = output.read_to_string(&mut line);
                child.wait().unwrap();
                return Err(error);
            }
        }
        panic!("the using process said nothing: {}", child.wait().unwrap());
    }

    /// Lets the process end by itself.
    pub(super) fn leave(self) {
        drop(self);
    }

    /// `kill -9`.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
    }
}

impl Drop for User {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Whether this process was started as a [`User`].
pub(super) fn is_user() -> bool {
    std::env::var_os(USE).is_some()
}

/// What a [`User`] does: takes its share, says where, and keeps it until its input ends.
pub(super) fn use_cluster() {
    let settings = Settings {
        data_dir: std::env::var_os(USE).unwrap().into(),
        durability: match std::env::var_os(THROWAWAY) {
            Some(_) => Durability::Throwaway,
            None => Durability::Durable,
        },
        supervisor: std::env::var_os(SUPERVISOR).unwrap().into(),
    };
    match attach(&settings) {
        Ok(attached) => {
            println!("\nurl={}", attached.url("postgres"));
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
        }
        Err(error) => println!("\nerror={}", error.to_string().replace('\n', " | ")),
    }
}

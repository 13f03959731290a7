//! A Postgres server of a test's own, which may be killed, frozen, copied and filled up.
//!
//! It is made of the machine's programs like the shared cluster, listens on 127.0.0.1 with a password,
//! and is gone with its directory when it is dropped. As root it runs as the user `postgres`, or
//! `nobody` where there is none.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::cluster::{cluster, scratch};

/// How long the server may take until it answers or has gone.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

const ROLE: &str = "latchkey";
const PASSWORD: &str = "z9-on-loopback-only";

/// Kept small, and fast: nothing of it outlives the test.
const SETTINGS: [&str; 9] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=16MB",
    "max_connections=60",
    "max_wal_size=16MB",
    "min_wal_size=2MB",
    "fsync=off",
    "autovacuum=off",
    "log_min_error_statement=panic",
];

/// A server of a test's own.
pub struct Postgres {
    directory: TempDir,
    data: PathBuf,
    port: u16,
    child: Option<Child>,
    frozen: Vec<Pid>,
    is_mounted: bool,
}

impl Postgres {
    /// A new server with an empty database `latchkey`.
    pub fn start() -> Self {
        let mut server = Self::prepared();
        server.create();
        server
    }

    /// The same with its files on a disk of this many mebibytes. That takes a mount, and so root with
    /// `CAP_SYS_ADMIN`, as in a virtual machine or a privileged container; root without it fails here,
    /// and `None` is for those who are not root.
    pub fn start_on_small_disk(mebibytes: u32) -> Option<Self> {
        let mut server = Self::prepared();
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        std::fs::create_dir(&server.data).unwrap();
        let size = format!("size={mebibytes}m,mode=0700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&server.data);
        assert!(mount.status().unwrap().success(), "needs root that may mount (CAP_SYS_ADMIN)");
        server.is_mounted = true;
        give_away(&server.data);
        server.create();
        Some(server)
    }

    fn prepared() -> Self {
        let directory = tempfile::Builder::new().prefix("pg-").tempdir_in(scratch()).unwrap();
        let data = directory.path().join("data");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server =
            Self { directory, data, port, child: None, frozen: Vec::new(), is_mounted: false };
        give_away(server.directory.path());
        server
    }

    fn create(&mut self) {
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(blank().join(".")).arg(&self.data);
        assert!(copy.status().unwrap().success());
        self.resume();
        self.execute_in("postgres", "CREATE DATABASE latchkey");
    }

    /// Has the files of an empty cluster made.
    fn initialise(&self) {
        let password = self.directory.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(&self.data).arg("--pwfile").arg(&password).args([
            "--username",
            ROLE,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--wal-segsize=1",
            "--no-sync",
        ]);
        assert!(initdb.stdout(Stdio::null()).status().unwrap().success());
    }

    /// A hot standby that follows this server.
    pub fn standby(&self) -> Self {
        let mut standby = Self::prepared();
        let mut copy = self.command("pg_basebackup");
        copy.env("PGPASSWORD", PASSWORD).arg("-D").arg(&standby.data).args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--wal-method=stream",
            "--dbname",
            &self.url_of("postgres"),
        ]);
        assert!(copy.status().unwrap().success());
        standby.resume();
        standby
    }

    /// Makes a standby a server of its own.
    pub fn promote(&self) {
        self.execute("SELECT pg_promote(true, 60)");
    }

    /// Waits until a standby knows what `primary` has written so far.
    pub fn catch_up_with(&self, primary: &Self) {
        #[derive(QueryableByName)]
        struct Position {
            #[diesel(sql_type = Text)]
            lsn: String,
        }
        let query = "SELECT pg_current_wal_flush_lsn()::text AS lsn";
        let written: Position = sql_query(query).get_result(&mut primary.raw()).unwrap();
        let behind = format!("SELECT 1 WHERE pg_last_wal_replay_lsn() < '{}'::pg_lsn", written.lsn);
        let deadline = Instant::now() + PATIENCE;
        while sql_query(&behind).execute(&mut self.raw()).unwrap() > 0 {
            assert!(Instant::now() < deadline, "the standby does not follow");
            std::thread::sleep(POLL);
        }
    }

    /// From now on a standby learns nothing more.
    pub fn pause(&self) {
        self.execute("SELECT pg_wal_replay_pause()");
        let mut connection = self.raw();
        let deadline = Instant::now() + PATIENCE;
        let asked = "SELECT 1 WHERE pg_get_wal_replay_pause_state() = 'paused'";
        while sql_query(asked).execute(&mut connection).unwrap() == 0 {
            assert!(Instant::now() < deadline, "the standby does not pause");
            std::thread::sleep(POLL);
        }
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        self.url_of("latchkey")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements, outside of any transaction.
    pub fn execute(&self, statements: &str) {
        self.execute_in("latchkey", statements);
    }

    /// The same in another database of the server.
    pub fn execute_in(&self, database: &str, statements: &str) {
        let mut connection = PgConnection::establish(&self.url_of(database)).unwrap();
        connection.batch_execute(statements).unwrap();
    }

    /// A connection for the test itself.
    pub fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    /// Where its files are.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Starts it and waits until it answers.
    pub fn resume(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // What an earlier one left behind may keep it from starting for a moment.
            if self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                self.child = Some(self.spawn());
            }
            if PgConnection::establish(&self.url_of("postgres")).is_ok() {
                return;
            }
            assert!(Instant::now() < deadline, "it does not start: {}", self.log());
            std::thread::sleep(POLL);
        }
    }

    fn spawn(&self) -> Child {
        let log = self.directory.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).arg("-c").arg(format!("port={}", self.port));
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        command.stdout(Stdio::null()).stderr(log).stdin(Stdio::null());
        command.spawn().unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// `kill -9` of the postmaster: its other processes notice and end.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Halts every process of it: connections stay, and nobody answers.
    pub fn freeze(&mut self) {
        let postmaster = Pid::from_child(self.child.as_ref().unwrap());
        kill_process(postmaster, Signal::STOP).unwrap();
        self.frozen = children(postmaster);
        for pid in &self.frozen {
            // A backend may just have ended.
            let _ = kill_process(*pid, Signal::STOP);
        }
        self.frozen.push(postmaster);
    }

    /// Ends [`Postgres::freeze`].
    pub fn thaw(&mut self) {
        for pid in self.frozen.drain(..) {
            let _ = kill_process(pid, Signal::CONT);
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(programs().join(program));
        command.current_dir(self.directory.path());
        if let Some(user) = user() {
            command.uid(user).gid(user);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        if std::thread::panicking() {
            eprintln!("the log of the server:\n{}", self.log());
        }
        if let Some(mut child) = self.child.take() {
            let others = children(Pid::from_child(&child));
            let _ = child.kill();
            let _ = child.wait();
            for pid in others {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        if self.is_mounted {
            let deadline = Instant::now() + PATIENCE;
            while !Command::new("umount").arg(&self.data).status().unwrap().success()
                && Instant::now() < deadline
            {
                std::thread::sleep(POLL);
            }
        }
    }
}

/// The files of an empty cluster, which every server begins with a copy of: making them takes much
/// longer. They stay for the next run, like the shared cluster.
fn blank() -> &'static Path {
    static BLANK: OnceLock<PathBuf> = OnceLock::new();
    BLANK.get_or_init(|| {
        let version = asked("SELECT current_setting('server_version_num') AS setting");
        let place = scratch().join(format!("blank-{version}"));
        if !place.exists() {
            let draft = Postgres::prepared();
            draft.initialise();
            // Another run may have been quicker; then these go with their directory.
            let _ = std::fs::rename(&draft.data, &place);
        }
        place
    })
}

/// The directory of the programs that the shared cluster runs with.
fn programs() -> PathBuf {
    asked("SELECT setting FROM pg_config WHERE name = 'BINDIR'").into()
}

/// What the shared cluster answers.
fn asked(query: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        setting: String,
    }
    let mut admin = PgConnection::establish(&cluster().url("postgres")).unwrap();
    sql_query(query).get_result::<Row>(&mut admin).unwrap().setting
}

/// As whom it runs: Postgres refuses to run as root.
fn user() -> Option<u32> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| {
        let output = Command::new("id").args(["-u", name]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().ok()
    })
}

fn give_away(path: &Path) {
    if let Some(user) = user() {
        chown(path, Some(user), Some(user)).unwrap();
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    output
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(|word| word.parse::<i32>().unwrap());
            let (pid, of) = (words.next()?, words.next()?);
            (of == parent.as_raw_pid()).then(|| Pid::from_raw(pid))?
        })
        .collect()
}

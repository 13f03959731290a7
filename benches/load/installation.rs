//! Latchkey as an operator installs it: its commands, and its server as a process.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::Outcome;
use crate::client::{Connection, get};
use crate::database::Database;
use crate::drive::Cost;
use crate::process;

/// How long a server may take to be ready, or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A hundred sign-ins of few people from one address, all at the same moment, are no guesses here.
const BUDGETS: [(&str, &str); 3] = [
    ("max_failed_logins", "100"),
    ("max_failed_logins_per_pair", "1000"),
    ("max_logins_per_address", "100000"),
];

/// A migrated database with keys, and the port that its server will have.
pub struct Installation<'d> {
    /// The database.
    pub database: &'d Database,
    /// The server's port.
    pub port: u16,
    /// Where mail goes, if anywhere; people may then make their own accounts.
    mail: Option<u16>,
}

impl<'d> Installation<'d> {
    /// Migrates the database, makes the keys, and allows as many sign-ins as are measured.
    pub fn new(database: &'d Database) -> Outcome<Self> {
        Self::with_mail(database, None)
    }

    /// The same, with a mail server on a port of this machine.
    pub fn with_mail(database: &'d Database, mail: Option<u16>) -> Outcome<Self> {
        let installation = Self { database, port: free_port()?, mail };
        installation.run(&["migrate"], "")?;
        installation.run(&["keys", "init"], "")?;
        for (name, value) in BUDGETS {
            installation.run(&["settings", "set", name, value], "")?;
        }
        Ok(installation)
    }

    /// The issuer, without its scheme.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Where the master key is.
    pub fn master_key(&self) -> PathBuf {
        self.database.directory().join("keys/master.key")
    }

    /// Runs a command with `input`, and returns what it says as JSON.
    pub fn run(&self, arguments: &[&str], input: &str) -> Outcome<Value> {
        let mut command = self.command(arguments);
        command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(input.as_bytes())?;
        }
        let ended = child.wait_with_output()?;
        if !ended.status.success() {
            let reason = String::from_utf8_lossy(&ended.stderr);
            return Err(format!("latchkey {}: {reason}", arguments.join(" ")).into());
        }
        Ok(serde_json::from_slice(&ended.stdout).unwrap_or_default())
    }

    /// Nothing of this process's environment may set something.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(self.database.program(), arguments);
        command
            .current_dir(self.database.directory())
            .env("DATABASE_URL", self.database.url())
            .env("LATCHKEY_ISSUER", format!("http://{}", self.host()))
            // All of the load comes from one address.
            .env("LATCHKEY_LIMITS__ENABLED", "false")
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{}", self.port));
        if let Some(port) = self.mail {
            command
                .env("LATCHKEY_MAIL__HOST", "localhost")
                .env("LATCHKEY_MAIL__PORT", port.to_string())
                .env("LATCHKEY_MAIL__ENCRYPTION", "none")
                .env("LATCHKEY_MAIL__FROM", "no-reply@bench.example")
                .env("LATCHKEY_REGISTRATION__OPEN", "true");
        }
        command
    }

    /// Starts the server, with the defaults of production, and waits until it is ready.
    pub fn serve(&self) -> Outcome<Server> {
        self.serve_at(self.port)
    }

    /// Starts another server beside it.
    pub fn serve_another(&self) -> Outcome<Server> {
        self.serve_at(free_port()?)
    }

    fn serve_at(&self, port: u16) -> Outcome<Server> {
        let log = self.database.directory().join(format!("serve-{port}.log"));
        let mut command = self.command(&["serve"]);
        command.env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"));
        command.stdout(Stdio::null()).stderr(File::create(&log)?);
        let began = Instant::now();
        let child = command.spawn()?;
        let mut server = Server { child, port, ready_after: Duration::ZERO };
        if !wait_until_ready(port, &self.host()) {
            let said = fs::read_to_string(log)?;
            return Err(format!("the server does not become ready:\n{said}").into());
        }
        server.ready_after = began.elapsed();
        Ok(server)
    }

    /// What the server and Postgres have cost so far.
    pub fn cost(&self, server: &Server) -> Outcome<Cost> {
        let postgres = self.database.cpu_seconds();
        Ok(Cost { server: process::cpu_seconds(server.pid())?, postgres })
    }
}

/// A command with nothing of this process's environment that could set something.
pub fn bare(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).env_clear();
    for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "XDG_RUNTIME_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A port that nobody listens on at present.
pub fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until a server on this machine answers that it is ready. False: it does not.
pub fn wait_until_ready(port: u16, host: &str) -> bool {
    let deadline = Instant::now() + PATIENCE;
    let request = get(host, "/health/ready", &[]);
    while Instant::now() < deadline {
        let status = Connection::open(port)
            .and_then(|mut connection| connection.send(&request).map(|answer| answer.status));
        if status.is_ok_and(|status| status == 200) {
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

/// A server in its own process. It is stopped when this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// From its start until it was ready.
    pub ready_after: Duration,
}

impl Server {
    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Interrupts a server, as Ctrl-C does, and kills it when it does not heed that.
pub fn end(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _gone_already = kill_process(pid, Signal::INT);
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _gone_already = child.kill();
    let _status = child.wait();
}

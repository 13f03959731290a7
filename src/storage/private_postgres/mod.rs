//! The private Postgres cluster of the embedded default and of the tests.
//!
//! [`attach`] gives a process its share in a cluster, and starts the cluster when nobody has it
//! running. Several processes share one; when the last of them ends, even by `kill -9`, the cluster
//! stops. Locks on files tell who is alive: the users share one, a hidden [`supervisor`] process holds
//! one, and Postgres itself inherits one, so a process id that was reused, or a file that a crash left
//! behind, deceives nobody. Postgres listens on a Unix socket only, and the kernel vouches for who is
//! at its other end; there is no password. The programs are the machine's own and are never downloaded.

mod connection;
mod error;
mod lock;
mod place;
mod processes;
mod programs;
mod server;
pub mod supervisor;
mod user;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::kernel::urls::Issuer;
use connection::Serving;
use error::At as _;
pub use error::Error;
use place::Home;
use server::START_PATIENCE;

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed.
    Durable,
    /// Everything; for tests. A cluster of an older major version is replaced without asking.
    Throwaway,
}

/// Which cluster, and how it is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster's own directory; created when it is missing. For root it may become a link to
    /// a directory elsewhere ([`Attached::home`]), because Postgres then runs as another user, who must
    /// be able to reach it.
    pub data_dir: PathBuf,
    /// What a crash of the machine may cost. The process that starts the cluster decides.
    pub durability: Durability,
    /// The program that has the [`supervisor::SUBCOMMAND`], normally the current one.
    pub supervisor: PathBuf,
}

/// A share in the running cluster. Dropping it, or the end of the process, lets the cluster go.
#[derive(Debug)]
pub struct Attached {
    home: Home,
    serving: Serving,
    _users: File,
}

/// Takes a share in the cluster, and starts it when it does not run. Blocks until it answers.
pub fn attach(settings: &Settings) -> Result<Attached, Error> {
    let home = Home::prepare(&settings.data_dir)?;
    let users = lock::open(&home.users_lock())?;
    // A supervisor that is just stopping the cluster lets us wait here until it is gone.
    lock::shared(&users, &home.users_lock())?;
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        let path = home.supervisor_lock();
        let supervisor = lock::open(&path)?;
        if lock::try_exclusive(&supervisor, &path)? {
            start_supervisor(settings, &home, supervisor)?;
        }
        if let Some(serving) = Serving::look(&home.data()) {
            return Ok(Attached { home, serving, _users: users });
        }
        if Instant::now() >= deadline {
            return Err(Error::Timeout { seconds: START_PATIENCE.as_secs(), log: home.log() });
        }
        std::thread::sleep(lock::POLL);
    }
}

/// Starts the supervisor and waits for its word. The locked file becomes its standard input, so the
/// lock passes from us to it without ever being free.
fn start_supervisor(settings: &Settings, home: &Home, locked: File) -> Result<(), Error> {
    let mut command = Command::new(&settings.supervisor);
    command.arg(supervisor::SUBCOMMAND).arg(home.path()).arg(match settings.durability {
        Durability::Durable => "durable",
        Durability::Throwaway => "throwaway",
    });
    // Secrets that we were handed in the environment stay here.
    command.env_clear().current_dir("/");
    for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "XDG_RUNTIME_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let mut child = command
        .stdin(locked)
        .stdout(Stdio::piped())
        .stderr(home.open_log()?)
        .spawn()
        .at("start", &settings.supervisor)?;
    // Ours no more: the command would keep the lock beside the supervisor.
    drop(command);
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        output.read_line(&mut said).at("read from", &settings.supervisor)?;
        if said.trim_end() != supervisor::READY {
            output.read_to_string(&mut said).at("read from", &settings.supervisor)?;
        }
    }
    // Should it end before us, its entry in the process table is to go.
    let _ = std::thread::Builder::new().spawn(move || child.wait());
    match said.trim_end() {
        // Silent: it was killed. The caller looks again.
        "" | supervisor::READY => Ok(()),
        problem => Err(Error::Supervisor(problem.to_owned())),
    }
}

impl Attached {
    /// The address of one of the cluster's databases, for libpq and diesel. It holds no secret.
    pub fn url(&self, database: &str) -> String {
        self.serving.url(database)
    }

    /// Creates a database unless it is there.
    pub fn ensure_database(&self, name: &str) -> Result<(), Error> {
        self.serving.ensure_database(name)
    }

    /// Where the cluster lives, its log included.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
}

/// Refuses the private cluster to a server that others can reach: it belongs to one machine and to
/// one person who tries Latchkey out.
pub fn refuse_unless_loopback(issuer: &Issuer, bind: &[SocketAddr]) -> Result<(), Error> {
    if !issuer.is_loopback() {
        return Err(Error::PublicIssuer { issuer: issuer.to_string() });
    }
    match bind.iter().find(|address| !address.ip().is_loopback()) {
        Some(address) => Err(Error::PublicAddress { address: *address }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_gets_the_private_cluster() {
        let local = Issuer::parse("http://localhost:8080").unwrap();
        let public = Issuer::parse("https://id.example.com").unwrap();
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let loopback = [address("127.0.0.1:8080"), address("[::1]:8080")];
        assert!(refuse_unless_loopback(&local, &loopback).is_ok());

        let refused = refuse_unless_loopback(&public, &loopback).unwrap_err().to_string();
        assert!(refused.contains("https://id.example.com"), "{refused}");
        assert!(refused.contains("DATABASE_URL"), "{refused}");
        for open in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80", "[::ffff:127.0.0.1]:80"] {
            let bind = [loopback[0], address(open)];
            let refused = refuse_unless_loopback(&local, &bind).unwrap_err().to_string();
            assert!(refused.contains(open), "{refused}");
            assert!(refused.contains("DATABASE_URL"), "{refused}");
        }
    }
}

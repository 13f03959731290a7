//! Where the running cluster answers, and the databases in it.

use std::fmt::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};
use rustix::process::Pid;

use super::error::Error;
use super::place::SOCKET;
use super::processes;

/// The role that owns everything in the cluster.
pub(super) const ROLE: &str = "latchkey";

/// A server that answers.
#[derive(Debug, Clone)]
pub(super) struct Serving {
    /// The postmaster's process id.
    pub(super) pid: Pid,
    /// The directory of its socket.
    pub(super) socket_directory: PathBuf,
}

impl Serving {
    /// Looks whether the server of this data directory is ready: by its own word in `postmaster.pid`
    /// and by an open socket, because the file outlives a killed server.
    pub(super) fn look(data: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let serving = parse_pid_file(&text)?;
        UnixStream::connect(serving.socket_directory.join(SOCKET)).is_ok().then_some(serving)
    }

    /// Whether the postmaster's process is there.
    pub(super) fn is_running(&self) -> bool {
        processes::is_running(self.pid)
    }

    /// The address of a database, in libpq's form.
    pub(super) fn url(&self, database: &str) -> String {
        let host = encode(&self.socket_directory.to_string_lossy());
        format!("postgresql://{ROLE}@/{}?host={host}&port=5432", encode(database))
    }

    /// Creates the database unless it is there.
    pub(super) fn ensure_database(&self, name: &str) -> Result<(), Error> {
        let mut connection = PgConnection::establish(&self.url("postgres"))?;
        if exists(&mut connection, name)? {
            return Ok(());
        }
        let statement = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
        match diesel::sql_query(statement).execute(&mut connection) {
            // Another process may have been quicker.
            Err(_) if exists(&mut connection, name)? => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    #[expect(dead_code, reason = "only whether there is a row matters")]
    datname: String,
}

fn exists(connection: &mut PgConnection, database: &str) -> Result<bool, Error> {
    let rows: Vec<Name> =
        diesel::sql_query("SELECT datname::text AS datname FROM pg_database WHERE datname = $1")
            .bind::<Text, _>(database)
            .load(connection)?;
    Ok(!rows.is_empty())
}

/// The lines are: process id, data directory, start, port, socket directory, address, key, state.
fn parse_pid_file(text: &str) -> Option<Serving> {
    let lines: Vec<&str> = text.lines().collect();
    let [pid, _, _, _, socket_directory, _, _, state, ..] = lines.as_slice() else { return None };
    if state.trim() != "ready" {
        return None;
    }
    let pid = pid.parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw)?;
    Some(Serving { pid, socket_directory: PathBuf::from(socket_directory) })
}

/// Percent-encodes all but letters, digits and the marks that mean nothing in an address.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ready_server_serves() {
        let file = |state: &str| format!("42\n/data\n1700000000\n5432\n/tmp/s\n\n  0\n{state}\n");
        let serving = parse_pid_file(&file("ready   ")).unwrap();
        assert_eq!(serving.pid.as_raw_pid(), 42);
        assert_eq!(serving.socket_directory, Path::new("/tmp/s"));
        assert!(parse_pid_file(&file("starting")).is_none());
        assert!(parse_pid_file("42\n/data\n").is_none());
        assert!(parse_pid_file("").is_none());
        assert!(parse_pid_file(&file("ready").replace("42", "-42")).is_none());
    }

    #[test]
    fn an_address_survives_odd_names() {
        let serving = Serving { pid: Pid::INIT, socket_directory: PathBuf::from("/tmp/a b&c") };
        assert_eq!(
            serving.url("x/y?"),
            "postgresql://latchkey@/x%2Fy%3F?host=%2Ftmp%2Fa%20b%26c&port=5432"
        );
    }
}

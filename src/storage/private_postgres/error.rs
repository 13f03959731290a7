//! What can go wrong with the private cluster, each with its remedy.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no private cluster. The texts are for the person who started the command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No `initdb` and `postgres` on this machine.
    #[error(
        "no Postgres programs found (looked for initdb and postgres, version 14 or newer, in PATH, \
         /usr/lib/postgresql/*/bin and Homebrew's directories). Install them \
         (Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; \
         macOS: brew install postgresql@17), or set DATABASE_URL to use a server of your own"
    )]
    NoPrograms,
    /// The data belongs to another major version than every installed set of programs.
    #[error(
        "the data in {} was written by Postgres {data}, but the installed programs are version \
         {installed}. Install Postgres {data} beside it, or carry the data over with pg_upgrade; if \
         it is only demo data, delete {} and start again",
        .home.display(), .home.display()
    )]
    MajorVersion {
        /// Where the cluster lives.
        home: PathBuf,
        /// The major version that wrote the data.
        data: u32,
        /// The major versions found on this machine.
        installed: String,
    },
    /// The process runs under a user id that has no name.
    #[error(
        "user id {uid} has no entry in the user database (/etc/passwd), and Postgres refuses to run \
         without one. Add an entry, run as another user, or set DATABASE_URL"
    )]
    NamelessUser {
        /// The effective user id.
        uid: u32,
    },
    /// Root, and neither `postgres` nor `nobody` exists.
    #[error(
        "Postgres refuses to run as root, and this machine has neither a user \"postgres\" nor a user \
         \"nobody\" to run it as. Run as a plain user, or set DATABASE_URL"
    )]
    NoUnprivilegedUser,
    /// The directory of the cluster belongs to someone else.
    #[error(
        "{} belongs to user id {owner}, not to you. Run the command as that user, or name another \
         data directory", .home.display()
    )]
    NotOurs {
        /// Where the cluster lives.
        home: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// The directory holds something else.
    #[error("{} is not empty and holds no cluster. Name a directory of its own", .path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Nowhere to put the socket.
    #[error(
        "no directory for the database's socket: {tried}. It must be short (a socket's path has at \
         most 106 bytes), private and yours; set TMPDIR to a fitting one"
    )]
    SocketDirectory {
        /// The directories tried, each with what was wrong.
        tried: String,
    },
    /// The cluster could not be created or started.
    #[error("Postgres did not start: {reason}\nIts log is {}", .log.display())]
    Start {
        /// The last words.
        reason: String,
        /// The log.
        log: PathBuf,
    },
    /// The supervisor said why it could not serve.
    #[error("{0}")]
    Supervisor(String),
    /// Waited too long for another process that is starting the cluster.
    #[error(
        "the private Postgres is not ready after {seconds} seconds. Its log is {}", .log.display()
    )]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
        /// The log.
        log: PathBuf,
    },
    /// The issuer is not on this machine.
    #[error(
        "the private Postgres is for this machine only, but the issuer is {issuer}. Set DATABASE_URL \
         to a Postgres server, or use an issuer on localhost"
    )]
    PublicIssuer {
        /// The issuer.
        issuer: String,
    },
    /// An address to listen on is not on this machine.
    #[error(
        "the private Postgres is for this machine only, but the server would listen on {address}. Set \
         DATABASE_URL to a Postgres server, or listen on 127.0.0.1"
    )]
    PublicAddress {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// A file or process could not be worked with.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as in "create".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The cluster runs, but could not be connected to.
    #[error("cannot connect to the private Postgres: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The cluster runs, but refused a statement.
    #[error("the private Postgres refused: {0}")]
    Query(#[from] diesel::result::Error),
}

/// Says what was tried on which path when the system refuses.
pub(super) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source })
    }
}

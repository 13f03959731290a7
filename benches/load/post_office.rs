//! A server that sends mail to a sink, and people enough for each to be asked about once.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection as _;

use crate::Outcome;
use crate::browser::Browser;
use crate::client::Connection;
use crate::database::Database;
use crate::fill::{self, Size};
use crate::installation::{Installation, Server};
use crate::options::Options;
use crate::sink::Sink;

/// People for each second of a measurement: more than are mailed to in one.
const PEOPLE: u64 = 4000;

/// What the letters of this bench are not bounded by.
const SETTINGS: [(&str, &str); 1] = [("max_mails_per_recipient_per_hour", "1000")];

/// The server and its people.
pub struct PostOffice<'i> {
    /// What is served.
    pub installation: &'i Installation<'i>,
    /// The server.
    pub server: &'i Server,
    /// Where the mail goes.
    pub sink: &'i Sink,
    next: AtomicU64,
}

/// Readies an installation: bounds that are not measured are out of the way, and people are there.
pub fn furnish(installation: &Installation, database: &Database, options: &Options) -> Outcome<()> {
    for (name, value) in SETTINGS {
        installation.run(&["settings", "set", name, value], "")?;
    }
    let add = ["client", "add", "filled", "--redirect-uri", "https://app.example/callback"];
    installation.run(&add, "")?;
    let size = Size { people: PEOPLE * (options.seconds + 10), refresh_tokens: 0 };
    fill::fill(database, "filled", size)?;
    Ok(())
}

impl<'i> PostOffice<'i> {
    /// One whose people have not been mailed to.
    pub fn new(installation: &'i Installation<'i>, server: &'i Server, sink: &'i Sink) -> Self {
        Self { installation, server, sink, next: AtomicU64::new(0) }
    }

    /// Somebody whom nobody was asked about yet.
    pub fn somebody(&self) -> String {
        fill::email(self.number())
    }

    /// An address that nobody has, written like those that somebody has.
    pub fn nobody(&self) -> String {
        fill::email(self.number()).replace("filled", "absent")
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A new browser.
    pub fn browser(&self) -> Browser {
        Browser::new(self.installation.host())
    }

    /// A connection to the server.
    pub fn connect(&self) -> Outcome<Connection> {
        Connection::open(self.server.port)
    }

    /// Changes rows past the server.
    pub fn execute(&self, statement: &str) -> Outcome<()> {
        Ok(self.installation.database.connect()?.batch_execute(statement)?)
    }
}

//! The hidden process between a cluster and those who use it: it starts Postgres, starts it again
//! when it dies, and stops it when the last user has ended, however that user ended.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};

use super::Durability;
use super::error::{At, Error};
use super::lock;
use super::place::Home;
use super::server::{LEFTOVER_PATIENCE, Postmaster, Server, signal};

/// The name of the hidden subcommand.
pub const SUBCOMMAND: &str = "__supervise-postgres";

/// What it says, on a line of its own, once the server answers.
pub(super) const READY: &str = "ready";

/// A server that dies this often …
const RESTARTS: usize = 5;
/// … within this time is given up.
const RESTART_WINDOW: Duration = Duration::from_secs(60);

/// How long a stop may take before the next harsher signal.
const STOPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(10)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

enum Event {
    /// Nobody uses the cluster any more; the lock that says so comes along and keeps newcomers waiting.
    LastUserLeft(File),
    /// The postmaster is gone.
    ServerEnded,
    /// The lock of the users could not be waited for.
    Failed(Error),
}

/// The body of the hidden subcommand; `arguments` are those after its name.
///
/// Its standard input is the locked `supervisor.lock`; on its standard output it says `ready`, or
/// what went wrong.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // A Ctrl-C in the terminal is for the server, which then ends and lets the cluster go.
    let _ = rustix::process::setsid();
    match supervise(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn supervise(mut arguments: impl Iterator<Item = OsString>) -> Result<(), Error> {
    let (Some(home), Some(durability)) = (arguments.next(), arguments.next()) else {
        return Err(Error::Supervisor("this command is for Latchkey's own use".to_owned()));
    };
    let home = Home::prepare(Path::new(&home))?;
    let durability =
        if durability == "throwaway" { Durability::Throwaway } else { Durability::Durable };
    let path = home.supervisor_lock();
    if lock::try_exclusive(&lock::open(&path)?, &path)? {
        return Err(Error::Supervisor("this command is for Latchkey's own use".to_owned()));
    }
    let server = Server::new(home.clone(), durability)?;
    match serve(&server, &home) {
        Ok(users) => {
            server.tidy_up(LEFTOVER_PATIENCE);
            // In this order: whoever then shares the users' lock finds no supervisor.
            rustix::fs::flock(std::io::stdin(), FlockOperation::Unlock)
                .map_err(Into::into)
                .at("unlock", &path)?;
            drop(users);
            Ok(())
        }
        Err(error) => {
            server.tidy_up(Duration::ZERO);
            Err(error)
        }
    }
}

/// Keeps the server going for as long as somebody uses it. Yields the lock that keeps newcomers
/// waiting, when the last user has left and the server was stopped.
fn serve(server: &Server, home: &Home) -> Result<File, Error> {
    let (sender, events) = mpsc::channel();
    let mut pid = watch(server.start()?, home, &sender)?;
    say(READY);
    wait_for_last_user(home, &sender)?;

    let mut restarts = Restarts::default();
    loop {
        match events.recv() {
            Ok(Event::LastUserLeft(users)) => {
                stop(pid, &events);
                return Ok(users);
            }
            Ok(Event::ServerEnded) => {
                let postmaster = loop {
                    restarts.allow(home)?;
                    match server.start() {
                        Ok(postmaster) => break postmaster,
                        Err(error) => say(&error.to_string()),
                    }
                };
                pid = watch(postmaster, home, &sender)?;
            }
            Ok(Event::Failed(error)) => return Err(error),
            Err(mpsc::RecvError) => {
                return Err(Error::Supervisor("the supervisor lost its threads".to_owned()));
            }
        }
    }
}

/// The restarts of late.
#[derive(Default)]
struct Restarts(Vec<Instant>);

impl Restarts {
    /// Counts one more, or refuses it.
    fn allow(&mut self, home: &Home) -> Result<(), Error> {
        self.0.retain(|restart| restart.elapsed() < RESTART_WINDOW);
        if self.0.len() >= RESTARTS {
            let reason = format!("it died {RESTARTS} times within a minute");
            return Err(Error::Start { reason, log: home.log() });
        }
        self.0.push(Instant::now());
        Ok(())
    }
}

/// Says it to the process that waits for it, which may be gone; errors also go to the log.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
    if text != READY {
        let _ = writeln!(std::io::stderr(), "supervisor: {text}");
    }
}

fn watch(postmaster: Postmaster, home: &Home, sender: &Sender<Event>) -> Result<Pid, Error> {
    let pid = postmaster.pid();
    let sender = sender.clone();
    std::thread::Builder::new()
        .spawn(move || {
            postmaster.wait();
            let _ = sender.send(Event::ServerEnded);
        })
        .at("start a thread for", home.path())?;
    Ok(pid)
}

fn wait_for_last_user(home: &Home, sender: &Sender<Event>) -> Result<(), Error> {
    let path = home.users_lock();
    let users = lock::open(&path)?;
    let sender = sender.clone();
    std::thread::Builder::new()
        .spawn(move || {
            let event = match lock::exclusive(&users, &path) {
                Ok(()) => Event::LastUserLeft(users),
                Err(error) => Event::Failed(error),
            };
            let _ = sender.send(event);
        })
        .at("start a thread for", home.path())?;
    Ok(())
}

fn stop(pid: Pid, events: &Receiver<Event>) {
    for (harsher, patience) in STOPS {
        signal(pid, harsher);
        match events.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

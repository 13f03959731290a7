//! A mail server within this process, which takes everything and remembers the codes and links.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use latchkey::mail::links;

use crate::Outcome;

/// Longer than any letter is under way.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server. It runs as long as this process does.
#[derive(Clone)]
pub struct Sink {
    /// Where it listens.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Connections are taken, and nobody is greeted.
    shut: bool,
    /// Letters since the last count.
    taken: u64,
    /// The code or the path of the link that was mailed last, by recipient.
    ways_in: HashMap<String, String>,
}

impl Sink {
    /// Starts one on a port of its own.
    pub fn start() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let sink = Self { port, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // A server that hangs up is none of ours to judge.
                thread::spawn(move || shared.serve(&stream).ok());
            }
        });
        Ok(sink)
    }

    /// From now on nobody is greeted, and no letter counted before.
    pub fn shut(&self) {
        let mut state = self.shared.state();
        (state.shut, state.taken) = (true, 0);
    }

    /// Greets whoever waits, and returns how long it takes until `count` letters are here.
    pub fn open_until(&self, count: u64) -> Outcome<Duration> {
        let began = Instant::now();
        self.shared.state().shut = false;
        self.shared.changed.notify_all();
        self.until(10 * PATIENCE, |state| (state.taken >= count).then(|| began.elapsed()))
    }

    /// The code, or the path and query of the link, that is mailed to this address.
    pub fn way_in(&self, recipient: &str) -> Outcome<String> {
        self.until(PATIENCE, |state| state.ways_in.remove(recipient))
    }

    fn until<T>(
        &self,
        patience: Duration,
        mut found: impl FnMut(&mut State) -> Option<T>,
    ) -> Outcome<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.state();
        loop {
            if let Some(found) = found(&mut state) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("mail that is expected does not come".into());
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn greet(&self, mut stream: &TcpStream) -> Outcome<()> {
        let mut state = self.state();
        while state.shut {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        Ok(stream.write_all(b"220 localhost ESMTP\r\n")?)
    }

    /// As much of SMTP (RFC 5321) as a polite client needs.
    fn serve(&self, mut stream: &TcpStream) -> Outcome<()> {
        stream.set_nodelay(true)?;
        self.greet(stream)?;
        let (mut reader, mut line) = (BufReader::new(stream), String::new());
        let mut recipient = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer: &[u8] = match command.as_str() {
                "EHLO" => b"250-localhost\r\n250 8BITMIME\r\n",
                "RCPT" => {
                    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                    address.map_or("", |(address, _)| address).clone_into(&mut recipient);
                    b"250 OK\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go ahead\r\n")?;
                    let letter = content(&mut reader)?;
                    self.take(&recipient, &letter);
                    b"250 OK\r\n"
                }
                "QUIT" => return Ok(stream.write_all(b"221 bye\r\n")?),
                _ => b"250 OK\r\n",
            };
            stream.write_all(answer)?;
        }
    }

    fn take(&self, recipient: &str, letter: &str) {
        let mut state = self.state();
        state.taken += 1;
        if let Some(way_in) = way_in(letter) {
            state.ways_in.insert(recipient.to_owned(), way_in);
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The lines up to the single dot, quoted-printable undone as far as ASCII needs it.
fn content(reader: &mut BufReader<&TcpStream>) -> Outcome<String> {
    let mut letter = String::new();
    loop {
        let begin = letter.len();
        if reader.read_line(&mut letter)? == 0 {
            return Err("a letter is cut off".into());
        }
        if letter.get(begin..) == Some(".\r\n") {
            return Ok(letter.replace("=\r\n", "").replace("=3D", "="));
        }
    }
}

fn way_in(letter: &str) -> Option<String> {
    let lines = || letter.lines().map(str::trim);
    let is_code =
        |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let code = lines().find(is_code).map(|line| line.replace(' ', ""));
    let link =
        || lines().find_map(|line| Some(line.get(line.find(links::SIGN_IN_LINK)?..)?.to_owned()));
    code.or_else(link)
}

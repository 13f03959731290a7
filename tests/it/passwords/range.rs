//! A breach service on this machine, which can misbehave.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use latchkey::config::BreachConfig;
use latchkey::crypto::range::RangeDigest;
use url::Url;

/// How the service answers.
#[derive(Clone)]
pub(super) enum Mode {
    /// With a range that has these passwords in it, where they belong there.
    Knows(Vec<&'static str>),
    /// Not at all.
    Silent,
    /// With these bytes.
    Bytes(String),
}

/// The service. What it was sent is kept, line by line.
pub(super) struct Service {
    port: u16,
    mode: Arc<Mutex<Mode>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mode, heard) = (Arc::new(Mutex::new(Mode::Knows(vec![]))), Arc::default());
        let service = Self { port, mode, heard };
        let (mode, heard) = (Arc::clone(&service.mode), Arc::clone(&service.heard));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mode, heard) = (mode.lock().unwrap().clone(), Arc::clone(&heard));
                thread::spawn(move || answer(&stream.unwrap(), mode, &heard));
            }
        });
        service
    }

    pub(super) fn config(&self) -> BreachConfig {
        let url = format!("http://127.0.0.1:{}/range/", self.port);
        BreachConfig { url: Url::parse(&url).unwrap() }
    }

    pub(super) fn answers(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// What was sent since this was asked last.
    pub(super) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

fn answer(stream: &TcpStream, mode: Mode, heard: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let fields: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let path = fields.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let told = path.rsplit('/').next().unwrap_or_default().to_owned();
    heard.lock().unwrap().extend(fields);
    let answer = match mode {
        Mode::Knows(passwords) => {
            let digests = passwords.into_iter().map(RangeDigest::of);
            let known = digests.filter(|digest| digest.told() == told);
            let known = known.map(|digest| format!("{}:7\r\n", digest.kept()));
            let range = known.collect::<String>() + "0018A45C4D1DEF81644B54AB7F969B88D65:0\r\n";
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{range}", range.len())
        }
        Mode::Bytes(bytes) => bytes,
        // Until the client has had enough.
        Mode::Silent => {
            let _ = lines.next();
            return;
        }
    };
    // The client may have hung up.
    let _ = (&mut &*stream).write_all(answer.as_bytes());
}

//! `latchkey serve` and `latchkey dev` as processes: start, wait, stop.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::installation::{Ended, Installation};

/// How long a condition in another process may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port that nobody listens on at present.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// What a server on this machine answers; `None` when none does.
pub(super) fn get(port: u16, host: &str, path: &str) -> Option<String> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Waits until the server on this machine answers that it is ready.
pub(crate) fn wait_until_ready(port: u16) {
    let deadline = Instant::now() + PATIENCE;
    let is_ready = |answer: String| answer.starts_with("HTTP/1.1 200");
    while !get(port, "localhost", "/health/ready").is_some_and(is_ready) {
        assert!(Instant::now() < deadline, "it does not become ready");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server in its own process. It is killed when it is still there at the end of a test.
pub(crate) struct Server(pub(super) Child);

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// What it logs goes to a file.
    pub(crate) fn start_logging_to(mut command: Command, log: File) -> Self {
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Interrupts it, as Ctrl-C does.
    pub(crate) fn interrupt(self) -> Ended {
        self.end(Signal::INT)
    }

    /// Asks it to end, as service managers do.
    pub(crate) fn terminate(self) -> Ended {
        self.end(Signal::TERM)
    }

    fn end(mut self, signal: Signal) -> Ended {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(5));
        };
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(mut pipe) = self.0.stdout.take() {
            pipe.read_to_string(&mut out).unwrap();
        }
        if let Some(mut pipe) = self.0.stderr.take() {
            pipe.read_to_string(&mut err).unwrap();
        }
        Ended { code: status.code().unwrap(), out, err }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _status = self.0.wait();
    }
}

/// What `latchkey dev --json` says once it serves.
fn start_dev(installation: &Installation, port: u16, demo: u16) -> (Server, Value) {
    let server = Server::start(dev(installation, port, demo));
    until_it_serves(server)
}

fn dev(installation: &Installation, port: u16, demo: u16) -> Command {
    let (port, demo) = (port.to_string(), demo.to_string());
    installation.command(&["dev", "--json", "--port", &port, "--relying-party-port", &demo])
}

pub(super) fn until_it_serves(mut server: Server) -> (Server, Value) {
    let mut said = String::new();
    let mut out = BufReader::new(server.0.stdout.take().unwrap());
    while !said.ends_with("\n}\n") {
        let read = out.read_line(&mut said).unwrap();
        assert!(read > 0, "it ended: {}", server.interrupt().err);
    }
    (server, serde_json::from_str(&said).unwrap())
}

/// Reads lines up to the one that has these words.
fn read_until(lines: &mut impl BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended before it said {words}");
    }
}

#[test]
fn dev_serves_a_demo_and_keeps_its_password() {
    let installation = Installation::empty();
    let (port, demo) = (free_port(), free_port());
    let (server, first) = start_dev(&installation, port, demo);
    assert_eq!(first["issuer"], format!("http://localhost:{port}"));
    assert_eq!(first["email"], "alice@example.com");
    let ready = get(port, "localhost", "/health/ready").unwrap();
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(get(demo, "127.0.0.1", "/").unwrap().contains("ACME Notes"));
    // Another process can work on the database meanwhile.
    let client = installation.json(&["client", "show", "acme-notes"]);
    assert_eq!(client["first_party"], false);
    assert_eq!(client["redirect_uris"][0], format!("http://127.0.0.1:{demo}/callback"));
    assert_eq!(server.interrupt().code, 0);
    assert!(get(port, "localhost", "/health/ready").is_none());
    assert!(get(demo, "127.0.0.1", "/").is_none());

    let other = free_port();
    let (server, second) = start_dev(&installation, port, other);
    assert!(first["password"].is_string());
    assert_eq!(second["password"], first["password"]);
    let client = installation.json(&["client", "show", "acme-notes"]);
    assert_eq!(client["secrets"].as_array().unwrap().len(), 1, "the kept secret is used again");
    assert_eq!(client["redirect_uris"].as_array().unwrap().len(), 2);
    let set = ["user", "set-password", "alice", "--password-stdin"];
    installation.run_with(&set, "another fine one\n").ok();
    assert_eq!(server.interrupt().code, 0);

    let (server, third) = start_dev(&installation, port, demo);
    assert!(third["password"].is_null(), "a changed password is not known any more");
    assert_eq!(server.interrupt().code, 0);

    let mut serve = installation.command(&["serve"]);
    serve
        .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    let words = ["the demo data of `latchkey dev`", "client remove acme-notes"];
    Ended::from(serve.output().unwrap()).refused(3, &words);
}

#[test]
fn a_taken_port_is_refused_with_the_flag_that_helps() {
    let installation = Installation::empty();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    installation.run(&["dev", "--port", &port]).refused(1, &["is another server", "--port"]);
    let free = free_port().to_string();
    let line = ["dev", "--port", &free, "--relying-party-port", &port];
    installation.run(&line).refused(1, &["--relying-party-port"]);
}

#[test]
fn case_f02_serve_waits_for_a_database_that_starts_later() {
    let installation = Installation::ready();
    let url = installation.url();
    let (before, host) = url.split_once("host=").unwrap();
    let (host, after) = host.split_once('&').unwrap();
    let socket = percent_decode_str(host).decode_utf8().unwrap();
    // Without a space, which an address would have to escape.
    let late = std::env::temp_dir().join(format!("latchkey-late-{}", std::process::id()));
    let port = free_port();
    let mut command = installation.command(&["serve"]);
    command
        .env("DATABASE_URL", format!("{before}host={}&{after}", late.display()))
        .env("LATCHKEY_ISSUER", "https://id.example.test")
        .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1")
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    let mut server = Server::start(command);
    let mut err = BufReader::new(server.0.stderr.take().unwrap());
    read_until(&mut err, "waiting for the database");
    assert!(get(port, "id.example.test", "/health/ready").is_none());

    symlink(&*socket, &late).unwrap();
    read_until(&mut err, "\"serving\"");
    std::fs::remove_file(&late).unwrap();
    let ready = get(port, "127.0.0.1", "/health/ready").unwrap();
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert_eq!(server.interrupt().code, 0);
}

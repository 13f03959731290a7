//! A server in its own process, and what it makes of crowds and of huge requests: how much memory it
//! holds is read from the operating system.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::installation::Installation;
use super::servers::{Server, free_port, wait_until_ready};

/// Connections of this process besides the crowd.
const KEPT_BACK: u64 = 1000;

struct Crowded {
    server: Server,
    port: u16,
    _installation: Installation,
}

impl Crowded {
    fn start() -> Self {
        let installation = Installation::ready();
        let port = free_port();
        let mut command = installation.command(&["serve"]);
        command
            .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
            .env("LATCHKEY_HTTP__REQUEST_TIMEOUT_SECONDS", "300")
            .env("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1")
            .env("LATCHKEY_HTTP__WORKERS", "2")
            .env("LATCHKEY_LOG__FILTER", "warn")
            .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
            .env_remove("LATCHKEY_HASHING__ITERATIONS");
        let log = std::fs::File::create(installation.path().join("log")).unwrap();
        let server = Server::start_logging_to(command, log);
        wait_until_ready(port);
        Self { server, port, _installation: installation }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The status of what is answered to these bytes.
    fn status(&self, bytes: &[u8]) -> u16 {
        let mut stream = self.connect();
        // The server may answer before it has read everything.
        let _ = stream.write_all(bytes);
        let mut start = [0; 12];
        stream.read_exact(&mut start).expect("an answer");
        std::str::from_utf8(&start[9..]).unwrap().parse().unwrap()
    }

    fn get(&self, path: &str) -> u16 {
        let host = format!("localhost:{}", self.port);
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.status(head.as_bytes())
    }

    fn post(&self, path: &str, headers: &str, body: &[u8]) -> u16 {
        let host = format!("localhost:{}", self.port);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
             {headers}\r\n",
            body.len()
        );
        self.status(&[head.as_bytes(), body].concat())
    }

    /// What it holds of the machine's memory, in KiB.
    fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", self.server.0.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().split(' ').next().unwrap().parse().unwrap()
    }
}

#[test]
fn case_312_huge_requests_leave_the_memory_as_it_is() {
    let it = Crowded::start();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let json = "Content-Type: application/json\r\n";
    let gzip = format!("{form}Content-Encoding: gzip\r\n");
    let keys = (0..1_000_000).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(",");
    let keys = format!("{{{keys}}}").into_bytes();
    let deep = "[".repeat(10_000).into_bytes();
    let fields = (0..10_000).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&").into_bytes();
    let bomb = vec![0; 1 << 20];
    let huge = vec![b'a'; 100 << 20];
    let long = "x".repeat(65_536);
    let round = || {
        for path in ["/login", "/oauth2/token"] {
            assert_eq!(it.post(path, json, &keys), 415, "{path}");
            assert_eq!(it.post(path, json, &deep), 415, "{path}");
            assert_eq!(it.post(path, &gzip, &bomb), 415, "{path}");
            assert_eq!(it.post(path, form, &fields), 413, "{path}");
            assert_eq!(it.post(path, form, &huge), 413, "{path}");
            assert_eq!(it.get(&format!("{path}?{}", &long[..40_000])), 414, "{path}");
            // Longer than the HTTP library can hold.
            assert_eq!(it.get(&format!("{path}?{long}")), 400, "{path}");
        }
        let wide = format!("X-A: {long}\r\n");
        assert_eq!(it.post("/login", &wide, b""), 431);
        let lines = "X-A: a\r\n".repeat(2000);
        assert!(matches!(it.post("/login", &lines, b""), 400 | 431));
    };
    // The first round makes what is made once: pools, caches, pages.
    round();
    let before = it.resident();
    for _ in 0..5 {
        round();
    }
    let after = it.resident();
    assert!(after < before + 8 * 1024, "{before} KiB before, {after} KiB after");
    assert_eq!(it.server.interrupt().code, 0);
}

/// As many silent connections as the case asks for, or as the machine allows this process.
#[test]
fn case_314_others_are_served_beside_ten_thousand_silent_connections() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    let room = limit.maximum.unwrap_or(u64::MAX).saturating_sub(KEPT_BACK);
    let crowd = usize::try_from(room.min(10_000)).unwrap();
    let it = Crowded::start();
    let before = it.resident();
    let silent: Vec<TcpStream> = (0..crowd).map(|_| it.connect()).collect();
    for path in ["/health/ready", "/oauth2/jwks", "/signed-out"] {
        assert_eq!(it.get(path), 200, "{path}");
    }
    assert_eq!(it.get("/login"), 303, "with the database");
    let after = it.resident();
    let each = (after.saturating_sub(before)) * 1024 / crowd as u64;
    assert!(each < 64 * 1024, "{each} bytes for each of {crowd} connections");
    drop(silent);
    assert_eq!(it.get("/login"), 303);
    assert_eq!(it.server.interrupt().code, 0);
}

//! Other people's servers as processes of a test: a proxy, a pooler.

use std::ffi::OsStr;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketType, sockopt};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);

/// Runs the server until this script's input is closed, by the test or by its death. It ends with
/// the server.
const UNTIL_CLOSED: &str = r#"
exec 3<&0
"$@" & server=$!
{ cat <&3 >/dev/null; kill "$server"; } & watcher=$!
wait "$server"
kill "$watcher"
"#;

/// A port of 127.0.0.1 that nobody else is given while this lives: bound, but not listened on, so
/// that a server may take it over, and again after a restart.
pub struct Port {
    _socket: OwnedFd,
    pub number: u16,
}

impl Port {
    pub fn reserve() -> Self {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        sockopt::set_socket_reuseaddr(&socket, true).unwrap();
        net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = SocketAddr::try_from(net::getsockname(&socket).unwrap()).unwrap();
        Self { _socket: socket, number: address.port() }
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.number))
    }
}

/// A directory for the files of a server, which may run as somebody else.
pub fn directory() -> TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).unwrap();
    directory
}

/// The first of these programs that is installed; `./dev test` installs them.
pub fn program(places: &[&'static str]) -> &'static str {
    let found = places.iter().find(|place| Path::new(place).exists());
    found.unwrap_or_else(|| panic!("none of {places:?} is there; ./dev test installs it"))
}

/// A file of `deploy/` as it is shipped, with what this machine cannot have in the place of what it
/// names: addresses, ports, certificates.
pub fn shipped(file: &str, replaced: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    replaced.iter().fold(text, |text, (shipped, here)| {
        assert!(text.contains(shipped), "there is no {shipped:?} in deploy/{file}");
        text.replace(shipped, here)
    })
}

/// A server that runs until it is dropped.
pub struct Foreign {
    process: Child,
    output: PathBuf,
}

impl Foreign {
    /// Starts it, and waits until it listens at `address`. What it says goes into the directory.
    pub fn start<A: AsRef<OsStr>>(
        program: &str,
        arguments: &[A],
        directory: &Path,
        address: SocketAddr,
    ) -> Self {
        let output = directory.join("output");
        let log = std::fs::File::create(&output).unwrap();
        let process = Command::new("sh")
            .args(["-c", UNTIL_CLOSED, "sh", program])
            .args(arguments)
            .env_clear()
            .env("HOME", directory)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { process, output };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let lives = matches!(server.process.try_wait(), Ok(None)) && Instant::now() < deadline;
            assert!(lives, "it does not start:\n{}", server.log());
            std::thread::sleep(POLL);
        }
        server
    }

    /// What it has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.process.kill();
                let _ = self.process.wait();
                assert!(std::thread::panicking(), "it did not stop:\n{}", self.log());
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

//! An Apache of the test's own: its configuration, its process, its port.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketType, sockopt};
use tempfile::TempDir;

use crate::support::flow::Client;

const TEMPLATE: &str = include_str!("../../apache/httpd.conf");
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

/// Debian's and Ubuntu's program and its modules, then Fedora's.
const PLACES: &[(&str, &str)] = &[
    ("/usr/sbin/apache2", "/usr/lib/apache2/modules"),
    ("/usr/sbin/httpd", "/usr/lib64/httpd/modules"),
];

/// A port of 127.0.0.1 that nobody else is given while this lives: bound, but not listened on, so
/// that a server may take it over.
pub(super) struct Port {
    _socket: OwnedFd,
    /// The address of the site there.
    pub(super) site: String,
    number: u16,
}

impl Port {
    pub(super) fn reserve() -> Self {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        sockopt::set_socket_reuseaddr(&socket, true).unwrap();
        net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = SocketAddr::try_from(net::getsockname(&socket).unwrap()).unwrap();
        Self { _socket: socket, site: format!("http://{address}"), number: address.port() }
    }
}

/// A server that runs until it is dropped.
pub(super) struct Apache {
    process: Child,
    directory: TempDir,
    port: Port,
}

impl Apache {
    /// Starts it with pages that only people who signed in may see; `more` are further directives.
    pub(super) fn start(port: Port, issuer: &str, client: &Client, more: &str) -> Self {
        let (program, modules) = installed();
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        open_to_all(root);
        for page in ["private/page", "administrators/page", "signed-out"] {
            let path = root.join("pages").join(page);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, page).unwrap();
        }
        let values = [
            ("@ROOT@", root.to_str().unwrap()),
            ("@MODULES@", modules),
            ("@PORT@", &port.number.to_string()),
            ("@SITE@", &port.site),
            ("@ISSUER@", issuer),
            ("@CLIENT_ID@", &client.id),
            ("@CLIENT_SECRET@", client.secret.as_deref().unwrap()),
            ("@PASSPHRASE@", "a passphrase of this test"),
            ("@MORE@", more),
        ];
        let configuration = values
            .iter()
            .fold(TEMPLATE.to_owned(), |text, (name, value)| text.replace(name, value));
        let file = root.join("httpd.conf");
        std::fs::write(&file, configuration).unwrap();
        let process = Command::new("sh")
            .args(["-c", UNTIL_CLOSED, "sh", program, "-D", "FOREGROUND", "-f"])
            .arg(&file)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(root.join("output")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { process, directory, port };
        server.wait();
        server
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.port.site)
    }

    /// What it has complained about.
    pub(super) fn log(&self) -> String {
        let read = |name: &str| self.directory.path().join(name);
        let text = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        text(read("output")) + &text(read("error.log"))
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let address = SocketAddr::from(([127, 0, 0, 1], self.port.number));
        while std::net::TcpStream::connect(address).is_err() {
            let lives = matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline;
            assert!(lives, "it does not start:\n{}", self.log());
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                // Its children see their master's end.
                let _ = self.process.kill();
                let _ = self.process.wait();
                assert!(std::thread::panicking(), "it did not stop:\n{}", self.log());
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

fn installed() -> (&'static str, &'static str) {
    let found = PLACES.iter().find(|(program, modules)| {
        Path::new(program).exists() && Path::new(modules).join("mod_auth_openidc.so").exists()
    });
    *found.expect("Apache with mod_auth_openidc is installed by ./dev test")
}

/// A server that root starts reads its pages as nobody.
fn open_to_all(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
}

//! The units for systemd: systemd's own check of them, and a server started with what they set.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::nodes::Nodes;
use crate::cli::servers::{Server, wait_until_ready};
use crate::support::foreign::{program, shipped};

const ANALYZE: &[&str] = &["/usr/bin/systemd-analyze"];
const UNITS: [&str; 2] = ["latchkey.service", "latchkey-migrate.service"];
/// Where the units look for the program.
const PROGRAM: &str = "/usr/local/bin/latchkey";

/// The values of a key in a unit, in their order.
fn values<'u>(unit: &'u str, key: &str) -> Vec<&'u str> {
    let value = |line: &'u str| line.strip_prefix(key)?.strip_prefix('=');
    unit.lines().filter_map(value).collect()
}

/// A span like `45s` in seconds.
fn seconds(value: &str) -> u64 {
    value.strip_suffix('s').unwrap().parse().unwrap()
}

fn analyze(arguments: &[&str], file: &Path) -> (bool, String) {
    let mut command = Command::new(program(ANALYZE));
    let output = command.args(arguments).arg(file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn systemd_understands_the_units_and_finds_them_closed() {
    let directory = tempfile::tempdir().unwrap();
    for name in UNITS {
        let unit =
            shipped(&format!("systemd/{name}"), &[(PROGRAM, crate::cli::installation::LATCHKEY)]);
        let file = directory.path().join(name);
        fs::write(&file, unit).unwrap();
        let (is_good, said) = analyze(&["verify", "--man=no"], &file);
        assert!(is_good && said.is_empty(), "{said}");
        // Exposure from 0 to 100; a plain service has 96.
        let closed = ["security", "--offline=true", "--no-pager", "--threshold=15"];
        let (is_closed, said) = analyze(&closed, &file);
        assert!(is_closed, "{said}");
    }
}

#[test]
fn case_f18_the_unit_leaves_the_time_that_stopping_takes() {
    let unit = shipped("systemd/latchkey.service", &[]);
    let stop = seconds(values(&unit, "TimeoutStopSec")[0]);
    // Three seconds of notice, one of leaving, thirty of `http.shutdown_seconds`.
    assert!(stop > 3 + 1 + 30, "{stop}");
    assert!(seconds(values(&unit, "TimeoutStartSec")[0]) > 60, "the database is waited for");
}

#[test]
fn a_server_finds_what_the_unit_hands_it_and_tells_systemd_that_it_serves() {
    let nodes = Nodes::prepare(0);
    let place = nodes.installation.path();
    let (credentials, state) = (place.join("credentials"), place.join("state"));
    for directory in [&credentials, &state] {
        fs::create_dir(directory).unwrap();
    }
    let unit = shipped("systemd/latchkey.service", &[]);
    let sources = |name: &str| match name {
        "/etc/latchkey/database-url" => nodes.installation.url().into_bytes(),
        "/etc/latchkey/master.key" => fs::read(nodes.installation.master_key()).unwrap(),
        other => panic!("no such secret: {other}"),
    };
    for credential in values(&unit, "LoadCredential") {
        let (name, source) = credential.split_once(':').unwrap();
        let file = credentials.join(name);
        fs::write(&file, sources(source)).unwrap();
        // So systemd leaves them: root's, and the user of the service is in an access list.
        let mode = if rustix::process::geteuid().is_root() { 0o440 } else { 0o400 };
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }
    let address = nodes.ports[0].address();
    let bind = address.to_string();
    let file = shipped("latchkey.toml", &[("10.0.0.11:8080", &bind)]);
    nodes.installation.write("latchkey.toml", &file);
    let line = values(&unit, "ExecStart")[0]
        .replace("/etc/latchkey/latchkey.toml", place.join("latchkey.toml").to_str().unwrap());
    // A directory of the installation's has a space in its name.
    let (before, config) = line.split_once(" --config ").unwrap();
    let words: Vec<_> = before.strip_prefix(PROGRAM).unwrap().split_whitespace().collect();
    let mut command = nodes.installation.command(&[&words[..], &["--config", config]].concat());
    command.env_clear().current_dir(&state);
    for setting in values(&unit, "Environment") {
        let (name, value) = setting.split_once('=').unwrap();
        let value = value.replace("%d", credentials.to_str().unwrap());
        command.env(name, value.replace("%S", state.to_str().unwrap()));
    }
    let socket = tempfile::tempdir().unwrap();
    let told = UnixDatagram::bind(socket.path().join("notify")).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    command.env("NOTIFY_SOCKET", socket.path().join("notify"));
    let log = fs::File::create(place.join("log")).unwrap();
    let server = Server::start_logging_to(command, log);
    let hear = || {
        let mut buffer = [0; 64];
        let length = told.recv(&mut buffer);
        let length = length.unwrap_or_else(|error| {
            panic!("{error}: {}", fs::read_to_string(place.join("log")).unwrap())
        });
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    assert_eq!(hear(), "READY=1");
    wait_until_ready(address.port());
    assert_eq!(server.terminate().code, 0);
    assert_eq!(hear(), "STOPPING=1");
    assert_eq!(fs::read_dir(&state).unwrap().count(), 0, "it keeps nothing");
}

//! Memory, start-up and size.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::note;
use crate::Outcome;
use crate::database::wait_until_stopped;
use crate::installation::{Installation, Server, bare, end, free_port, wait_until_ready};
use crate::process::memory_mib;
use crate::report::Figure;

/// Starts whose median counts.
const STARTS: usize = 7;
/// The same for `latchkey dev`, which makes a whole database each time.
const DEV_STARTS: usize = 3;
/// Until an idle server has done what it does after its start.
const REST: Duration = Duration::from_secs(4);

/// What needs no load.
pub fn before_load(installation: &Installation) -> Outcome<Vec<Figure>> {
    note("starts");
    let program = installation.database.program();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(installation.serve()?.ready_after);
    }
    let server = installation.serve()?;
    thread::sleep(REST);
    let idle = memory_mib(server.pid(), "VmRSS")?;
    drop(server);
    let mut dev_starts = Vec::new();
    for _ in 0..DEV_STARTS {
        dev_starts.push(dev_start(program)?);
    }
    let size = fs::metadata(program)?.len() as f64;
    Ok(vec![
        figure("memory idle (resident)", idle, "MiB", Some(20.0)),
        figure("start to ready, migrated database", median_ms(starts), "ms", Some(50.0)),
        figure(
            "latchkey dev, empty directory to serving",
            median_ms(dev_starts),
            "ms",
            Some(2000.0),
        ),
        figure("size of the stripped binary", size / f64::from(1 << 20), "MiB", None),
    ])
}

/// What the load has left behind.
pub fn after_load(server: &Server) -> Outcome<Vec<Figure>> {
    Ok(vec![
        figure("memory under load, at most", memory_mib(server.pid(), "VmHWM")?, "MiB", None),
        figure("memory after load", memory_mib(server.pid(), "VmRSS")?, "MiB", None),
    ])
}

fn figure(name: &str, value: f64, unit: &'static str, at_most: Option<f64>) -> Figure {
    Figure { name: name.to_owned(), value, unit, at_most }
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1e3
}

/// From an empty directory on this machine's disk to the first answer.
fn dev_start(program: &Path) -> Outcome<Duration> {
    let directory = tempfile::Builder::new().prefix("latchkey-bench-dev-").tempdir()?;
    fs::set_permissions(directory.path(), Permissions::from_mode(0o711))?;
    let (port, app) = (free_port()?, free_port()?.to_string());
    let shown = port.to_string();
    let arguments = ["dev", "--json", "--port", &shown, "--relying-party-port", &app];
    let mut command = bare(program, &arguments);
    command.current_dir(directory.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut said)?;
    }
    let serves = !said.is_empty() && wait_until_ready(port, &format!("localhost:{port}"));
    let took = began.elapsed();
    end(&mut child);
    // Its cluster stops a moment later, and its files are to go only then.
    wait_until_stopped(&directory.path().join("data/postgres"));
    if serves { Ok(took) } else { Err("latchkey dev does not serve".into()) }
}

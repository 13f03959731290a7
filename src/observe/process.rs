//! What the operating system knows of this process.

use std::fs;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// What the operating system knows of this process; what it does not tell is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    /// Seconds of processor time used so far.
    pub cpu_seconds: f64,
    /// Bytes of memory occupied; known on Linux.
    pub memory_bytes: Option<u64>,
    /// Open files and connections.
    pub open_files: Option<u64>,
    /// How many there may be.
    pub files_limit: Option<u64>,
}

impl Process {
    /// Asks.
    pub fn look() -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        // Exact for longer than a machine lives.
        #[allow(clippy::cast_precision_loss, reason = "an f64 holds 2^53 nanoseconds and more")]
        let cpu_seconds = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
        Self {
            cpu_seconds,
            memory_bytes: memory(),
            open_files: open_files(),
            files_limit: getrlimit(Resource::Nofile).current,
        }
    }
}

/// The second figure of `/proc/self/statm` is the resident pages (proc(5)).
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(rustix::param::page_size()).ok()?)
}

/// Linux and macOS list them; reading the list opens one more.
fn open_files() -> Option<u64> {
    let count = fs::read_dir("/dev/fd").ok()?.count();
    u64::try_from(count).ok().map(|count| count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_itself() {
        let before = Process::look();
        assert!(before.cpu_seconds > 0.0);
        let open = before.open_files.unwrap();
        assert!(open >= 3 && before.files_limit.unwrap() >= open, "{before:?}");
        if cfg!(target_os = "linux") {
            assert!(before.memory_bytes.unwrap() > 1_000_000, "{before:?}");
        }
        let mut work = 0_u64;
        while Process::look().cpu_seconds <= before.cpu_seconds {
            work = work.wrapping_add(1);
        }
    }
}

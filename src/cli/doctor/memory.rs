//! How much memory a process may take: what the machine has to give, or the limit of the control
//! group that it runs in, as containers and service managers set one.

use std::fs;
use std::path::{Path, PathBuf};

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) bytes: u64,
    /// Whether a control group sets this, and not the machine.
    pub(super) is_limit: bool,
}

/// What a process started here may take; `None` where nothing tells.
pub(super) fn of_this_process() -> Option<Memory> {
    read(Path::new("/"))
}

fn read(root: &Path) -> Option<Memory> {
    let text = |path: &str| fs::read_to_string(root.join(path)).ok();
    let available = text("proc/meminfo").as_deref().and_then(available);
    let groups = text("proc/self/cgroup").unwrap_or_default();
    let limit = groups.lines().filter_map(|line| limit(&root.join("sys/fs/cgroup"), line)).min();
    match (limit, available) {
        (Some(limit), available) if available.is_none_or(|available| limit < available) => {
            Some(Memory { bytes: limit, is_limit: true })
        }
        (_, available) => Some(Memory { bytes: available?, is_limit: false }),
    }
}

/// `MemAvailable` of /proc/meminfo, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The least limit of a group and of those it is in. `line` is one of /proc/self/cgroup: of version 2
/// (`0::/path`) or of version 1's memory controller (`7:memory:/path`).
fn limit(mounted: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (mounted, file) = match controllers {
        "" => (mounted.to_owned(), "memory.max"),
        list if list.split(',').any(|name| name == "memory") => {
            (mounted.join("memory"), "memory.limit_in_bytes")
        }
        _ => return None,
    };
    // In a container the path may be the host's; then the limit stands at the top.
    let group: PathBuf = mounted.join(path.trim_start_matches('/'));
    group
        .ancestors()
        .take_while(|directory| directory.starts_with(&mounted))
        .filter_map(|directory| fs::read_to_string(directory.join(file)).ok())
        // `max`: none.
        .filter_map(|text| text.trim().parse::<u64>().ok())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:        4000000 kB\nMemAvailable:    1000000 kB\n";

    fn machine(files: &[(&str, &str)]) -> Option<Memory> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        read(root.path())
    }

    fn limited(bytes: u64) -> Memory {
        Memory { bytes, is_limit: true }
    }

    #[test]
    fn without_a_limit_the_machine_tells() {
        let available = Some(Memory { bytes: 1_024_000_000, is_limit: false });
        assert_eq!(machine(&[("proc/meminfo", MEMINFO)]), available);
        let unlimited = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "0::/user.slice\n"),
            ("sys/fs/cgroup/user.slice/memory.max", "max\n"),
        ];
        assert_eq!(machine(&unlimited), available);
        let above = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "7:memory:/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(machine(&above), available);
        assert_eq!(machine(&[]), None);
    }

    #[test]
    fn the_least_limit_of_the_groups_counts() {
        let second = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "0::/system.slice/latchkey.service\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "300000000\n"),
            ("sys/fs/cgroup/system.slice/latchkey.service/memory.max", "500000000\n"),
        ];
        assert_eq!(machine(&second), Some(limited(300_000_000)));
        let first = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "9:cpu,cpuacct:/\n7:memory:/docker/4711\n"),
            // A container sees its own group at the top.
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "200000000\n"),
        ];
        assert_eq!(machine(&first), Some(limited(200_000_000)));
    }
}

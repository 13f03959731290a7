//! Processes that are not our children.

use std::path::Path;

use rustix::process::{Pid, Signal};

/// Whether the process is there and not just waiting to be taken note of by its parent.
pub(super) fn is_running(pid: Pid) -> bool {
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH) && !is_zombie(pid)
}

/// By the state behind the name in `/proc/<pid>/stat`; where there is no such file, no process is
/// known to be one.
fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid()));
    stat.is_ok_and(|stat| {
        let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
        state.is_some_and(|state| state.starts_with('Z'))
    })
}

/// Ends every process that has the file as its standard input, as each one of a cluster has its
/// lock. Where there is no `/proc`, nothing is done.
pub(super) fn end_holders(file: &Path) {
    let (Ok(file), Ok(entries)) = (file.canonicalize(), std::fs::read_dir("/proc")) else { return };
    for entry in entries.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else { continue };
        if std::fs::read_link(entry.path().join("fd/0")).is_ok_and(|input| input == file) {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn holders_of_a_file_are_ended_and_nobody_else() {
        let lock = tempfile::NamedTempFile::new().unwrap();
        let mut holder =
            Command::new("sleep").arg("60").stdin(lock.reopen().unwrap()).spawn().unwrap();
        let mut other = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
        end_holders(lock.path());
        assert_eq!(holder.wait().unwrap().signal(), Some(9));
        assert!(is_running(Pid::from_child(&other)), "the other one goes on");
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_process_nobody_has_taken_note_of_does_not_run() {
        let mut child = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        // Its output ends with it.
        std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut Vec::new()).unwrap();
        while is_running(pid) {
            std::thread::yield_now();
        }
        assert!(child.wait().unwrap().success());
    }
}

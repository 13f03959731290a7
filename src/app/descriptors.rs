//! How many connections the operating system lets this process have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept back for the database, files and whatever a library opens.
const KEPT_BACK: u64 = 256;

/// Room for `wanted` connections, or for as many as the machine allows: raises the limit of open
/// files as far as this process may, because a connection that cannot be accepted for want of a
/// descriptor is one that everybody waits behind.
pub(super) fn room_for(wanted: usize) -> usize {
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(KEPT_BACK);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is no limit at all.
    let Some(now) = current else { return wanted };
    let reachable = maximum.unwrap_or(u64::MAX).min(needed).max(now);
    let raised = Rlimit { current: Some(reachable), maximum };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { reachable } else { now };
    let room = limit.saturating_sub(KEPT_BACK).max(16);
    if room < u64::try_from(wanted).unwrap_or(u64::MAX) {
        tracing::warn!(
            room,
            wanted,
            "the limit of open files is too low for http.max_connections; raise it \
             (LimitNOFILE= in a systemd unit, ulimit -n in a shell)"
        );
    }
    usize::try_from(room).unwrap_or(wanted).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_never_more_room_than_the_machine_has() {
        assert_eq!(room_for(20), 20);
        let all = room_for(usize::MAX);
        if let Some(limit) = getrlimit(Resource::Nofile).current {
            assert!(u64::try_from(all).unwrap() <= limit, "{all}");
        }
    }
}

//! Telling systemd that the server is ready, so that `systemctl restart` returns when it is
//! (`sd_notify(3)`).

use std::ffi::OsStr;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The variable with the address of whoever wants to know.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Says that requests are served from now on. Without a service manager nothing happens; one that
/// cannot be told must not keep anybody from signing in.
pub(super) fn ready() {
    tell("READY=1");
}

/// Says that the server is on its way out.
pub(super) fn stopping() {
    tell("STOPPING=1");
}

fn tell(state: &str) {
    let Some(name) = std::env::var_os(SOCKET).filter(|name| !name.is_empty()) else { return };
    let sent = address(&name)
        .and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!("the service manager cannot be told {state}: {error}");
    }
}

/// A name that begins with `@` is no file but stands in Linux's abstract namespace.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(abstract_name) = name.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        return SocketAddr::from_abstract_name(abstract_name);
    }
    SocketAddr::from_pathname(name)
}

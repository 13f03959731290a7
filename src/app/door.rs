//! Closing the door to newcomers without slamming it on somebody.
//!
//! A listener that is closed resets every connection that the system has set up and the server has
//! not taken yet: its client has sent a request, and cannot know whether it was done. So first the
//! system is told to pass over whoever knocks (a filter on the listener that drops SYN segments),
//! those who are inside already are taken, and only then is it closed. Who was passed over knocks
//! again after a second, is refused, and goes to another node.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

/// How long those who came before the door was closed may take to be let in.
const COMING_IN: Duration = Duration::from_millis(300);

/// The listeners of a server, beside those that it has itself.
#[derive(Debug)]
pub(super) struct Door(Vec<TcpListener>);

impl Door {
    /// The door that these listeners are.
    pub(super) fn of(listeners: &[TcpListener]) -> io::Result<Self> {
        listeners.iter().map(TcpListener::try_clone).collect::<io::Result<_>>().map(Self)
    }

    /// Lets nobody in any more who comes from now on, and waits until those are in who came before.
    /// The listeners are to be closed right after. Only Linux can do that; elsewhere, closing them
    /// may reset a connection that has just come about.
    pub(super) async fn close(self) {
        match self.pass_over_newcomers() {
            Ok(true) => tokio::time::sleep(COMING_IN).await,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "the system does not pass over newcomers"),
        }
    }

    #[cfg(target_os = "linux")]
    fn pass_over_newcomers(&self) -> io::Result<bool> {
        use socket2::{SockFilter, SockRef};
        // Classic BPF over the TCP header: the flags are its byte 13, SYN is 2 (RFC 9293 §3.1).
        let filter = [
            SockFilter::new(0x30, 0, 0, 13),
            SockFilter::new(0x45, 0, 1, 2),
            SockFilter::new(0x06, 0, 0, 0),
            SockFilter::new(0x06, 0, 0, u32::MAX),
        ];
        for listener in &self.0 {
            SockRef::from(listener).attach_filter(&filter)?;
        }
        Ok(true)
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
    fn pass_over_newcomers(&self) -> io::Result<bool> {
        Ok(false)
    }
}

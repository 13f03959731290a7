//! How the system tells a server to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::StartError;

/// SIGTERM and the keyboard's interrupt, caught from the moment that this is made: make it before
/// anybody is told that the server runs.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to catch them. Call it within a runtime.
    pub fn catch() -> Result<Self, StartError> {
        let io = |error| StartError::Io { what: "watch for signals".to_owned(), error };
        let terminate = signal(SignalKind::terminate()).map_err(io)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(io)?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for the first of them; true: it was SIGTERM, which comes from a service manager, so
    /// a load balancer may want notice. Nobody at a keyboard does.
    pub async fn received(mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }
}

//! How the system tells a server to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

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

    /// Two waits, the second for another signal after the first. What the first says: true, it was
    /// SIGTERM, which comes from a service manager, so a load balancer may want notice. Nobody at a
    /// keyboard does.
    pub fn twice(mut self) -> (impl Future<Output = bool>, impl Future<Output = ()>) {
        let (hand_on, handed_on) = oneshot::channel();
        let first = async move {
            let wants_notice = self.received().await;
            // Whoever does not wait for a second one has dropped the other end.
            let _ = hand_on.send(self);
            wants_notice
        };
        let second = async move {
            match handed_on.await {
                Ok(mut signals) => drop(signals.received().await),
                Err(_) => std::future::pending().await,
            }
        };
        (first, second)
    }

    async fn received(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }
}

//! Who may go on to the blocking pool, and who waits.
//!
//! There is one place for each connection of the pool. Whoever cannot be served waits here, where that
//! costs little, and not on the blocking pool, which others need too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::StorageError;
use crate::kernel::held::Held;
use crate::kernel::metric;

/// How many may wait for each connection. A use case takes milliseconds: who is further behind than
/// this waits because the database does not answer, and would take memory for the news.
const WAITING_PER_CONNECTION: usize = 100;

/// The places.
pub(super) struct Admission {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// A place, for as long as it lives.
pub(super) struct Admitted {
    _permit: OwnedSemaphorePermit,
    _counted: Held,
}

impl Admission {
    /// As many places as there are connections.
    pub(super) fn new(connections: u32) -> Self {
        let connections = connections as usize;
        Self {
            places: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            most_waiting: connections.saturating_mul(WAITING_PER_CONNECTION),
        }
    }

    /// Waits for a place, for `patience` at most and if not too many wait already; then it is
    /// [`StorageError::Busy`].
    pub(super) async fn enter(&self, patience: Duration) -> Result<Admitted, StorageError> {
        let permit = self.permit(patience).await.inspect_err(|_| {
            metrics::counter!(metric::POOL_REFUSED).increment(1);
        })?;
        Ok(Admitted { _permit: permit, _counted: Held::one(metric::POOL_IN_USE) })
    }

    async fn permit(&self, patience: Duration) -> Result<OwnedSemaphorePermit, StorageError> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.wait()?;
        let permit = Arc::clone(&self.places).acquire_owned();
        tokio::time::timeout(patience, permit)
            .await
            .map_err(|_| StorageError::Busy)?
            // It is never closed.
            .map_err(|_| StorageError::Busy)
    }

    fn wait(&self) -> Result<Waiting<'_>, StorageError> {
        let next = |count| (count < self.most_waiting).then_some(count + 1);
        self.waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .map_err(|_| StorageError::Busy)?;
        Ok(Waiting { count: &self.waiting, _counted: Held::one(metric::POOL_WAITING) })
    }
}

/// One who waits.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    _counted: Held,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn case_f04_no_more_than_a_hundred_wait_for_a_connection() {
        let admission = Admission::new(1);
        let served = admission.enter(LONG).await.unwrap();
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(admission.enter(LONG))).collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none(), "there is room to wait");
        }
        let refused = admission.enter(LONG).now_or_never().expect("an answer at once");
        assert!(matches!(refused, Err(StorageError::Busy)));
        // Who leaves makes room.
        drop(waiting.pop());
        let mut next = Box::pin(admission.enter(LONG));
        assert!(next.as_mut().now_or_never().is_none());
        drop((waiting, served));
        assert!(next.now_or_never().expect("a place came free").is_ok());
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn case_f04_whose_patience_ends_is_busy() {
        let admission = Admission::new(1);
        let _served = admission.enter(LONG).await.unwrap();
        let refused = admission.enter(Duration::from_millis(1)).await;
        assert!(matches!(refused, Err(StorageError::Busy)));
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}

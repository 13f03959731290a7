//! Heavy work in bounded amounts: so many at once, so many waiting, and everybody else is told at
//! once to come back later.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on work that occupies a thread and memory. Cheap to clone; clones share the limit.
#[derive(Debug, Clone)]
pub struct Bounded {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    /// As many are at work and waiting as may be.
    #[error("too many are waiting already")]
    Busy,
    /// The work panicked.
    #[error("the work ended unexpectedly")]
    Failed,
}

impl Bounded {
    /// Lets `concurrent` (at least one) run at once and `queue` wait.
    pub fn new(concurrent: usize, queue: usize) -> Self {
        let permits = concurrent.clamp(1, Semaphore::MAX_PERMITS);
        Self { permits: Arc::new(Semaphore::new(permits)), waiting: Arc::default(), queue }
    }

    /// Runs `work` on the blocking pool when it is its turn.
    ///
    /// The place at work belongs to the work, not to the caller: a caller who leaves gives back
    /// its place in the queue, but work that has begun keeps its place until it ends. Otherwise
    /// somebody who opens requests and drops them would have any number of them at work.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRun> {
        let permit = self.permit().await?;
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        task.await.map_err(|_| NotRun::Failed)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, NotRun> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.waiting, self.queue).ok_or(NotRun::Busy)?;
        // The semaphore is never closed, so only the first arm happens.
        Arc::clone(&self.permits).acquire_owned().await.map_err(|_| NotRun::Failed)
    }
}

/// A place in the queue, given back on drop.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, queue: usize) -> Option<Self> {
        let next = |count| (count < queue).then_some(count + 1);
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        Some(Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::sync::mpsc;

    /// Work that reports its beginning and goes on when told to.
    fn gated()
    -> (impl FnOnce() + Send + 'static, mpsc::Sender<()>, tokio::sync::oneshot::Receiver<()>) {
        let (report, begun) = tokio::sync::oneshot::channel();
        let (open, gate) = mpsc::channel();
        let work = move || {
            report.send(()).unwrap();
            gate.recv().unwrap();
        };
        (work, open, begun)
    }

    #[tokio::test]
    async fn beyond_the_queue_everybody_is_turned_away() {
        let bounded = Bounded::new(1, 1);
        let (work, open, begun) = gated();
        let first = tokio::spawn({
            let bounded = bounded.clone();
            async move { bounded.run(work).await }
        });
        begun.await.unwrap();
        let mut second = Box::pin(bounded.run(|| 2));
        assert!(second.as_mut().now_or_never().is_none(), "the second one waits");
        assert_eq!(bounded.run(|| 3).now_or_never(), Some(Err(NotRun::Busy)));
        open.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(second.await, Ok(2));
        assert_eq!(bounded.run(|| 4).await, Ok(4));
    }

    #[tokio::test]
    async fn a_caller_who_leaves_frees_a_waiting_place_but_not_the_work() {
        let bounded = Bounded::new(1, 1);
        let (work, open, begun) = gated();
        let caller = tokio::spawn({
            let bounded = bounded.clone();
            async move { bounded.run(work).await }
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());

        assert_eq!(bounded.permits.available_permits(), 0, "the abandoned work still runs");
        let mut waiting = Box::pin(bounded.run(|| 1));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(bounded.run(|| 2).now_or_never(), Some(Err(NotRun::Busy)));
        drop(waiting);
        let mut waiting = Box::pin(bounded.run(|| 3));
        assert!(waiting.as_mut().now_or_never().is_none(), "the place in the queue is free again");
        open.send(()).unwrap();
        assert_eq!(waiting.await, Ok(3));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let bounded = Bounded::new(1, 0);
        let outcome = bounded.run(|| std::panic::resume_unwind(Box::new(()))).await;
        assert_eq!(outcome, Err::<(), _>(NotRun::Failed));
        assert_eq!(bounded.run(|| 1).await, Ok(1));
    }
}

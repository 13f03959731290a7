//! Heavy work in bounded amounts: so many at once, so many waiting and not for long, and everybody
//! else is told at once to come back later.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::threads::Threads;
use crate::kernel::held::Held;
use crate::kernel::metric;

/// How much work there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At once; at least one.
    pub concurrent: usize,
    /// Waiting for their turn.
    pub queue: usize,
    /// How long somebody waits before being turned away.
    pub patience: Duration,
    /// How long a thread without work keeps what it works with.
    pub rest: Duration,
}

/// A limit on work that occupies a thread and memory, `S`, which the thread keeps from work to work.
/// Cheap to clone; clones share the limit and the threads.
pub struct Bounded<S> {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    threads: Arc<Threads<S>>,
    queue: usize,
    patience: Duration,
}

impl<S> Clone for Bounded<S> {
    fn clone(&self) -> Self {
        Self {
            permits: Arc::clone(&self.permits),
            waiting: Arc::clone(&self.waiting),
            threads: Arc::clone(&self.threads),
            ..*self
        }
    }
}

impl<S> fmt::Debug for Bounded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("permits", &self.permits).finish_non_exhaustive()
    }
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    /// As many are at work and waiting as may be, or it took too long until it would have been its
    /// turn.
    #[error("too many are waiting already")]
    Busy,
    /// The work panicked, or there was no thread for it.
    #[error("the work ended unexpectedly")]
    Failed,
}

impl<S: Default + 'static> Bounded<S> {
    /// Lets as much be done as `limits` say.
    pub fn new(limits: Limits) -> Self {
        let permits = limits.concurrent.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            waiting: Arc::default(),
            threads: Arc::new(Threads::new(permits, limits.rest)),
            queue: limits.queue,
            patience: limits.patience,
        }
    }

    /// Runs `work` on a thread of its own when it is its turn.
    ///
    /// The place at work belongs to the work, not to the caller: a caller who leaves gives back
    /// its place in the queue, but work that has begun keeps its place until it ends. Otherwise
    /// somebody who opens requests and drops them would have any number of them at work.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, NotRun> {
        let permit = self.permit().await.inspect_err(|_| {
            metrics::counter!(metric::HASHES_REFUSED).increment(1);
        })?;
        let running = Held::one(metric::HASHES_RUNNING);
        let (done, result) = oneshot::channel();
        let work = move |own: &mut S| {
            let outcome = work(own);
            drop((permit, running));
            // Whoever asked may have left.
            let _ = done.send(outcome);
        };
        self.threads.run(Box::new(work)).map_err(|_| NotRun::Failed)?;
        result.await.map_err(|_| NotRun::Failed)
    }

    /// Whether work would be turned away at this moment.
    pub fn is_full(&self) -> bool {
        self.permits.available_permits() == 0 && self.waiting() >= self.queue
    }

    /// How many wait for their turn.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, NotRun> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.waiting, self.queue).ok_or(NotRun::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned();
        // The semaphore is never closed, so what fails is the patience.
        tokio::time::timeout(self.patience, permit)
            .await
            .map_err(|_| NotRun::Busy)?
            .map_err(|_| NotRun::Failed)
    }
}

/// A place in the queue, given back on drop.
struct Place<'a>(&'a AtomicUsize, #[expect(dead_code, reason = "falls with the place")] Held);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, queue: usize) -> Option<Self> {
        let next = |count| (count < queue).then_some(count + 1);
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        Some(Self(waiting, Held::one(metric::HASHES_WAITING)))
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

    /// One at a time, with a queue.
    fn bounded(queue: usize) -> Bounded<()> {
        let long = Duration::from_secs(3600);
        Bounded::new(Limits { concurrent: 1, queue, patience: long, rest: long })
    }

    /// Work that reports its beginning and goes on when told to.
    fn gated()
    -> (impl FnOnce(&mut ()) + Send + 'static, mpsc::Sender<()>, tokio::sync::oneshot::Receiver<()>)
    {
        let (report, begun) = tokio::sync::oneshot::channel();
        let (open, gate) = mpsc::channel();
        let work = move |(): &mut ()| {
            report.send(()).unwrap();
            gate.recv().unwrap();
        };
        (work, open, begun)
    }

    #[tokio::test]
    async fn beyond_the_queue_everybody_is_turned_away() {
        let bounded = bounded(1);
        let (work, open, begun) = gated();
        let first = tokio::spawn({
            let bounded = bounded.clone();
            async move { bounded.run(work).await }
        });
        begun.await.unwrap();
        let mut second = Box::pin(bounded.run(|()| 2));
        assert!(second.as_mut().now_or_never().is_none(), "the second one waits");
        assert_eq!(bounded.run(|()| 3).now_or_never(), Some(Err(NotRun::Busy)));
        open.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(second.await, Ok(2));
        assert_eq!(bounded.run(|()| 4).await, Ok(4));
    }

    #[tokio::test]
    async fn a_caller_who_leaves_frees_a_waiting_place_but_not_the_work() {
        let bounded = bounded(1);
        let (work, open, begun) = gated();
        let caller = tokio::spawn({
            let bounded = bounded.clone();
            async move { bounded.run(work).await }
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());

        assert_eq!(bounded.permits.available_permits(), 0, "the abandoned work still runs");
        let mut waiting = Box::pin(bounded.run(|()| 1));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(bounded.run(|()| 2).now_or_never(), Some(Err(NotRun::Busy)));
        drop(waiting);
        let mut waiting = Box::pin(bounded.run(|()| 3));
        assert!(waiting.as_mut().now_or_never().is_none(), "the place in the queue is free again");
        open.send(()).unwrap();
        assert_eq!(waiting.await, Ok(3));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let bounded = bounded(0);
        let outcome = bounded.run(|()| std::panic::resume_unwind(Box::new(()))).await;
        assert_eq!(outcome, Err::<(), _>(NotRun::Failed));
        assert_eq!(bounded.run(|()| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn nobody_waits_for_longer_than_the_patience() {
        let patience = Duration::from_millis(10);
        let limits = Limits { concurrent: 1, queue: 1, patience, rest: patience };
        let bounded = Bounded::<()>::new(limits);
        let held = Arc::clone(&bounded.permits).acquire_owned().await.unwrap();
        assert_eq!(bounded.run(|()| 1).await, Err(NotRun::Busy));
        assert_eq!(bounded.waiting(), 0, "the place in the queue is free");
        drop(held);
        assert_eq!(bounded.permits.available_permits(), 1);
    }
}

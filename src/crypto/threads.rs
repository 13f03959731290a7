//! Threads for heavy work: made when needed, each with something of its own that it works with,
//! and gone with it when there was nothing to do for a while.
//!
//! They step back behind the threads that answer requests: a sign-in that takes a little longer is
//! better than all the answers that take no hash at all being late.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How far such a thread steps back (`nice`, of 19).
const NICENESS: i32 = 5;

type Work<S> = Box<dyn FnOnce(&mut S) + Send>;

/// The threads. Those that rest end when this is dropped.
pub(super) struct Threads<S>(Arc<Shared<S>>);

struct Shared<S> {
    state: Mutex<State<S>>,
    wake: Condvar,
    most: usize,
    rest: Duration,
}

struct State<S> {
    work: VecDeque<Work<S>>,
    /// Threads there are.
    threads: usize,
    /// Threads that wait for work.
    idle: usize,
    closed: bool,
}

/// The system gives no thread.
#[derive(Debug)]
pub(super) struct NoThread;

impl<S: Default + 'static> Threads<S> {
    /// At most so many threads, which end when they had nothing to do for as long as `rest`.
    pub(super) fn new(most: usize, rest: Duration) -> Self {
        let state = State { work: VecDeque::new(), threads: 0, idle: 0, closed: false };
        Self(Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new(), most, rest }))
    }

    /// Has `work` done, on a thread that rests or on a new one; where there are as many as may be, by
    /// the first that has nothing else to do.
    pub(super) fn run(&self, work: Work<S>) -> Result<(), NoThread> {
        let mut state = self.0.lock();
        state.work.push_back(work);
        if state.idle >= state.work.len() {
            self.0.wake.notify_one();
            return Ok(());
        }
        if state.threads >= self.0.most {
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        let name = "latchkey-hash".to_owned();
        match thread::Builder::new().name(name).spawn(move || shared.follow()) {
            Ok(_) => state.threads += 1,
            // Another thread comes to it.
            Err(_) if state.threads > 0 => {}
            Err(_) => {
                let unwanted = state.work.pop_back();
                drop((state, unwanted));
                return Err(NoThread);
            }
        }
        Ok(())
    }

    /// How many there are.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.lock().threads
    }
}

impl<S> Drop for Threads<S> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.wake.notify_all();
    }
}

impl<S> Shared<S> {
    /// No panic happens while it is held: work is done without it.
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Default> Shared<S> {
    fn follow(&self) {
        step_back();
        let mut own = S::default();
        while let Some(work) = self.next() {
            if catch_unwind(AssertUnwindSafe(|| work(&mut own))).is_err() {
                // What was half done is not worked with again.
                own = S::default();
            }
        }
    }

    /// What to do next; `None`: the thread is to end.
    fn next(&self) -> Option<Work<S>> {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.work.pop_front() {
                return Some(work);
            }
            if state.closed {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let waited = self.wake.wait_timeout(state, self.rest);
            let (woken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.work.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

/// On Linux a thread has a priority of its own; elsewhere this would slow the whole process down.
/// Where it is not allowed, nothing is lost but the precedence.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "hashing competes with the answering of requests");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = NICENESS;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn until(mut holds: impl FnMut() -> bool) {
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(std::time::Instant::now() < deadline, "never came true");
            thread::yield_now();
        }
    }

    /// How much a thread finds that every work before it has added one to.
    fn found(threads: &Threads<Vec<u8>>) -> usize {
        let (report, reports) = mpsc::channel();
        let work = move |own: &mut Vec<u8>| {
            report.send(own.len()).unwrap();
            own.push(0);
        };
        threads.run(Box::new(work)).unwrap();
        reports.recv().unwrap()
    }

    #[test]
    fn a_thread_works_again_with_what_it_has() {
        let threads = Threads::new(1, Duration::from_secs(3600));
        for expected in 0..3 {
            assert_eq!(found(&threads), expected);
            until(|| threads.0.lock().idle == 1);
        }
        assert_eq!(threads.count(), 1);
    }

    #[test]
    fn a_thread_without_work_ends_and_takes_what_it_has_along() {
        let threads = Threads::new(1, Duration::from_millis(1));
        for _ in 0..3 {
            assert_eq!(found(&threads), 0);
            until(|| threads.count() == 0);
        }
    }

    #[test]
    fn a_panic_does_not_end_the_thread() {
        let threads = Threads::<Vec<u8>>::new(1, Duration::from_secs(60));
        let panics = |own: &mut Vec<u8>| {
            own.push(0);
            std::panic::resume_unwind(Box::new(()));
        };
        threads.run(Box::new(panics)).unwrap();
        until(|| threads.0.lock().idle == 1);
        assert_eq!(found(&threads), 0, "what was half done is gone");
        assert_eq!(threads.count(), 1);
    }

    #[test]
    fn threads_that_rest_end_with_their_owner() {
        let threads = Threads::<()>::new(1, Duration::from_secs(3600));
        threads.run(Box::new(|()| ())).unwrap();
        until(|| threads.0.lock().idle == 1);
        let shared = Arc::clone(&threads.0);
        drop(threads);
        until(|| shared.lock().threads == 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn they_step_back_and_nobody_else_does() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        let threads = Threads::<()>::new(1, Duration::from_secs(60));
        let (report, reports) = mpsc::channel();
        threads.run(Box::new(move |()| report.send(nice()).unwrap())).unwrap();
        assert_eq!(reports.recv().unwrap(), (before + NICENESS).min(19));
        assert_eq!(nice(), before);
    }
}

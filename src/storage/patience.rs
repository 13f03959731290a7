//! How long somebody waits for the database, and what becomes of work that nobody waits for any more.
//!
//! A server that hangs answers neither the statement nor its own `statement_timeout`, and libpq waits
//! for it as long as the connection lives. So whoever asked is answered in time, the thread stays
//! with its connection, and what it brings about too late is undone.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// How long a request waits for the database, all its use cases together.
pub const PATIENCE: Duration = Duration::from_millis(4500);

/// How long a look at the database may take.
const LOOK: Duration = Duration::from_millis(3500);
/// How long one use case of a job may take, and each of its statements.
const JOB: Duration = Duration::from_secs(60);
pub(super) const JOB_STATEMENT: Duration = Duration::from_secs(30);

tokio::task_local! {
    /// What the request of this task has waited so far.
    static WAITED: Cell<Duration>;
}

/// Lets all use cases of `request` share one [`PATIENCE`]; without this each has its own.
pub async fn shared<F: Future>(request: F) -> F::Output {
    WAITED.scope(Cell::new(Duration::ZERO), request).await
}

/// How long whoever asks waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// As long as a request may take.
    Request,
    /// As long as one may be in the dark about the database.
    Look,
    /// Long: nobody sits there waiting for a job.
    Job,
}

impl Waits {
    /// How long from now on, at most.
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::Request => {
                PATIENCE.saturating_sub(WAITED.try_with(Cell::get).unwrap_or_default())
            }
            Self::Look => LOOK,
            Self::Job => JOB,
        }
    }
}

/// Notes that the request has waited since `began`.
pub(super) fn waited_since(began: Instant) {
    // Outside of a request nobody counts.
    let _ = WAITED.try_with(|waited| waited.set(waited.get().saturating_add(began.elapsed())));
}

const WORKING: u8 = 0;
/// The last word is being said; it cannot be taken back.
const COMMITTING: u8 = 1;
/// Nobody waits any more; beside one of the above.
const LATE: u8 = 2;

/// One use case at work.
#[derive(Debug)]
pub(super) struct Turn {
    stage: AtomicU8,
    /// When it is no use any more to wait for a connection.
    pub(super) connect_by: Instant,
    /// When whoever asked has certainly gone, told or not: a client may hang up before.
    commit_by: Option<Instant>,
    late: Arc<Late>,
}

/// How many use cases nobody waits for are still at work.
#[derive(Debug, Default)]
pub(super) struct Late(AtomicIsize);

impl Late {
    pub(super) fn count(&self) -> isize {
        self.0.load(Ordering::Acquire)
    }
}

impl Turn {
    /// A turn that may take any time for its commit when `commit_by` is `None`.
    pub(super) fn new(connect_by: Instant, commit_by: Option<Instant>, late: &Arc<Late>) -> Self {
        Self { stage: AtomicU8::new(WORKING), connect_by, commit_by, late: Arc::clone(late) }
    }

    /// Whoever asked goes away with an error.
    pub(super) fn give_up(&self) {
        if self.stage.fetch_or(LATE, Ordering::AcqRel) & LATE == 0 {
            self.late.0.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Asks whether what was done may be committed. If so there is no way back.
    pub(super) fn may_commit(&self) -> bool {
        if self.commit_by.is_some_and(|commit_by| commit_by <= Instant::now()) {
            return false;
        }
        let (set, read) = (Ordering::AcqRel, Ordering::Acquire);
        self.stage.compare_exchange(WORKING, COMMITTING, set, read).is_ok()
    }
}

/// Both who asked and who worked are done with it.
impl Drop for Turn {
    fn drop(&mut self) {
        if self.stage.load(Ordering::Acquire) & LATE != 0 {
            self.late.0.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_f01_nothing_is_committed_late_for_a_client_who_hung_up() {
        let (now, late) = (Instant::now(), Arc::<Late>::default());
        let hour = Duration::from_secs(3600);
        // Nobody gives these up: whoever asked is gone without a word.
        assert!(Turn::new(now, Some(now + hour), &late).may_commit());
        assert!(!Turn::new(now, Some(now), &late).may_commit());
        assert!(Turn::new(now, None, &late).may_commit(), "a command takes its time");
    }

    #[test]
    fn case_f01_work_is_late_until_it_ends_and_counted_once() {
        let (now, late) = (Instant::now(), Arc::<Late>::default());
        let turn = Turn::new(now, None, &late);
        turn.give_up();
        turn.give_up();
        assert!(!turn.may_commit());
        assert_eq!(late.count(), 1);
        drop(turn);
        assert_eq!(late.count(), 0);
        let turn = Turn::new(now, None, &late);
        assert!(turn.may_commit());
        turn.give_up();
        assert_eq!(late.count(), 1, "the commit may hang as well");
    }
}

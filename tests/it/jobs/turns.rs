//! Turns at jobs: one node at a time, and none for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use latchkey::domain::job::{JobRecord, LEASE};
use latchkey::jobs::runner::{NotRun, Turn};
use latchkey::jobs::{Done, Job, JobError, Lease, Resources, Stopping};
use latchkey::kernel::ids::LeaseId;
use latchkey::storage::StorageError;
use tokio::sync::Notify;

use super::{purge, runner_of, write};
use crate::support::app::TestApp;

const NAME: &str = "test";

/// A job that waits in its turn until it is let go, then asks whether to go on.
#[derive(Clone, Default)]
struct Gate {
    entered: Arc<Notify>,
    go: Arc<Notify>,
    turns: Arc<AtomicU32>,
    told_to_go_on: Arc<AtomicU32>,
}

impl Job for Gate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn purpose(&self) -> &'static str {
        "waits"
    }

    fn every(&self) -> TimeDelta {
        TimeDelta::hours(1)
    }

    fn run<'a>(
        &'a self,
        _: &'a Resources,
        lease: &'a Lease,
    ) -> BoxFuture<'a, Result<Done, JobError>> {
        async move {
            self.turns.fetch_add(1, Ordering::Relaxed);
            self.entered.notify_one();
            self.go.notified().await;
            let goes_on = lease.keep().await?;
            self.told_to_go_on.fetch_add(u32::from(goes_on), Ordering::Relaxed);
            Ok(Done { counts: vec![("things", 3)], more: !goes_on })
        }
        .boxed()
    }
}

/// A job that goes wrong in the way that it is told to.
#[derive(Clone, Default)]
struct Broken(Arc<AtomicU32>);

const FAILS: u32 = 0;
const PANICS: u32 = 1;
const WORKS: u32 = 2;

impl Job for Broken {
    fn name(&self) -> &'static str {
        NAME
    }

    fn purpose(&self) -> &'static str {
        "goes wrong"
    }

    fn every(&self) -> TimeDelta {
        TimeDelta::hours(24)
    }

    fn run<'a>(&'a self, _: &'a Resources, _: &'a Lease) -> BoxFuture<'a, Result<Done, JobError>> {
        async move {
            match self.0.load(Ordering::Relaxed) {
                FAILS => Err(StorageError::Timeout.into()),
                PANICS => panic!("the job's bug"),
                _ => Ok(Done::default()),
            }
        }
        .boxed()
    }
}

async fn record(app: &TestApp) -> JobRecord {
    app.node().db().load(|tx| tx.jobs().find(NAME)).await.unwrap().unwrap()
}

/// Makes the job known, and due.
async fn due(app: &TestApp) {
    let now = app.now();
    write(app, move |tx| tx.jobs().ensure(NAME, now)).await;
}

#[tokio::test]
async fn two_nodes_never_do_the_same_job_at_once() {
    let app = TestApp::start();
    due(&app).await;
    let gate = Gate::default();
    let (first, second) = (runner_of(&app, gate.clone()), runner_of(&app, gate.clone()));
    let never = Stopping::never();
    let other = async {
        gate.entered.notified().await;
        assert!(second.work(&never).await.unwrap().is_empty(), "the first is at it");
        let asked = second.run_now(NAME, &never).await;
        assert!(matches!(asked, Err(NotRun::Busy)), "{asked:?}");
        // A turn that takes longer than expected is prolonged by its own node.
        gate.go.notify_one();
    };
    let (turns, ()) = tokio::join!(first.work(&never), other);
    assert!(matches!(&turns.unwrap()[..], [(NAME, Turn::Done(_))]));
    assert_eq!(gate.turns.load(Ordering::Relaxed), 1);

    let record = record(&app).await;
    assert_eq!(record.lease, None);
    assert_eq!(record.succeeded, Some((app.now(), 3)));
    assert_eq!(record.due_at, app.now() + TimeDelta::hours(1));
    assert!(second.work(&never).await.unwrap().is_empty(), "it is not due");
}

#[tokio::test]
async fn many_nodes_that_see_a_due_job_at_once_share_one_turn() {
    let app = TestApp::start();
    due(&app).await;
    let now = app.now();
    let leases = (0..8).map(|_| {
        let (db, id) = (app.node().db().clone(), LeaseId::new(&app.env()));
        async move {
            let taken: Result<_, ()> = db
                .write(move |tx| Ok(tx.jobs().lease(NAME, id, now + LEASE, false, now)?))
                .await
                .unwrap();
            taken.unwrap().is_some()
        }
    });
    let taken = futures_util::future::join_all(leases).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}

#[tokio::test]
async fn the_turn_of_a_node_that_died_ends_by_our_clock() {
    let app = TestApp::start();
    due(&app).await;
    // A node takes the turn and is never heard of again.
    let (dead, now) = (LeaseId::new(&app.env()), app.now());
    let taken = write(&app, move |tx| tx.jobs().lease(NAME, dead, now + LEASE, false, now)).await;
    assert_eq!(taken, Some(0));
    let gate = Gate::default();
    gate.go.notify_one();
    let (runner, never) = (runner_of(&app, gate.clone()), Stopping::never());
    app.clock.advance(LEASE - TimeDelta::microseconds(1));
    assert!(runner.work(&never).await.unwrap().is_empty());
    app.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(runner.work(&never).await.unwrap().len(), 1);

    // Should it come back, it is told to stop, and what it says of its turn counts for nothing.
    let later = app.now();
    assert!(!write(&app, move |tx| tx.jobs().prolong(NAME, dead, later + LEASE)).await);
    assert!(!write(&app, move |tx| tx.jobs().succeeded(NAME, dead, 9, later, later)).await);
    let wait = TimeDelta::minutes(1);
    assert!(!write(&app, move |tx| tx.jobs().failed(NAME, dead, "x", wait, later)).await);
    assert_eq!(record(&app).await.succeeded, Some((later, 3)));
}

#[tokio::test]
async fn a_job_that_fails_is_tried_later_and_later_and_shown() {
    let app = TestApp::start();
    due(&app).await;
    let (broken, never) = (Broken::default(), Stopping::never());
    let runner = runner_of(&app, broken.clone());
    for (failures, minutes) in [(1, 1), (2, 2), (3, 4)] {
        let turns = runner.work(&never).await.unwrap();
        assert!(matches!(&turns[..], [(NAME, Turn::Failed(_))]), "{turns:?}");
        let record = record(&app).await;
        assert_eq!((record.failures, record.lease), (failures, None));
        let why = "the database took too long".to_owned();
        assert_eq!(record.failed, Some((app.now(), why)));
        assert_eq!(record.due_at, app.now() + TimeDelta::minutes(minutes));
        assert!(runner.work(&never).await.unwrap().is_empty(), "not before");
        app.clock.advance(TimeDelta::minutes(minutes));
    }
    // A bug of one job is no end of the runner.
    broken.0.store(PANICS, Ordering::Relaxed);
    assert_eq!(runner.work(&never).await.unwrap().len(), 1);
    let panicked = record(&app).await;
    assert_eq!(panicked.failed.unwrap().1, "it panicked");
    assert_eq!(panicked.failures, 4);

    broken.0.store(WORKS, Ordering::Relaxed);
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(runner.work(&never).await.unwrap().len(), 1);
    let healed = record(&app).await;
    assert!(!healed.is_failing() && healed.failed.is_some(), "{healed:?}");
    assert_eq!(healed.due_at, app.now() + TimeDelta::hours(24));
}

#[tokio::test]
async fn a_node_that_stops_ends_its_turn_and_lets_another_go_on() {
    let app = TestApp::start();
    due(&app).await;
    let gate = Gate::default();
    let started = runner_of(&app, gate.clone()).start();
    gate.entered.notified().await;
    started.tell();
    assert!(record(&app).await.lease.is_some(), "the present step is finished first");
    gate.go.notify_one();
    started.stopped().await;
    assert_eq!(gate.told_to_go_on.load(Ordering::Relaxed), 0);
    let record = record(&app).await;
    assert_eq!(record.lease, None);
    assert_eq!(record.due_at, app.now() + TimeDelta::minutes(1), "the rest is done soon");
}

#[tokio::test]
async fn a_new_job_waits_for_its_interval_and_an_unknown_one_is_refused() {
    let app = TestApp::start();
    let (runner, never) = (runner_of(&app, Gate::default()), Stopping::never());
    assert!(runner.work(&never).await.unwrap().is_empty());
    assert_eq!(record(&app).await.due_at, app.now() + TimeDelta::hours(1));
    let asked = runner.run_now("teapot", &never).await;
    assert!(matches!(asked, Err(NotRun::Unknown(_))), "{asked:?}");
    // What nodes run has the purge in it.
    assert!(!purge(&app).await.counts.is_empty());
}

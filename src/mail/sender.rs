//! Sends what is due, on every node.

use std::convert::Infallible;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::outbox::{Outbox, Unreadable};
use super::transport::{Fault, Transport, Undelivered};
use crate::crypto::seal::OpenError;
use crate::domain::breaker::{Allowed, Breaker};
use crate::domain::mail::{LEASE, LONGEST_ATTEMPT, MAX_ATTEMPTS, Mailing, Next, Outcome, Problem};
use crate::kernel::env::Env;
use crate::kernel::ids::LeaseId;
use crate::kernel::metric;
use crate::storage::repo::mails::Leased;
use crate::storage::{Db, StorageError, Tx};

/// How often a node looks for letters that other nodes wrote down, or that are due again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often letters are ended whose time is over.
const SWEEP_EVERY: TimeDelta = TimeDelta::minutes(1);

/// How many letters are ended in one statement.
const SWEEP: u32 = 500;

/// Sends what is due. Cheap to clone; clones are the same sender.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    outbox: Outbox,
    db: Db,
    env: Env,
    transport: Arc<dyn Transport>,
    /// How many letters are sent at once.
    lanes: usize,
    breaker: Mutex<Breaker>,
    sweep_at: Mutex<Option<DateTime<Utc>>>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({:?})", self.0.outbox)
    }
}

impl Sender {
    /// A sender of what `outbox` takes, `lanes` at once.
    pub fn new(
        outbox: Outbox,
        db: Db,
        env: Env,
        transport: Arc<dyn Transport>,
        lanes: usize,
    ) -> Self {
        let (breaker, sweep_at) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { outbox, db, env, transport, lanes, breaker, sweep_at }))
    }

    /// Whether the server is being left alone for a while.
    pub fn is_open(&self) -> bool {
        self.breaker().is_open()
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.0.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends whatever is due, until it is stopped. Call it within a runtime.
    pub fn start(&self) -> Sending {
        let (stop, stopping) = watch::channel(false);
        let sender = self.clone();
        metrics::gauge!(metric::MAIL_BREAKER).set(0.0);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { sender.follow(stopping).await });
        Sending { stop, tasks }
    }

    async fn follow(&self, mut stopping: watch::Receiver<bool>) {
        let (mut under_way, mut was_good) = (JoinSet::new(), true);
        while !*stopping.borrow() {
            let begun = AssertUnwindSafe(self.begin(&mut under_way)).catch_unwind().await;
            // A panic, which its hook tells of, ends this look and not the following.
            let begun = begun.unwrap_or(Ok(()));
            if let (Err(error), true) = (&begun, was_good) {
                tracing::error!(%error, "mail that is due cannot be looked for");
            }
            was_good = begun.is_ok();
            tokio::select! {
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
                () = self.0.outbox.woken() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopping.changed() => break,
            }
        }
        while under_way.join_next().await.is_some() {}
        self.0.transport.close().await;
    }

    /// Begins to send as much of what is due as there is room for.
    async fn begin(&self, under_way: &mut JoinSet<()>) -> Result<(), StorageError> {
        self.sweep().await?;
        let room = self.room(under_way.len());
        if room == 0 {
            return Ok(());
        }
        let (lease, letters) = self.lease(room).await?;
        for letter in letters {
            let sender = self.clone();
            under_way.spawn(async move { sender.attempt(lease, letter).await });
        }
        Ok(())
    }

    /// How many more letters may be sent besides those under way.
    fn room(&self, under_way: usize) -> u32 {
        let most = match self.breaker().allows(self.0.env.now()) {
            Allowed::All => self.0.lanes,
            Allowed::Probe => 1,
            Allowed::Nothing => 0,
        };
        u32::try_from(most.saturating_sub(under_way)).unwrap_or(u32::MAX)
    }

    /// Sends all that is due now, and tells how many letters that were: for tests, and whoever wants
    /// to wait for it.
    pub async fn round(&self) -> Result<usize, StorageError> {
        let mut sent = 0;
        self.sweep().await?;
        loop {
            let room = self.room(0);
            if room == 0 {
                return Ok(sent);
            }
            let (lease, letters) = self.lease(room).await?;
            if letters.is_empty() {
                return Ok(sent);
            }
            sent += letters.len();
            let attempts = letters.into_iter().map(|letter| self.attempt(lease, letter));
            futures_util::future::join_all(attempts).await;
        }
    }

    /// Ends what is over. Once a minute is enough: nothing is leased that is.
    async fn sweep(&self) -> Result<(), StorageError> {
        let now = self.0.env.now();
        {
            let mut at = self.0.sweep_at.lock().unwrap_or_else(PoisonError::into_inner);
            if at.is_some_and(|at| now < at) {
                return Ok(());
            }
            *at = Some(now + SWEEP_EVERY);
        }
        let ended = self.write(move |tx| tx.mails().expire(SWEEP, now)).await?;
        if ended > 0 {
            tracing::warn!(ended, "mails were not sent: what they say is over");
            metrics::counter!(metric::MAILS_EXPIRED).increment(ended);
        }
        Ok(())
    }

    async fn lease(&self, limit: u32) -> Result<(LeaseId, Vec<Leased>), StorageError> {
        let (id, now) = (LeaseId::new(&self.0.env), self.0.env.now());
        let leased = self.write(move |tx| tx.mails().lease(id, now + LEASE, limit, now)).await?;
        Ok((id, leased))
    }

    /// One attempt, with no connection to the database held, and what becomes of the letter.
    async fn attempt(&self, lease: LeaseId, letter: Leased) {
        let outcome = AssertUnwindSafe(self.send(&letter)).catch_unwind().await;
        let outcome = outcome.unwrap_or(Outcome::Later(Problem::Broken));
        let [jitter] = self.0.env.random_bytes();
        let next = letter.attempt.ended(outcome, self.0.env.now(), jitter);
        Self::count(&letter, outcome, next);
        match self.record(lease, &letter, next).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(mail = %letter.id, "another node has taken it over"),
            // Its lease runs out, and it is sent once more.
            Err(error) => tracing::error!(mail = %letter.id, %error, "its end cannot be noted"),
        }
    }

    async fn send(&self, letter: &Leased) -> Outcome {
        if letter.attempt.number > MAX_ATTEMPTS {
            return Outcome::Never(Problem::TooOften);
        }
        let Some(to) = letter.recipient.clone() else {
            return Outcome::Never(Problem::Unreadable);
        };
        let (subject, text, html) = match self.0.outbox.open(letter.id, &letter.sealed) {
            Ok(contents) => contents,
            Err(error) => {
                tracing::error!(mail = %letter.id, %error, "a mail cannot be opened");
                // Another node may have the key that this one lacks.
                let is_ours = !matches!(error, Unreadable::Sealed(OpenError::OtherKey { .. }));
                return if is_ours {
                    Outcome::Never(Problem::Unreadable)
                } else {
                    Outcome::Unreached(Problem::Unreadable)
                };
            }
        };
        let (id, language) = (letter.id, letter.language.clone());
        let mailing = Mailing { id, to, language, subject, text, html: Some(html) };
        let limit = Duration::from_secs(LONGEST_ATTEMPT);
        match tokio::time::timeout(limit, self.0.transport.send(&mailing)).await {
            Ok(Ok(_)) => {
                self.reached();
                Outcome::Sent
            }
            Ok(Err(undelivered)) => self.undelivered(&undelivered),
            Err(_) => {
                self.unreached(Problem::TimedOut);
                Outcome::Later(Problem::TimedOut)
            }
        }
    }

    fn undelivered(&self, undelivered: &Undelivered) -> Outcome {
        let problem = undelivered.problem;
        match (undelivered.fault, problem) {
            (Fault::Server, _) => {
                self.unreached(problem);
                Outcome::Unreached(problem)
            }
            // It lets us in, and then does not answer.
            (Fault::Moment, Problem::TimedOut | Problem::Broken) => {
                self.unreached(problem);
                Outcome::Later(problem)
            }
            (Fault::Moment, _) => {
                self.reached();
                Outcome::Later(problem)
            }
            (Fault::Letter, _) => {
                self.reached();
                Outcome::Never(problem)
            }
        }
    }

    fn reached(&self) {
        let mut breaker = self.breaker();
        if breaker.is_open() {
            tracing::info!("the mail server is there again");
            metrics::gauge!(metric::MAIL_BREAKER).set(0.0);
        }
        breaker.reached();
    }

    fn unreached(&self, problem: Problem) {
        let mut breaker = self.breaker();
        let was_open = breaker.is_open();
        breaker.unreached(problem == Problem::Credentials, self.0.env.now());
        if breaker.is_open() && !was_open {
            tracing::error!(%problem, "the mail server is left alone for a while");
            metrics::gauge!(metric::MAIL_BREAKER).set(1.0);
        }
    }

    fn count(letter: &Leased, outcome: Outcome, next: Next) {
        let mail = letter.id;
        match outcome {
            Outcome::Sent => {
                let kind = letter.kind.as_str();
                metrics::counter!(metric::MAILS_SENT, "kind" => kind).increment(1);
            }
            Outcome::Unreached(problem) | Outcome::Later(problem) | Outcome::Never(problem) => {
                let reason = problem.reason();
                metrics::counter!(metric::MAIL_FAILURES, "reason" => reason).increment(1);
                tracing::debug!(%mail, %problem, "a mail was not sent");
            }
        }
        if let Next::Dead(problem) = next {
            metrics::counter!(metric::MAILS_DEAD).increment(1);
            tracing::error!(%mail, kind = letter.kind.as_str(), %problem, "a mail was given up");
        }
    }

    async fn record(
        &self,
        lease: LeaseId,
        letter: &Leased,
        next: Next,
    ) -> Result<bool, StorageError> {
        let (id, now) = (letter.id, self.0.env.now());
        self.write(move |tx| match next {
            Next::Sent => tx.mails().sent(id, lease, now),
            Next::Queued { due_at, counts, problem } => {
                tx.mails().put_back(id, lease, due_at, counts, &problem.to_string())
            }
            Next::Dead(problem) => tx.mails().died(id, lease, &problem.to_string(), now),
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let Ok::<T, Infallible>(value) = self.0.db.write(move |tx| Ok(f(tx)?)).await?;
        Ok(value)
    }
}

/// Letters are being sent.
#[derive(Debug)]
#[must_use = "they are sent until this is stopped or dropped"]
pub struct Sending {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Sending {
    /// Begins nothing new, and lets what is under way finish. What is not begun is left for other
    /// nodes.
    pub async fn stopped(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if ended.is_err() {
                tracing::error!("sending mail ended before it was told to");
            }
        }
    }
}

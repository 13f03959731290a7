//! Deletes what nobody needs any more, so that the tables of a busy year stay bounded.
//!
//! [`LINES`] is the whole policy, a line per kind of row. What is not in it is bounded by what people
//! and operators make.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Done, Job, JobError, Lease, Resources};
use crate::domain::credential::totp::ENROLMENT;
use crate::domain::setting::{Settings, seconds};
use crate::kernel::ids::UserId;
use crate::storage::repo::purge::Batch;
use crate::storage::{Stop, StorageError, Tx};

/// One kind of row that goes.
#[derive(Clone, Copy)]
pub struct Line {
    /// What it is called in logs and counts; the table, where the table has one line.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// When its rows go, in words.
    pub gone: &'static str,
    /// The time that a row must be older than.
    before: fn(&Settings, DateTime<Utc>) -> DateTime<Utc>,
    delete: fn(&mut Tx<'_>, DateTime<Utc>, u32) -> Result<Batch, StorageError>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.gone)
    }
}

/// What is kept for a while although it is over, so that a refusal can still tell why, and that no
/// node whose clock is a little behind misses it. Far longer than a refresh may be retried.
const MARGIN: TimeDelta = TimeDelta::days(1);

/// Operators compare the secrets of a client when they rotate them.
const SECRET_MARGIN: TimeDelta = TimeDelta::days(30);

/// Operators look whether a mail was sent, and why not. What it said is long gone by then.
const MAIL_MARGIN: TimeDelta = TimeDelta::days(7);

/// Everything that goes, in this order: what refers to other rows before these.
///
/// What is not here: accounts, whose time is [`crate::domain::user::DELETION_UNDO`], have steps of
/// their own below, and take their own rows along.
pub const LINES: &[Line] = &[
    Line {
        name: "passkey ceremonies",
        table: "passkey_ceremonies",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().passkey_ceremonies(before, limit),
    },
    Line {
        name: "sign-ins at a provider",
        table: "upstream_requests",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().upstream_requests(before, limit),
    },
    Line {
        // Until then nobody comes in whom a provider signed out, and no token counts twice.
        name: "logouts by a provider",
        table: "upstream_logouts",
        gone: "a day after the token would not be taken any more",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().upstream_logouts(before, limit),
    },
    Line {
        name: "sign-outs at a provider",
        table: "upstream_departures",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().upstream_departures(before, limit),
    },
    Line {
        name: "mailed codes",
        table: "mailed_codes",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().mailed_codes(before, limit),
    },
    Line {
        name: "registrations",
        table: "registrations",
        gone: "a day after a registration that nobody confirmed has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().registrations(before, limit),
    },
    Line {
        name: "flows",
        table: "flows",
        gone: "a day after a sign-in under way has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().flows(before, limit),
    },
    Line {
        // A replay of one that is gone is still seen: it is signed, and names its family.
        name: "rotated refresh tokens",
        table: "refresh_tokens",
        gone: "a day after it was exchanged, when no retry is answered any more",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().rotated_refresh_tokens(before, limit),
    },
    Line {
        name: "refresh tokens",
        table: "refresh_tokens",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().expired_refresh_tokens(before, limit),
    },
    Line {
        // Until then a second use of its code or of any of its tokens is seen.
        name: "grants",
        table: "grants",
        gone: "when no token can live under it any more, and none is left",
        before: |_, now| now,
        delete: |tx, before, limit| tx.purge().grants(before, limit),
    },
    Line {
        name: "sessions",
        table: "sessions",
        gone: "a day after the latest moment at which it could have ended",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().sessions(before, limit),
    },
    Line {
        name: "revoked tokens",
        table: "revoked_tokens",
        gone: "a day after the token would have expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().revoked_tokens(before, limit),
    },
    Line {
        name: "links",
        table: "one_time_links",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().one_time_links(before, limit),
    },
    Line {
        name: "counters",
        table: "attempt_counters",
        gone: "an hour after its window has ended",
        before: |_, now| now - TimeDelta::hours(1),
        delete: |tx, before, limit| tx.purge().attempt_counters(before, limit),
    },
    Line {
        name: "devices",
        table: "devices",
        gone: "a day after it has expired",
        before: |_, now| now - MARGIN,
        delete: |tx, before, limit| tx.purge().devices(before, limit),
    },
    Line {
        name: "unconfirmed authenticators",
        table: "authenticators",
        gone: "an hour after it was begun, unless it was confirmed",
        before: |_, now| now - ENROLMENT,
        delete: |tx, before, limit| tx.purge().unconfirmed_authenticators(before, limit),
    },
    Line {
        name: "mails",
        table: "mails",
        gone: "7 days after it was sent, or given up",
        before: |_, now| now - MAIL_MARGIN,
        delete: |tx, before, limit| tx.purge().mails(before, limit),
    },
    Line {
        name: "client secrets",
        table: "client_secrets",
        gone: "30 days after it has ended",
        before: |_, now| now - SECRET_MARGIN,
        delete: |tx, before, limit| tx.purge().client_secrets(before, limit),
    },
    Line {
        name: "refusals",
        table: "refusals",
        gone: "after the setting refusal_retention, 14 days by default",
        before: |settings, now| now - seconds(settings.refusal_retention),
        delete: |tx, before, limit| tx.purge().refusals(before, limit),
    },
    Line {
        name: "audit entries",
        table: "audit_events",
        gone: "after the setting audit_retention, 90 days by default",
        before: |settings, now| now - seconds(settings.audit_retention),
        delete: |tx, before, limit| tx.purge().audit_events(before, limit),
    },
];

/// The name of the accounts among the counts.
const ACCOUNTS: &str = "accounts";

/// The job.
#[derive(Clone, Copy, Debug)]
pub struct Purge {
    /// What goes by age.
    pub lines: &'static [Line],
    /// Rows of a batch, which is a transaction.
    pub batch: u32,
    /// Batches of a line in one turn; the rest is for the next.
    pub batches: u32,
    /// After a full batch, to let others in.
    pub pause: Duration,
}

impl Purge {
    /// As nodes run it.
    pub const STANDARD: Self =
        Self { lines: LINES, batch: 1000, batches: 1000, pause: Duration::from_millis(50) };
}

impl Job for Purge {
    fn name(&self) -> &'static str {
        "purge"
    }

    fn purpose(&self) -> &'static str {
        "deletes what has expired"
    }

    fn every(&self) -> TimeDelta {
        TimeDelta::hours(1)
    }

    fn run<'a>(
        &'a self,
        resources: &'a Resources,
        lease: &'a Lease,
    ) -> BoxFuture<'a, Result<Done, JobError>> {
        async move {
            let (counts, failure) = (Vec::new(), None);
            let mut turn = Turn { resources, lease, counts, over: false, left: false, failure };
            // First, because an account takes rows of its own along.
            let removed = self.accounts(&mut turn).await;
            turn.note(ACCOUNTS, removed);
            for line in self.lines {
                let deleted = self.line(line, &mut turn).await;
                turn.note(line.name, deleted);
            }
            match turn.failure {
                Some(failure) => Err(failure.into()),
                None => Ok(Done { counts: turn.counts, more: turn.over || turn.left }),
            }
        }
        .boxed()
    }
}

/// A turn under way.
struct Turn<'a> {
    resources: &'a Resources,
    lease: &'a Lease,
    counts: Vec<(&'static str, u64)>,
    /// The node is stopping, or another one has taken the turn over.
    over: bool,
    /// A line had more than fits into a turn.
    left: bool,
    failure: Option<StorageError>,
}

impl Turn<'_> {
    /// What fails keeps nothing else from going: it is told at the end.
    fn note(&mut self, what: &'static str, deleted: Result<u64, StorageError>) {
        match deleted {
            Ok(deleted) => self.counts.push((what, deleted)),
            Err(error) => {
                tracing::warn!(what, %error, "a part of the purge failed");
                self.failure.get_or_insert(error);
            }
        }
    }

    /// Whether the turn is over before its work is.
    async fn is_over(&mut self) -> Result<bool, StorageError> {
        self.over = self.over || !self.lease.keep().await?;
        Ok(self.over)
    }
}

impl Purge {
    async fn line(&self, line: &'static Line, turn: &mut Turn<'_>) -> Result<u64, StorageError> {
        let (settings, now) = (turn.resources.identity.settings(), turn.resources.env.now());
        let (before, limit) = ((line.before)(&settings, now), self.batch);
        let mut deleted = 0;
        for _ in 0..self.batches {
            if turn.is_over().await? {
                return Ok(deleted);
            }
            let batch = write(turn.resources, move |tx| (line.delete)(tx, before, limit)).await?;
            deleted += batch.deleted;
            if !batch.more {
                return Ok(deleted);
            }
            turn.lease.pause(self.pause).await;
        }
        turn.left = true;
        Ok(deleted)
    }

    /// Removes the accounts whose time is over, each in a transaction of its own. One that somebody
    /// holds is left for the next turn.
    async fn accounts(&self, turn: &mut Turn<'_>) -> Result<u64, StorageError> {
        let before = turn.resources.identity.removable_before();
        let (limit, mut after, mut removed) = (self.batch, None, 0);
        loop {
            let found = turn.resources.db.load(move |tx| tx.purge().accounts(before, after, limit));
            let found = found.await?;
            for user in &found {
                if turn.is_over().await? {
                    return Ok(removed);
                }
                removed += u64::from(self.account(*user, before, turn).await?);
            }
            after = found.last().copied();
            if found.len() < limit as usize {
                return Ok(removed);
            }
        }
    }

    /// Takes an account's long tables down in batches, then the rest of it at once. False: it stays
    /// for the next turn.
    async fn account(
        &self,
        user: UserId,
        before: DateTime<Utc>,
        turn: &mut Turn<'_>,
    ) -> Result<bool, StorageError> {
        let limit = self.batch;
        let take_down = move |tx: &mut Tx<'_>| tx.purge().left_behind(user, before, limit);
        while write(turn.resources, take_down).await?.more {
            turn.lease.pause(self.pause).await;
            if turn.is_over().await? {
                return Ok(false);
            }
        }
        match turn.resources.identity.remove_user(user).await {
            Err(StorageError::Timeout | StorageError::Serialization) => Ok(false),
            removed => removed,
        }
    }
}

async fn write<T: Send + 'static>(
    resources: &Resources,
    f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let done: Result<T, std::convert::Infallible> =
        resources.db.write(move |tx| f(tx).map_err(Stop::Failed)).await?;
    match done {
        Ok(value) => Ok(value),
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::Setting;

    #[test]
    fn a_refresh_token_that_may_be_retried_is_kept() {
        let grace = Setting::find("refresh_grace").unwrap();
        assert!(seconds(*grace.allowed.end()) < MARGIN);
    }
}

//! What Latchkey does by itself now and then, as the database knows it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::kernel::ids::LeaseId;

/// How long a turn at a job lasts unless it is prolonged. Far more than one small batch takes, so
/// that only a node that died or hangs loses its turn.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);

/// A job as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// Which one.
    pub name: String,
    /// Not before this.
    pub due_at: DateTime<Utc>,
    /// Whose turn it is, and until when. Past: that node died.
    pub lease: Option<(LeaseId, DateTime<Utc>)>,
    /// How often it failed since it last succeeded.
    pub failures: u32,
    /// When it was last begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it last succeeded, and how many rows it handled then.
    pub succeeded: Option<(DateTime<Utc>, u64)>,
    /// When it last failed, and why. Stays when it succeeds again.
    pub failed: Option<(DateTime<Utc>, String)>,
}

impl JobRecord {
    /// Whether a node is at it at `now`.
    pub fn is_leased(&self, now: DateTime<Utc>) -> bool {
        self.lease.is_some_and(|(_, until)| now < until)
    }

    /// Whether it failed the last time.
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }
}

/// How long to wait after so many failures in a row: a minute, then twice as long each time, but
/// never more than an hour and never more than the job's own interval. It is never given up.
pub fn backoff(failures: u32, every: TimeDelta) -> TimeDelta {
    let minutes = 1_i64.checked_shl(failures.saturating_sub(1)).filter(|minutes| *minutes > 0);
    let wait = TimeDelta::minutes(minutes.unwrap_or(60).min(60));
    wait.min(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_waited_out_longer_and_longer_but_never_given_up() {
        let day = TimeDelta::days(1);
        let waits: Vec<i64> = [0, 1, 2, 3, 6, 7, 63, 64, 65, u32::MAX]
            .map(|failures| backoff(failures, day).num_minutes())
            .into();
        assert_eq!(waits, [1, 1, 2, 4, 32, 60, 60, 60, 60, 60]);
        assert_eq!(backoff(9, TimeDelta::minutes(10)), TimeDelta::minutes(10));
    }

    #[test]
    fn a_lease_ends_by_itself() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let mut job = JobRecord {
            name: "purge".to_owned(),
            due_at: now,
            lease: None,
            failures: 0,
            started_at: None,
            succeeded: None,
            failed: None,
        };
        assert!(!job.is_leased(now));
        job.lease = Some((LeaseId(uuid::Uuid::nil()), now + LEASE));
        assert!(job.is_leased(now + LEASE - TimeDelta::microseconds(1)));
        assert!(!job.is_leased(now + LEASE));
    }
}

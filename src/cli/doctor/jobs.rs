//! The jobs: do they run, and do they succeed?

use chrono::{DateTime, TimeDelta, Utc};

use super::Finding;
use super::database::Opened;
use crate::cli::exit::Failure;
use crate::domain::job::JobRecord;
use crate::jobs::{JOBS, Job};
use crate::kernel::env::Env;
use crate::storage::Stop;

const CHECK: &str = "jobs";

/// A job that is late by more than this has no server that does it.
const LATE: TimeDelta = TimeDelta::hours(1);

/// Adds a finding for each job.
pub(super) fn look(opened: Option<&Opened>, env: &Env, findings: &mut Vec<Finding>) {
    let Some(opened) = opened else { return };
    let records = opened.db.read_blocking(|tx| tx.jobs().list().map_err(Stop::<Failure>::from));
    let records = match records.map_err(Failure::from).and_then(|records| records) {
        Ok(records) => records,
        Err(failure) => {
            findings.push(Finding::failure(CHECK, failure));
            return;
        }
    };
    let find = |job: &dyn Job| records.iter().find(|record| record.name == job.name());
    findings.extend(JOBS.iter().map(|job| judge(job.name(), find(*job), env.now())));
}

fn judge(name: &str, record: Option<&JobRecord>, now: DateTime<Utc>) -> Finding {
    let Some(record) = record else {
        return Finding::ok(CHECK, format!("{name}: not due yet; the first server makes it known"));
    };
    if let (true, Some((at, error))) = (record.is_failing(), &record.failed) {
        let minutes = (now - *at).num_minutes();
        let message = format!(
            "{name} failed {} times in a row, the last time {minutes} minutes ago: {error}",
            record.failures
        );
        let fix = format!("look at the log, then try it: `latchkey jobs run {name}`");
        return Finding::warn(CHECK, message, fix);
    }
    if !record.is_leased(now) && now > record.due_at + LATE {
        let hours = (now - record.due_at).num_hours();
        let message = format!("{name} has been due for {hours} hours, and no server does it");
        let fix = format!("start a server, or run it now and then: `latchkey jobs run {name}`");
        return Finding::warn(CHECK, message, fix);
    }
    Finding::ok(
        CHECK,
        match record.succeeded {
            Some((at, handled)) => {
                let minutes = (now - at).num_minutes();
                format!("{name}: done {minutes} minutes ago, {handled} rows")
            }
            None => format!("{name}: not due yet"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::domain::job::LEASE;
    use crate::kernel::ids::LeaseId;

    #[test]
    fn a_job_that_fails_or_is_never_done_is_shown() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let well = JobRecord {
            name: "purge".to_owned(),
            due_at: now,
            lease: None,
            failures: 0,
            started_at: None,
            succeeded: Some((now - TimeDelta::hours(1), 7)),
            // Long ago: it has succeeded since.
            failed: Some((now, "the database is busy".to_owned())),
        };
        let level = |record: &JobRecord| judge("purge", Some(record), now).level;
        assert_eq!(judge("purge", None, now).level, Level::Ok);
        assert_eq!(level(&well), Level::Ok);
        let failing = JobRecord { failures: 3, ..well.clone() };
        let finding = judge("purge", Some(&failing), now);
        assert_eq!(finding.level, Level::Warn);
        assert!(finding.message.contains("3 times") && finding.message.contains("is busy"));
        let late = JobRecord { due_at: now - TimeDelta::hours(5), ..well };
        assert_eq!(level(&late), Level::Warn);
        let lease = Some((LeaseId(uuid::Uuid::nil()), now + LEASE));
        assert_eq!(level(&JobRecord { lease, ..late }), Level::Ok, "somebody is at it");
    }
}

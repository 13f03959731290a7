//! Jobs: whose turn it is, and how the last one ended.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int4, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::job::JobRecord;
use crate::kernel::ids::LeaseId;
use crate::storage::schema::jobs;

/// Jobs.
pub struct Jobs<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(Pg))]
struct JobRow {
    name: String,
    due_at: DateTime<Utc>,
    lease_id: Option<Uuid>,
    leased_until: Option<DateTime<Utc>>,
    failures: i32,
    started_at: Option<DateTime<Utc>>,
    succeeded_at: Option<DateTime<Utc>>,
    handled: Option<i64>,
    failed_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
}

impl JobRow {
    fn into_record(self) -> Result<JobRecord, StorageError> {
        let handled = self.handled.map(u64::try_from).transpose();
        Ok(JobRecord {
            name: self.name,
            due_at: self.due_at,
            lease: self.lease_id.map(LeaseId).zip(self.leased_until),
            failures: failures(self.failures)?,
            started_at: self.started_at,
            succeeded: self
                .succeeded_at
                .zip(handled.map_err(|_| StorageError::Corrupt("jobs.handled"))?),
            failed: self.failed_at.zip(self.last_error),
        })
    }
}

#[derive(QueryableByName)]
struct Failures {
    #[diesel(sql_type = Int4)]
    failures: i32,
}

fn failures(stored: i32) -> Result<u32, StorageError> {
    u32::try_from(stored).map_err(|_| StorageError::Corrupt("jobs.failures"))
}

impl Jobs<'_> {
    /// Adds a job where it has no row yet, with when it is first due.
    pub fn ensure(&mut self, name: &str, due_at: DateTime<Utc>) -> Result<(), StorageError> {
        diesel::insert_into(jobs::table)
            .values((jobs::name.eq(name), jobs::due_at.eq(due_at)))
            .on_conflict_do_nothing()
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// A job by its name.
    pub fn find(&mut self, name: &str) -> Result<Option<JobRecord>, StorageError> {
        jobs::table
            .find(name)
            .select(JobRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(JobRow::into_record)
            .transpose()
    }

    /// Takes a turn until `until`, and tells how often the job failed since it last succeeded. `None`:
    /// another node has the turn, or took it at this very moment, or it is not due and `even_early`
    /// was not said.
    pub fn lease(
        &mut self,
        name: &str,
        lease: LeaseId,
        until: DateTime<Utc>,
        even_early: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<u32>, StorageError> {
        let taken: Option<Failures> =
            sql("UPDATE jobs SET lease_id = $2, leased_until = $3, started_at = $5 \
             WHERE name = (SELECT name FROM jobs WHERE name = $1 AND (due_at <= $5 OR $4) \
             AND (leased_until IS NULL OR leased_until <= $5) FOR UPDATE SKIP LOCKED) \
             RETURNING failures")
            .bind::<Text, _>(name)
            .bind::<SqlUuid, _>(lease.0)
            .bind::<Timestamptz, _>(until)
            .bind::<Bool, _>(even_early)
            .bind::<Timestamptz, _>(now)
            .get_result(self.0.writing()?)
            .optional()?;
        taken.map(|row| failures(row.failures)).transpose()
    }

    /// Prolongs a turn. False: it is another node's by now.
    pub fn prolong(
        &mut self,
        name: &str,
        lease: LeaseId,
        until: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let own = jobs::table.find(name).filter(jobs::lease_id.eq(lease.0));
        let prolonged =
            diesel::update(own).set(jobs::leased_until.eq(until)).execute(self.0.writing()?)?;
        Ok(prolonged > 0)
    }

    /// Ends a turn that went well. False: it is another node's by now, and nothing is changed.
    pub fn succeeded(
        &mut self,
        name: &str,
        lease: LeaseId,
        handled: u64,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let own = jobs::table.find(name).filter(jobs::lease_id.eq(lease.0));
        let ended = diesel::update(own)
            .set((
                jobs::lease_id.eq(None::<Uuid>),
                jobs::leased_until.eq(None::<DateTime<Utc>>),
                jobs::failures.eq(0),
                jobs::succeeded_at.eq(now),
                jobs::handled.eq(i64::try_from(handled).unwrap_or(i64::MAX)),
                jobs::due_at.eq(due_at),
            ))
            .execute(self.0.writing()?)?;
        Ok(ended > 0)
    }

    /// Ends a turn that went wrong; the job is due again after `wait`. `error` holds no secret. False:
    /// it is another node's by now, and nothing is changed.
    pub fn failed(
        &mut self,
        name: &str,
        lease: LeaseId,
        error: &str,
        wait: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let own = jobs::table.find(name).filter(jobs::lease_id.eq(lease.0));
        let ended = diesel::update(own)
            .set((
                jobs::lease_id.eq(None::<Uuid>),
                jobs::leased_until.eq(None::<DateTime<Utc>>),
                jobs::failures.eq(jobs::failures + 1),
                jobs::failed_at.eq(now),
                jobs::last_error.eq(error),
                jobs::due_at.eq(now + wait),
            ))
            .execute(self.0.writing()?)?;
        Ok(ended > 0)
    }

    /// Every job that ever was, by name.
    pub fn list(&mut self) -> Result<Vec<JobRecord>, StorageError> {
        let rows: Vec<JobRow> =
            jobs::table.order(jobs::name).select(JobRow::as_select()).load(self.0.reading())?;
        rows.into_iter().map(JobRow::into_record).collect()
    }
}

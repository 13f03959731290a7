//! `latchkey jobs`: what servers do by themselves now and then.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Context;
use super::args::{JobsArgs, JobsCommand, RunJob};
use super::exit::{Exit, Failure};
use super::output;
use super::people::People;
use crate::domain::job::JobRecord;
use crate::jobs::runner::NotRun;
use crate::jobs::{JOBS, Job, JobError, Resources, Runner, Stopping};

/// Runs `latchkey jobs …`.
pub(super) fn run(context: &Context, args: &JobsArgs) -> Result<(), Failure> {
    match &args.command {
        JobsCommand::List => list(context),
        JobsCommand::Run(args) => run_one(context, args),
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let open = context.open()?;
    let records = open.read(|tx| Ok(tx.jobs().list()?))?;
    let now = open.env.now();
    let jobs: Vec<_> = JOBS
        .iter()
        .map(|job| (*job, records.iter().find(|record| record.name == job.name())))
        .collect();
    let value: Vec<_> = jobs.iter().map(|(job, record)| json(*job, *record, now)).collect();
    context.output.show(&json!({ "jobs": value }), || {
        let rows: Vec<_> = jobs.iter().map(|(job, record)| row(*job, *record, now)).collect();
        let headings = ["job", "state", "next", "last done", "handled", "last failed", "why"];
        output::table(&headings, &rows)
    })
}

/// What a job is at.
fn state(record: Option<&JobRecord>, now: DateTime<Utc>) -> &'static str {
    match record {
        None => "new",
        Some(record) if record.is_leased(now) => "running",
        Some(record) if record.is_failing() => "failing",
        Some(_) => "waiting",
    }
}

fn json(job: &dyn Job, record: Option<&JobRecord>, now: DateTime<Utc>) -> Value {
    let succeeded = record.and_then(|record| record.succeeded);
    let failed = record.and_then(|record| record.failed.as_ref());
    json!({
        "name": job.name(),
        "purpose": job.purpose(),
        "state": state(record, now),
        "due_at": record.map(|record| record.due_at),
        "started_at": record.and_then(|record| record.started_at),
        "succeeded_at": succeeded.map(|(at, _)| at),
        "handled": succeeded.map(|(_, handled)| handled),
        "failures": record.map_or(0, |record| record.failures),
        "failed_at": failed.map(|(at, _)| at),
        "last_error": failed.map(|(_, error)| error),
    })
}

fn row(job: &dyn Job, record: Option<&JobRecord>, now: DateTime<Utc>) -> Vec<String> {
    let succeeded = record.and_then(|record| record.succeeded);
    let failed = record.and_then(|record| record.failed.as_ref());
    vec![
        job.name().to_owned(),
        state(record, now).to_owned(),
        output::time(record.map(|record| record.due_at)),
        output::time(succeeded.map(|(at, _)| at)),
        succeeded.map_or_else(|| "-".to_owned(), |(_, handled)| handled.to_string()),
        output::time(failed.map(|(at, _)| *at)),
        failed.map_or_else(|| "-".to_owned(), |(_, error)| error.clone()),
    ]
}

fn run_one(context: &Context, args: &RunJob) -> Result<(), Failure> {
    let people = People::open(context)?;
    let runner = Runner::new(Resources {
        db: people.open.db.clone(),
        env: people.open.env.clone(),
        identity: people.identity.clone(),
    });
    let done = people.wait(runner.run_now(&args.name, &Stopping::never()))?;
    let counts: serde_json::Map<String, Value> =
        done.counts.iter().map(|(what, count)| ((*what).to_owned(), json!(count))).collect();
    let value = json!({
        "name": args.name,
        "handled": done.handled(),
        "counts": counts,
        "more": done.more,
    });
    context.output.show(&value, || {
        let rest = if done.more { "\nThere is more to do; run it again." } else { "" };
        format!("Ran {}: {}.{rest}", args.name, done.summary())
    })
}

impl From<NotRun> for Failure {
    fn from(error: NotRun) -> Self {
        let message = error.to_string();
        match error {
            NotRun::Unknown(_) => {
                Self::new(Exit::Refused, message).fix("`latchkey jobs list` shows them")
            }
            NotRun::Busy => Self::new(Exit::Refused, message)
                .fix("wait for it; the turn of a node that died ends after five minutes"),
            NotRun::Failed(JobError::Storage(error)) => error.into(),
            NotRun::Failed(JobError::Panicked) => Self::new(Exit::Failure, message),
        }
    }
}

//! What Latchkey does by itself: the turns at jobs, and the purge.

mod accounts;
mod locks;
mod replays;
mod tables;
mod turns;
mod year;

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::jobs::runner::NotRun;
use latchkey::jobs::{Done, Job, Resources, Runner, Stopping};
use latchkey::storage::{Stop, StorageError, Tx};

use crate::support::app::TestApp;

/// What jobs of this app work with.
fn resources(app: &TestApp) -> Resources {
    let (db, identity) = (app.node().db().clone(), app.node().identity().clone());
    Resources { db, env: app.env(), identity }
}

/// A runner of one job on the app's database.
fn runner_of(app: &TestApp, job: impl Job + 'static) -> Runner {
    let job: &'static dyn Job = Box::leak(Box::new(job));
    Runner::of(resources(app), Box::leak(Box::new([job])))
}

/// Runs the purge to its end. The node may just be doing it too; then it is waited for.
async fn purge_with(runner: &Runner) -> Done {
    loop {
        match runner.run_now("purge", &Stopping::never()).await {
            Ok(done) => return done,
            Err(NotRun::Busy) => tokio::task::yield_now().await,
            Err(error) => panic!("the purge failed: {error}"),
        }
    }
}

async fn purge(app: &TestApp) -> Done {
    purge_with(&app.node().jobs()).await
}

async fn write<T: Send + 'static>(
    app: &TestApp,
    act: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
) -> T {
    let done: Result<T, ()> =
        app.node().db().write(move |tx| act(tx).map_err(Stop::Failed)).await.unwrap();
    done.unwrap()
}

fn tables(raw: &mut PgConnection) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query = "SELECT table_name::text AS name FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1";
    let rows: Vec<Table> = sql_query(query).load(raw).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn number(raw: &mut PgConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    sql_query(query).get_result::<Number>(raw).unwrap().n
}

fn count(raw: &mut PgConnection, table: &str, condition: &str) -> i64 {
    number(raw, &format!("SELECT count(*) AS n FROM {table} WHERE {condition}"))
}

/// Which rows of a table are counted.
fn counted(table: &str) -> &'static str {
    if table == "audit_events" { "action NOT LIKE 'key.%'" } else { "true" }
}

/// How many rows every table has. Signing keys change by a schedule of their own while the clock
/// moves, and are not counted, nor is what the trail says of them.
fn counts(app: &TestApp) -> BTreeMap<String, i64> {
    let mut raw = app.raw();
    let tables = tables(&mut raw);
    tables
        .into_iter()
        .filter(|table| table != "signing_keys")
        .map(|table| {
            let rows = count(&mut raw, &table, counted(&table));
            (table, rows)
        })
        .collect()
}

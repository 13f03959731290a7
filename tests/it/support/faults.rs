//! Faults of the database, at a moment that a test chooses: statements are made to wait for a lock,
//! so that it is known where a request is when something happens to it.

use diesel::{PgConnection, RunQueryDsl as _, sql_query};

/// Begins a transaction and locks these rows in it.
pub fn hold_rows(holder: &mut PgConnection, table: &str) {
    sql_query("BEGIN").execute(holder).unwrap();
    sql_query(format!("SELECT 1 FROM {table} FOR UPDATE")).execute(holder).unwrap();
}

/// Begins a transaction that keeps everybody else from writing to a table.
pub fn hold_table(holder: &mut PgConnection, table: &str) {
    sql_query("BEGIN").execute(holder).unwrap();
    sql_query(format!("LOCK TABLE {table} IN EXCLUSIVE MODE")).execute(holder).unwrap();
}

/// Begins a transaction, as long as which no other that adds a row to the table gets through its
/// COMMIT.
pub fn hold_commits(holder: &mut PgConnection, table: &str) {
    for statement in [
        "CREATE OR REPLACE FUNCTION wait_in_commit() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END'",
        &format!(
            "CREATE CONSTRAINT TRIGGER wait_in_commit AFTER INSERT ON {table} \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_in_commit()"
        ),
        "BEGIN",
        "SELECT pg_advisory_xact_lock(4711)",
    ] {
        sql_query(statement).execute(holder).unwrap();
    }
}

/// Ends what was held: who waits goes on.
pub fn let_go(holder: &mut PgConnection) {
    sql_query("ROLLBACK").execute(holder).unwrap();
    sql_query("DROP FUNCTION IF EXISTS wait_in_commit CASCADE").execute(holder).unwrap();
}

/// How many statements wait for a lock.
pub fn waiting(connection: &mut PgConnection) -> usize {
    sql_query(format!("SELECT 1 FROM pg_stat_activity WHERE {WAITS}")).execute(connection).unwrap()
}

/// Ends the connections whose statements wait for a lock.
pub fn kill_waiting(connection: &mut PgConnection) {
    let kill = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {WAITS}");
    assert!(sql_query(kill).execute(connection).unwrap() > 0, "none waits");
}

/// How many connections besides this one are open.
pub fn others(connection: &mut PgConnection) -> usize {
    let others = "SELECT 1 FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql_query(others).execute(connection).unwrap()
}

const WAITS: &str = "datname = current_database() AND wait_event_type = 'Lock'";

//! The purge never waits for whoever holds a row.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::{Connection as _, RunQueryDsl as _, sql_query};
use latchkey::jobs::purge::{LINES, Purge};

use super::{count, counted, counts, purge, purge_with, runner_of};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{Client, authorization_request};

const ALICE: &str = "alice@example.com";

/// Three abandoned sign-ins, and three times a code, a session and tokens; all of it long over.
async fn rubbish(app: &TestApp) -> Client {
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    for _ in 0..3 {
        app.tokens_for(&client, ALICE).await;
        app.authorize(&Agent::new(), &authorization_request(&client)).await;
    }
    app.clock.advance(TimeDelta::days(40));
    client
}

#[tokio::test]
async fn what_a_request_holds_is_left_for_the_next_time() {
    for table in ["flows", "refresh_tokens", "grants", "sessions", "audit_events"] {
        let app = TestApp::start();
        rubbish(&app).await;
        app.clock.advance(TimeDelta::days(60));
        let before = counts(&app)[table];
        let mut other = app.raw();
        sql_query("BEGIN").execute(&mut other).unwrap();
        let which = counted(table);
        let hold = format!("SELECT 1 FROM {table} WHERE {which} ORDER BY id LIMIT 1 FOR UPDATE");
        assert_eq!(sql_query(hold).execute(&mut other).unwrap(), 1);
        // Whoever waited here would wait until its statement was given up, and the purge would fail.
        purge(&app).await;
        assert_eq!(counts(&app)[table], 1, "{table} of {before}");
        sql_query("COMMIT").execute(&mut other).unwrap();
        purge(&app).await;
        let left = counts(&app);
        assert_eq!(left[table], 0, "{table}");
        assert_eq!((left["grants"], left["sessions"]), (0, 0));
    }
}

#[tokio::test]
async fn a_session_whose_grant_is_held_stays_with_it() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    app.tokens_for(&client, ALICE).await;
    app.clock.advance(TimeDelta::days(3));
    let mut other = app.raw();
    sql_query("BEGIN").execute(&mut other).unwrap();
    sql_query("SELECT 1 FROM grants FOR UPDATE").execute(&mut other).unwrap();
    purge(&app).await;
    assert_eq!(counts(&app)["sessions"], 1);
    sql_query("COMMIT").execute(&mut other).unwrap();
    purge(&app).await;
    assert_eq!((counts(&app)["sessions"], counts(&app)["grants"]), (0, 1));
}

#[tokio::test]
async fn an_account_that_somebody_is_at_keeps_no_other_from_going() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for guest in ["a@example.com", "b@example.com"] {
        let user = app.person(guest).await;
        app.tokens_for(&client, guest).await;
        app.delete(user).await;
    }
    app.clock.advance(TimeDelta::days(14));
    // What cannot be skipped is waited for, but only for a moment.
    for statement in [
        "CREATE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         IF current_setting(''lock_timeout'') <> ''100ms'' THEN RAISE EXCEPTION ''no hurry''; \
         END IF; RETURN OLD; END'",
        "CREATE TRIGGER hurry BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION hurry()",
    ] {
        sql_query(statement).execute(&mut app.raw()).unwrap();
    }
    for hold in [
        "SELECT 1 FROM users ORDER BY id LIMIT 1 FOR UPDATE",
        "SELECT 1 FROM sessions ORDER BY id LIMIT 1 FOR UPDATE",
        "SELECT 1 FROM consents ORDER BY user_id LIMIT 1 FOR UPDATE",
    ] {
        let mut other = app.raw();
        sql_query("BEGIN").execute(&mut other).unwrap();
        if sql_query(hold).execute(&mut other).unwrap() == 1 {
            purge(&app).await;
            assert_eq!(counts(&app)["users"], 1, "{hold}");
        }
    }
    purge(&app).await;
    assert_eq!(counts(&app)["users"], 0);
}

#[tokio::test]
async fn a_turn_has_small_batches_and_ends_without_all_of_it() {
    let app = TestApp::start();
    rubbish(&app).await;
    let flows = counts(&app)["flows"];
    assert!(flows >= 5, "{flows}");
    let small = Purge { lines: LINES, batch: 2, batches: 2, pause: Duration::ZERO };
    let runner = runner_of(&app, small);
    // No single statement deletes more than a batch.
    let mut raw = app.raw();
    for statement in [
        "CREATE TABLE deletions (rows bigint)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         INSERT INTO deletions SELECT count(*) FROM gone; RETURN NULL; END'",
        "CREATE TRIGGER note AFTER DELETE ON flows REFERENCING OLD TABLE AS gone \
         FOR EACH STATEMENT EXECUTE FUNCTION note()",
    ] {
        sql_query(statement).execute(&mut raw).unwrap();
    }
    let done = purge_with(&runner).await;
    assert!(done.more, "there is more to do");
    assert_eq!(counts(&app)["flows"], flows - 4);
    assert_eq!(count(&mut raw, "deletions", "rows > 2"), 0);
    assert_eq!(count(&mut raw, "deletions", "rows = 2"), 2);
    while purge_with(&runner).await.more {}
    assert_eq!(counts(&app)["flows"], 0);
}

/// A browser that stays signed in for long gives grants without number.
#[tokio::test]
async fn a_session_with_many_grants_is_let_go_in_small_batches() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    app.tokens_for(&client, ALICE).await;
    let mut raw = app.raw();
    for statement in [
        "INSERT INTO grants SELECT (jsonb_populate_record(g, jsonb_build_object('id', \
         gen_random_uuid(), 'code_hash', sha256(n::text::bytea)))).* \
         FROM grants g, generate_series(1, 4) AS n",
        "CREATE TABLE changes (rows bigint)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         INSERT INTO changes SELECT count(*) FROM old_rows; RETURN NULL; END'",
        "CREATE TRIGGER note AFTER UPDATE ON grants REFERENCING OLD TABLE AS old_rows \
         FOR EACH STATEMENT EXECUTE FUNCTION note()",
    ] {
        sql_query(statement).execute(&mut raw).unwrap();
    }
    app.clock.advance(TimeDelta::days(3));
    let small = Purge { lines: LINES, batch: 2, batches: 9, pause: Duration::ZERO };
    purge_with(&runner_of(&app, small)).await;
    assert_eq!((counts(&app)["sessions"], counts(&app)["grants"]), (0, 5));
    assert_eq!(count(&mut raw, "changes", "rows > 2"), 0);
    assert_eq!(count(&mut raw, "changes", "rows = 2"), 2);
}

/// One line that fails keeps no other from its work, and the job is known to have failed.
#[tokio::test]
async fn a_line_that_fails_is_told_and_the_others_go_on() {
    let app = TestApp::start();
    rubbish(&app).await;
    let mut raw = app.raw();
    raw.transaction(|raw| {
        sql_query(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
             AS 'BEGIN RAISE EXCEPTION ''no more''; END'",
        )
        .execute(raw)?;
        sql_query(
            "CREATE TRIGGER refuse BEFORE DELETE ON flows \
             FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .execute(raw)
    })
    .unwrap();
    let jobs = app.node().jobs();
    let asked = jobs.run_now("purge", &latchkey::jobs::Stopping::never()).await;
    assert!(asked.unwrap_err().to_string().contains("no more"));
    let left = counts(&app);
    assert!(left["flows"] > 0);
    assert_eq!(left["grants"], 0, "{left:?}");
    let record = app.node().db().load(|tx| tx.jobs().find("purge")).await.unwrap().unwrap();
    assert!(record.is_failing());
}

#[tokio::test]
async fn a_purge_whose_turn_another_node_took_over_stops() {
    let app = TestApp::start();
    rubbish(&app).await;
    let before = counts(&app);
    let mut raw = app.raw();
    // As soon as the turn is taken it is somebody else's.
    for statement in [
        "CREATE FUNCTION snatch() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN NEW.lease_id := gen_random_uuid(); RETURN NEW; END'",
        "CREATE TRIGGER snatch BEFORE UPDATE ON jobs FOR EACH ROW \
         WHEN (OLD.lease_id IS NULL AND NEW.lease_id IS NOT NULL) EXECUTE FUNCTION snatch()",
    ] {
        sql_query(statement).execute(&mut raw).unwrap();
    }
    let done = purge(&app).await;
    assert_eq!((done.handled(), done.more), (0, true));
    assert_eq!(counts(&app)["flows"], before["flows"]);
}

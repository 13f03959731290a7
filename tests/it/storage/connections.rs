//! Transactions, admission, and connections that die.

use std::convert::Infallible;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use latchkey::domain::rate_limit::AttemptKind;
use latchkey::storage::db::Db;
use latchkey::storage::error::StorageError;
use latchkey::storage::tx::Stop;

use super::{at, bench, bench_with, options};

#[test]
fn a_refusal_commits_and_a_failure_rolls_back() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let name = || bench.read(|tx| tx.users().find(user)).unwrap().user.name;

    let refused = bench.db.write_blocking::<(), &str>(|tx| {
        tx.users().set_name(user, Some("Refused"), at(1))?;
        Err(Stop::Refused("no"))
    });
    assert_eq!(refused.unwrap(), Err("no"));
    assert_eq!(name().as_deref(), Some("Refused"));

    let failed = bench.db.write_blocking::<(), &str>(|tx| {
        tx.users().set_name(user, Some("Failed"), at(2))?;
        Err(Stop::Failed(StorageError::Timeout))
    });
    assert!(matches!(failed, Err(StorageError::Timeout)));
    assert_eq!(name().as_deref(), Some("Refused"));
}

#[test]
fn a_failure_that_is_swallowed_does_not_pass_for_a_commit() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let outcome = bench.db.write_blocking::<(), Infallible>(|tx| {
        tx.users().set_name(user, Some("Lost"), at(1))?;
        let taken = super::client("app");
        tx.clients().insert(&taken)?;
        let secret = latchkey::domain::client::ClientSecret {
            id: latchkey::kernel::ids::ClientSecretId::new(&bench.env),
            hash: bench.secret(),
            created_at: at(1),
            expires_at: None,
        };
        let nobody = "nobody".parse().unwrap();
        assert!(tx.clients().add_secret(&nobody, &secret).is_err());
        Ok(())
    });
    assert!(outcome.is_err(), "{outcome:?}");
    let name = bench.read(|tx| tx.users().find(user)).unwrap().user.name;
    assert_eq!(name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn sql_of_ours_is_prepared_once() {
    let bench = bench_with(|options| options.pool_size = 1);
    let user = bench.user("a@example.org", true, None);
    let counter = (AttemptKind::Account, bench.secret());
    let turn = || {
        let before = (bench.db.statements(), bench.db.prepared());
        bench.write(|tx| {
            tx.users().hold(user)?;
            tx.attempts().reserve(&[(counter, at(900))], at(1))?;
            tx.attempts().release(&[counter])
        });
        (bench.db.statements() - before.0, bench.db.prepared() - before.1)
    };
    assert_eq!(turn(), (3, 3));
    assert_eq!(turn(), (3, 0));
}

#[test]
fn a_use_case_that_reads_cannot_write() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let outcome = bench.db.read_blocking::<bool, Infallible>(|tx| {
        Ok(tx.users().set_name(user, Some("Written"), at(1))?)
    });
    assert!(matches!(outcome, Err(StorageError::Other(_))));
    let name = bench.read(|tx| tx.users().find(user)).unwrap().user.name;
    assert_eq!(name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn statements_are_counted_without_begin_and_commit() {
    for named_statements in [true, false] {
        let bench = bench_with(|options| options.named_statements = named_statements);
        let user = bench.user("a@example.org", true, None);
        for _ in 0..3 {
            let before = bench.db.statements();
            bench.read(|tx| tx.users().find(user));
            assert_eq!(bench.db.statements() - before, 1);
            bench.write(|tx| {
                tx.users().find(user)?;
                tx.users().set_name(user, None, at(1))
            });
            assert_eq!(bench.db.statements() - before, 3);
        }
    }
}

#[tokio::test]
async fn case_f04_who_waits_too_long_is_told_so() {
    let bench = bench_with(|options| {
        options.pool_size = 1;
        options.acquire_timeout = Duration::from_millis(100);
    });
    // The first connection is there before its time is measured.
    let db = bench.db.clone();
    bench.db.write(|_| Ok::<_, Stop<Infallible>>(())).await.unwrap().unwrap();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (finish, may_finish) = std::sync::mpsc::channel::<()>();
    let slow = tokio::spawn(async move {
        db.write(move |_| {
            started.send(()).unwrap();
            may_finish.recv().unwrap();
            Ok::<_, Stop<Infallible>>(())
        })
        .await
    });
    has_started.await.unwrap();
    let refused = bench.db.load(|_| Ok(())).await;
    assert!(matches!(refused, Err(StorageError::Busy)), "{refused:?}");
    finish.send(()).unwrap();
    slow.await.unwrap().unwrap().unwrap();
    bench.db.load(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_panic_rolls_back_and_leaves_the_pool_whole() {
    let bench = bench_with(|options| options.pool_size = 1);
    let user = bench.user("a@example.org", true, None);
    let outcome = bench
        .db
        .write::<(), Infallible>(move |tx| {
            tx.users().set_name(user, Some("Panicked"), at(1))?;
            panic!("on purpose");
        })
        .await;
    assert!(matches!(outcome, Err(StorageError::Other(_))));
    let profile = bench.db.load(move |tx| tx.users().find(user)).await.unwrap().unwrap();
    assert_eq!(profile.user.name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn case_f01_the_pool_outlives_its_connections() {
    let bench = bench_with(|options| {
        options.pool_size = 2;
        options.min_idle = None;
    });
    let user = bench.user("a@example.org", true, None);
    let rename = |name: &'static str| {
        bench.db.write_blocking::<bool, Infallible>(|tx| {
            Ok(tx.users().set_name(user, Some(name), at(1))?)
        })
    };
    rename("Before").unwrap().unwrap();

    // A transaction that finds its connection dead begins on another one.
    end_connections(&bench.database.url());
    assert!(rename("After").unwrap().unwrap());
    assert!(rename("After").unwrap().unwrap());

    // A read may be what finds out. Whoever comes next is spared.
    end_connections(&bench.database.url());
    let read = || bench.db.read_blocking::<_, Infallible>(|tx| Ok(tx.users().find(user)?));
    if let Err(error) = read() {
        assert!(matches!(error, StorageError::Unavailable(_)), "{error:?}");
    }
    for _ in 0..4 {
        assert!(read().unwrap().unwrap().is_some());
    }
}

#[test]
fn case_f01_a_transaction_whose_connection_dies_is_undone() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let url = bench.database.url();
    let outcome = bench.db.write_blocking::<bool, Infallible>(|tx| {
        tx.users().set_name(user, Some("Lost"), at(1))?;
        end_connections(&url);
        Ok(tx.users().set_name(user, Some("Lost too"), at(1))?)
    });
    assert!(matches!(outcome, Err(StorageError::Unavailable(_))), "{outcome:?}");
    let name = bench.read(|tx| tx.users().find(user)).unwrap().user.name;
    assert_eq!(name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let mut options = options("postgres://u:hunter2@127.0.0.1:1/nothing");
    options.acquire_timeout = Duration::from_millis(500);
    let db = Db::connect(&options).unwrap();
    let outcome = db.read_blocking::<(), Infallible>(|_| Ok(()));
    let Err(StorageError::Unavailable(reason)) = outcome else { panic!("{outcome:?}") };
    assert!(!reason.contains("hunter2"), "{reason}");
    assert!(!format!("{options:?}").contains("hunter2"));
}

#[test]
fn a_statement_has_its_time() {
    let bench = bench_with(|options| options.statement_timeout = Duration::from_millis(200));
    let user = bench.user("a@example.org", true, None);
    let mut other = PgConnection::establish(&bench.database.url()).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let outcome =
        bench.db.read_blocking::<_, Infallible>(|tx| Ok(tx.users().find(user)?.is_some()));
    assert!(matches!(outcome, Err(StorageError::Timeout)), "{outcome:?}");
    other.batch_execute("ROLLBACK").unwrap();
    assert!(bench.read(|tx| tx.users().find(user)).is_some());
}

#[tokio::test]
async fn the_clocks_are_compared() {
    let bench = bench();
    let ours = bench.db.clock_offset(&bench.env).await.unwrap();
    assert!(ours.num_seconds().abs() < 5, "{ours}");
    bench.env.clock().correct(chrono::TimeDelta::hours(-1));
    let behind = bench.db.clock_offset(&bench.env).await.unwrap();
    assert!((behind - ours - chrono::TimeDelta::hours(1)).num_seconds().abs() < 5, "{behind}");
}

/// Ends every connection to a database but its own, and waits until they are gone.
fn end_connections(url: &str) {
    let mut other = PgConnection::establish(url).unwrap();
    other
        .batch_execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
}

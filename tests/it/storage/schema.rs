//! The schema's versions, and whether lookups have their indexes.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::domain::address::Identifier;
use latchkey::domain::rate_limit::AttemptKind;
use latchkey::kernel::secret::Secret;
use latchkey::storage::db::Db;
use latchkey::storage::migrate::{self, SchemaMismatch};

use super::{at, bench, options};
use crate::support::cluster;

#[test]
fn migrations_run_once_however_many_start_at_once() {
    let database = cluster::database("empty", |_| {});
    let url = Secret::new(database.url());
    let db = Db::connect(&options(url.expose())).unwrap();
    let check = || db.read_blocking(migrate::check).unwrap();
    let Err(SchemaMismatch::Older { missing }) = check() else { panic!("it is empty") };

    let run = || migrate::run(&url).unwrap();
    let mut ran: Vec<Vec<String>> = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..3).map(|_| scope.spawn(run)).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    ran.sort_by_key(Vec::len);
    assert_eq!(ran, [Vec::new(), Vec::new(), missing]);
    assert_eq!(check(), Ok(()));

    let mut raw = PgConnection::establish(url.expose()).unwrap();
    raw.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')")
        .unwrap();
    let unknown = vec!["99991231000000".to_owned()];
    assert_eq!(check(), Err(SchemaMismatch::Newer { unknown }));
}

#[derive(QueryableByName)]
struct Scanned {
    #[diesel(sql_type = Text)]
    relname: String,
    #[diesel(sql_type = BigInt)]
    seq_scan: i64,
}

#[test]
fn every_lookup_has_its_index() {
    let mut own = bench();
    // Small tables are read whole however they are indexed, unless that is made dear.
    let url = own.database.url();
    let separator = if url.contains('?') { '&' } else { '?' };
    let dear = format!("{url}{separator}options=-c%20enable_seqscan%3Doff");
    own.db = Db::connect(&options(&dear)).unwrap();
    let user = own.user("a@example.org", true, Some("ada"));
    let app = own.client("app");
    let (session, secret) = own.session(user);
    let grant = own.grant(user, &app, session, "openid");
    let token = own.refresh_token(grant.id);
    let by_email = Identifier::parse("a@example.org").unwrap();
    let by_name = Identifier::parse("ada").unwrap();
    own.write(|tx| {
        tx.grants().redeem(grant.id, Some(&token), at(1))?;
        tx.grants().find_by_code_for_update(grant.code.hash)?;
        tx.refresh_tokens().find_for_update(token.id)?;
        tx.users().find_by_subject("s")?;
        tx.users().find_by_identifier(&by_name)?;
        tx.users().identifier_taken(&by_email, secret)?;
        tx.users().identifier_taken(&by_name, secret)?;
        tx.users().sign_in_candidate(&by_email)?;
        tx.sessions().find_by_secret_with_consent(secret, &app)?;
        tx.sessions().list(user)?;
        tx.clients().find(&app)?;
        tx.consents().list(user)?;
        tx.one_time_links().find(secret)?;
        tx.attempts().load(&[(AttemptKind::Address, secret)], at(0))?;
        tx.devices().find(Some(secret), None)?;
        tx.roles().permissions_of(user)?;
        Ok(())
    });

    // Postgres adds a connection's numbers up when it ends.
    own.db = Db::connect(&options(&url)).unwrap();
    let mut raw = PgConnection::establish(&url).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut scans = || -> Vec<Scanned> {
        sql_query("SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE idx_scan > 0")
            .load(&mut raw)
            .unwrap()
    };
    while scans().iter().all(|table| table.relname != "grants") {
        assert!(Instant::now() < deadline, "no numbers");
        std::thread::yield_now();
    }
    let scanned: Vec<String> =
        scans().into_iter().filter(|table| table.seq_scan > 0).map(|table| table.relname).collect();
    assert_eq!(scanned, Vec::<String>::new());
}

//! A server that hangs: every process of it is halted, so that connections stay and nobody answers,
//! its own timeouts included.

use super::{World, answered, assert_unavailable};
use crate::support::faults;
use crate::support::flow::{assert_error, refresh_request};
use crate::support::postgres::Postgres;

/// More requests than a node has connections.
const REQUESTS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f01_a_server_that_hangs_is_answered_for_and_comes_back_by_itself() {
    let mut it = World::start().await;
    let request = it.code_request().await;
    let tokens = it.token(&it.code_request().await).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    it.becomes_ready().await;
    it.postgres.freeze();

    let answers = (0..REQUESTS).map(|_| it.token(&request));
    for page in futures_util::future::join_all(answers).await {
        assert_unavailable(&page);
    }
    it.says_that_the_database_is_away().await;
    // Whoever comes now is not let in either, whatever they bring.
    assert_eq!(answered(it.app.userinfo(access_token)).await.status, 503);
    assert_eq!(it.get("/login").await.status.as_u16() / 100, 5);

    it.postgres.thaw();
    it.becomes_ready().await;
    assert_eq!(it.app.userinfo(access_token).await.status, 200);
    // What was under way has gone on meanwhile, and was undone because nobody waited for it.
    it.assert_works_once(&request).await;
}

/// The code is spent in a COMMIT that takes longer than anybody waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f01_a_code_that_is_spent_too_late_is_spent() {
    let it = World::start_on(Postgres::start(), patient).await;
    let request = it.code_request().await;
    let mut holder = it.postgres.raw();
    faults::hold_commits(&mut holder, "audit_events");
    assert_unavailable(&it.token(&request).await);
    faults::let_go(&mut holder);
    committed(&it).await;
    // Its tokens are nobody's, and who tries again ends the family.
    assert_error(&it.token_at_other(&request).await, 400, "invalid_grant");
    assert_error(&it.token(&request).await, 400, "invalid_grant");
}

/// The refresh token is rotated in a COMMIT that takes longer than anybody waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f21_a_refresh_that_comes_too_late_makes_no_second_family() {
    let it = World::start_on(Postgres::start(), patient).await;
    let next = |page: &crate::support::agent::Page| {
        assert_eq!(page.status, 200, "{}", page.summary());
        refresh_request(page.json()["refresh_token"].as_str().unwrap())
    };
    let old = next(&it.token(&it.code_request().await).await);
    let mut holder = it.postgres.raw();
    faults::hold_commits(&mut holder, "audit_events");
    assert_unavailable(&it.token(&old).await);
    faults::let_go(&mut holder);
    committed(&it).await;
    let first = next(&it.token_at_other(&old).await);
    let again = next(&it.token(&old).await);
    assert_eq!(first.pairs(), again.pairs(), "one successor, however often it is asked for");
    let newest = next(&it.token(&first).await);
    assert_error(&it.token(&old).await, 400, "invalid_grant");
    assert_error(&it.token(&newest).await, 400, "invalid_grant");
}

/// With Postgres' own timeouts out of the way.
fn patient(config: &mut latchkey::config::Config) {
    config.database.statement_timeout = std::time::Duration::from_secs(600);
}

/// Waits until nothing is under way any more.
async fn committed(it: &World) {
    super::eventually("everything is committed", || async {
        let mut watcher = it.postgres.raw();
        let open = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND state <> 'idle'";
        diesel::RunQueryDsl::execute(diesel::sql_query(open), &mut watcher).unwrap() == 0
    })
    .await;
}

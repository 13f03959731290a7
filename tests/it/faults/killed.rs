//! A server that is killed (`kill -9` of the postmaster) and started again.

use super::{World, assert_unavailable};
use crate::identity::world::until;
use crate::support::faults;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f01_a_server_killed_while_a_code_is_redeemed() {
    let mut it = World::start().await;
    let request = it.code_request().await;
    it.becomes_ready().await;
    let mut holder = it.postgres.raw();
    faults::hold_rows(&mut holder, "grants");
    let mut watcher = it.postgres.raw();
    let (page, ()) = {
        let postgres = &mut it.postgres;
        let asking = it.app.token(&it.client, &request);
        let kill = async {
            until("the request waits", || faults::waiting(&mut watcher) > 0).await;
            postgres.kill();
        };
        tokio::join!(super::answered(asking), kill)
    };
    assert_unavailable(&page);
    it.says_that_the_database_is_away().await;
    assert_unavailable(&it.token(&request).await);

    it.postgres.resume();
    it.becomes_ready().await;
    it.assert_works_once(&request).await;
}

//! A network that loses, delays, swallows and resets what is between a node and Postgres, and
//! transactions that get in each other's way (F33).

use std::time::Duration;

use diesel::connection::SimpleConnection as _;

use super::{World, answered, assert_unavailable, becomes_ready, becomes_unready, target};
use crate::identity::world::until;
use crate::support::agent::Page;
use crate::support::app::Running;
use crate::support::faults;
use crate::support::flow::{Params, assert_error};
use crate::support::relay::{Network, Relay};

/// A node that reaches the database through a network of the test's.
fn far_node(it: &World) -> (Relay, Running) {
    let relay = Relay::to(it.postgres.port());
    let url = relay.url(&it.postgres.url(), it.postgres.port());
    let node = it.app.node_with(|config| config.database.target = target(url));
    (relay, node)
}

async fn token_at(it: &World, node: &Running, request: &Params) -> Page {
    answered(it.app.token_at(&node.at("/oauth2/token"), &it.client, request)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f33_a_network_that_swallows_or_resets_everything() {
    let it = World::start().await;
    let (relay, node) = far_node(&it);
    becomes_ready(&node.at("")).await;
    for network in [Network::Reset, Network::BlackHole] {
        let request = it.code_request().await;
        relay.set(network);
        assert_unavailable(&token_at(&it, &node, &request).await);
        becomes_unready(&node.at("")).await;
        assert_unavailable(&token_at(&it, &node, &request).await);
        assert_eq!(super::health(&node.at(""), "live").await.status, 200);
        let jwks = it.app.machine().get(&node.at("/oauth2/jwks")).await;
        assert_eq!(jwks.status, 200, "{}", jwks.summary());
        relay.set(Network::Good);
        becomes_ready(&node.at("")).await;
        it.assert_works_once(&request).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f33_a_lossy_network_gives_an_answer_or_503_and_spends_no_code_twice() {
    let it = World::start().await;
    let (relay, node) = far_node(&it);
    becomes_ready(&node.at("")).await;
    let mut requests = Vec::new();
    for _ in 0..6 {
        requests.push(it.code_request().await);
    }
    relay.set(Network::Lossy { loss: 5, jitter: Duration::from_millis(200) });
    let answers =
        futures_util::future::join_all(requests.iter().map(|it_is| token_at(&it, &node, it_is)));
    for (page, request) in answers.await.iter().zip(&requests) {
        if page.status == 200 {
            assert_error(&it.token(request).await, 400, "invalid_grant");
            continue;
        }
        assert_unavailable(page);
        // Unspent it works once more; spent in a COMMIT whose answer was late, never again.
        let second = it.token(request).await;
        if second.status != 200 {
            assert_error(&second, 400, "invalid_grant");
        }
        assert_error(&it.token(request).await, 400, "invalid_grant");
    }
    relay.set(Network::Good);
    becomes_ready(&node.at("")).await;
    let page = token_at(&it, &node, &it.code_request().await).await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

/// Postgres ends the request's transaction with 40P01.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f33_a_deadlock_is_no_error_of_the_request() {
    let it = World::start().await;
    let request = it.code_request().await;
    let mut holder = it.postgres.raw();
    // Who waits for longer than this looks for a deadlock and gives way; the holder does not.
    holder.batch_execute("SET deadlock_timeout = '1h'").unwrap();
    faults::hold_table(&mut holder, "audit_events");
    let mut watcher = it.postgres.raw();
    let lock = async {
        until("the request waits", || faults::waiting(&mut watcher) > 0).await;
        let locked = tokio::task::spawn_blocking(move || {
            holder.batch_execute("SELECT 1 FROM grants FOR UPDATE").unwrap();
            faults::let_go(&mut holder);
        });
        locked.await.unwrap();
    };
    let (page, ()) = tokio::join!(it.token(&request), lock);
    assert_unavailable(&page);
    assert!(!page.summary().contains("deadlock"), "{}", page.summary());
    it.assert_works_once(&request).await;
}

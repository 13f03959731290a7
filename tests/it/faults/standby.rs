//! A database that takes no writes: for a while, or because it copies another one (F06).

use latchkey::app::StartError;
use latchkey::storage::StorageError;

use super::{
    World, answered, assert_unavailable, becomes_ready, becomes_unready, eventually, target,
};
use crate::support::flow::{Params, assert_error, refresh_request};
use crate::support::postgres::Postgres;
use crate::support::relay::Relay;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f06_without_writes_nothing_is_issued_until_they_are_back() {
    let it = World::start().await;
    let request = it.code_request().await;
    let tokens = it.token(&it.code_request().await).await.json();
    let read_only = |on: &str| {
        let set = format!("ALTER DATABASE latchkey SET default_transaction_read_only = {on}");
        it.postgres.execute_in("postgres", &set);
        it.end_connections();
    };
    read_only("on");
    it.says_that_the_database_is_away().await;
    assert_unavailable(&it.token(&request).await);
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_unavailable(&it.token(&refresh).await);
    // What it says is true.
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(it.app.userinfo(access_token).await.status, 200);

    read_only("off");
    it.becomes_ready().await;
    assert_eq!(it.token(&refresh).await.status, 200);
    it.assert_works_once(&request).await;
}

/// The addresses of both servers stand in the configuration; the nodes find the one that takes writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f06_a_promoted_standby_takes_over_without_a_restart() {
    let primary = Postgres::start();
    let standby = primary.standby();
    let both = primary.url().replace(
        &format!("127.0.0.1:{}", primary.port()),
        &format!("127.0.0.1:{},127.0.0.1:{}", standby.port(), primary.port()),
    );
    let mut it = World::start_on(primary, |config| config.database.target = target(both)).await;
    let request = it.code_request().await;
    let revoked = it.token(&it.code_request().await).await.json();
    let access_token = revoked["access_token"].as_str().unwrap();
    revoke(&it, access_token).await;
    it.becomes_ready().await;
    standby.catch_up_with(&it.postgres);

    it.postgres.kill();
    it.says_that_the_database_is_away().await;
    assert_unavailable(&it.token(&request).await);

    standby.promote();
    it.becomes_ready().await;
    it.assert_works_once(&request).await;
    assert_error(&it.app.userinfo(access_token).await, 401, "invalid_token");
    drop(it);
}

/// A pooler leads the node to a server that is behind, and does not know of a revocation yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f06_a_stale_standby_is_not_believed() {
    let it = World::start().await;
    let standby = it.postgres.standby();
    let tokens = it.token(&it.code_request().await).await.json();
    let access_token = tokens["access_token"].as_str().unwrap().to_owned();
    standby.catch_up_with(&it.postgres);
    standby.pause();

    for attributes in ["", "?target_session_attrs=any"] {
        let relay = Relay::to(it.postgres.port());
        let url = relay.url(&it.postgres.url(), it.postgres.port()) + attributes;
        let node = it.app.node_with(|config| config.database.target = target(url));
        becomes_ready(&node.at("")).await;
        let url = node.at("/oauth2/userinfo");
        let userinfo = || it.app.userinfo_at(&url, &access_token);
        if attributes.is_empty() {
            assert_eq!(userinfo().await.status, 200);
            revoke(&it, &access_token).await;
        }
        relay.lead_to(standby.port());
        if !attributes.is_empty() {
            // libpq itself would take it; the next look at the database does not.
            eventually("it has looked", || async {
                let looked = node.node.refresh().await;
                matches!(looked, Err(StartError::Storage(StorageError::ReadOnly)))
            })
            .await;
        }
        assert_eq!(answered(userinfo()).await.status, 503);
        becomes_unready(&node.at("")).await;
        assert_eq!(answered(userinfo()).await.status, 503);
        assert_eq!(super::health(&node.at(""), "live").await.status, 200);

        relay.lead_to(it.postgres.port());
        becomes_ready(&node.at("")).await;
        assert_error(&userinfo().await, 401, "invalid_token");
    }
}

async fn revoke(it: &World, token: &str) {
    let request = Params::new(&[("token", token)]);
    let page = it.app.token_at(&it.app.at("/oauth2/revoke"), &it.client, &request).await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

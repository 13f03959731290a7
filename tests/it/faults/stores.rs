//! No cache stands beside Postgres: what counts guesses and remembers what was used is in the
//! database, the same for every node, and without it nobody is let in (F15).

use futures_util::future::join_all;

use super::{ALICE, World, answered, assert_unavailable};
use crate::support::flow::{Params, assert_error, authorization_request, refresh_request};
use crate::support::people::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f15_what_was_used_is_known_to_every_node_and_to_none_without_the_database() {
    let mut it = World::start().await;
    let (spent, unspent) = (it.code_request().await, it.code_request().await);
    let tokens = it.token(&spent).await.json();
    let old = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let newer = it.token_at_other(&old).await.json();
    let revoked = it.token(&it.code_request().await).await.json();
    let revoked = revoked["access_token"].as_str().unwrap();
    let request = Params::new(&[("token", revoked)]);
    let page = it.app.token_at(&it.other.at("/oauth2/revoke"), &it.client, &request).await;
    assert_eq!(page.status, 200);

    it.postgres.kill();
    let newer_refresh = refresh_request(newer["refresh_token"].as_str().unwrap());
    // Each waits for the database as long as it may, so all of them do at once.
    let tokens = [revoked, newer["access_token"].as_str().unwrap()];
    let unavailable = [&spent, &unspent, &old, &newer_refresh].map(async |request| {
        let (one, other) = tokio::join!(it.token(request), it.token_at_other(request));
        assert_unavailable(&one);
        assert_unavailable(&other);
    });
    let unheard = tokens.map(async |token| {
        assert_eq!(answered(it.app.userinfo(token)).await.status, 503);
    });
    tokio::join!(join_all(unavailable), join_all(unheard));

    it.postgres.resume();
    it.becomes_ready().await;
    assert_error(&it.app.userinfo(revoked).await, 401, "invalid_token");
    assert_error(&it.token_at_other(&spent).await, 400, "invalid_grant");
    assert_error(&it.token(&newer_refresh).await, 400, "invalid_grant");
    it.assert_works_once(&unspent).await;
}

/// Guesses are counted across nodes and across an outage; while it lasts none is judged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f15_guesses_go_on_counting_over_nodes_and_an_outage() {
    let mut it = World::start().await;
    let form = |node: &str| {
        let url =
            format!("{node}/oauth2/authorize?{}", authorization_request(&it.client).encoded());
        let machine = it.app.machine();
        async move { machine.get(&url).await.follow_all().await }
    };
    let nodes = it.nodes();
    let mut judged = 0;
    // Ten wrong ones at the most, whichever node is asked.
    for attempt in 0..24 {
        let page = form(&nodes[attempt % 2]).await;
        let form = page.form("#login-form").fill("identifier", ALICE);
        if attempt == 2 {
            it.postgres.kill();
            for password in ["wrong horse", PASSWORD] {
                let page = answered(form.clone().fill("password", password).submit()).await;
                assert_eq!(page.status, 503, "{}", page.summary());
                assert!(page.set_cookies().is_empty());
            }
            it.postgres.resume();
            it.becomes_ready().await;
            continue;
        }
        let page = form.fill("password", "wrong horse").submit().await;
        if page.status == 429 {
            break;
        }
        judged += 1;
    }
    assert!((1..=10).contains(&judged), "{judged} guesses were judged");
    let page = form(&nodes[0]).await;
    let form = page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    let page = form.submit().await;
    assert_eq!(page.status, 429, "the right password is kept out as well: {}", page.summary());
}

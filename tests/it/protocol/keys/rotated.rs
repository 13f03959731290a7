//! Rotations under way: F22 and F39.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::app::StartError;
use latchkey::crypto::keyring::Spare;
use latchkey::domain::signing_key::KeyState;
use latchkey::protocol::keys::KeysRefusal;

use super::{
    Verifier, access, is_active, kid, max_age, program, rotate, set, signing, stored, worker,
};
use crate::support::app::TestApp;

/// Seconds between two moments that are looked at.
const STEP: i64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f22_no_token_is_unverifiable_through_dozens_of_rotations_over_two_nodes() {
    let app = TestApp::start();
    let other = app.second_node();
    let nodes = [app.node(), &other.node];
    let program = program(&app, &worker(&app).await);
    let wanted = [("grant_type", "client_credentials")];
    set(&app, &nodes, "signing_key_publication", 60).await;
    let tokens_at = [app.at("/oauth2/token"), other.at("/oauth2/token")];
    let asked_at = [other.at("/oauth2/introspect"), app.at("/oauth2/introspect")];
    let mut parties = [
        Verifier::new(&app, app.at("/oauth2/jwks")),
        Verifier::new(&app, other.at("/oauth2/jwks")),
    ];
    let mut signed_with = vec![signing(&app).await];
    let mut live: Vec<(String, DateTime<Utc>)> = Vec::new();
    let mut steps = 0;
    while signed_with.len() <= 24 {
        steps += 1;
        assert!(steps < 500, "it does not rotate: {signed_with:?}");
        app.clock.advance(TimeDelta::seconds(STEP));
        // One node keeps up; the other one is as far behind as a node may be.
        let node = nodes[steps % 2];
        node.refresh().await.unwrap();
        let seen = signing(&app).await;
        let (first, second, rotated, kept) = tokio::join!(
            program.post(&tokens_at[0], &wanted),
            program.post(&tokens_at[1], &wanted),
            rotate(&app, node, &seen, None, false),
            node.keep_keys(),
        );
        assert!(matches!(&rotated, Ok(_) | Err(KeysRefusal::NoKey)), "{rotated:?}");
        // Put off: the node makes one by itself at this moment.
        assert!(matches!(&kept, Ok(()) | Err(StartError::KeyPutOff)), "{kept:?}");
        live.retain(|(_, since)| app.now() < *since + TimeDelta::minutes(15));
        for (index, page) in [first, second].iter().enumerate() {
            let token = access(page);
            // The other node knows the key the moment that it signs.
            assert!(is_active(&program, &asked_at[index], &token).await, "step {steps}");
            let kid = kid(&token);
            if *signed_with.last().unwrap() != kid {
                assert!(!signed_with.contains(&kid), "a key that was retired signs again");
                signed_with.push(kid);
            }
            live.push((token, app.now()));
        }
        for party in &mut parties {
            party.look(&app).await;
            for (token, since) in &live {
                assert!(party.verifies(token), "step {steps}: {} of {since}", kid(token));
            }
        }
    }
}

#[tokio::test]
async fn case_f22_a_key_set_is_never_kept_until_the_next_key_signs() {
    let app = TestApp::start();
    let jwks = || async { max_age(&app.machine().get(&app.at("/oauth2/jwks")).await) };
    assert_eq!(jwks().await, 300);
    set(&app, &[app.node()], "signing_key_publication", 120).await;
    assert_eq!(jwks().await, 60);
    // A node that could not look for a while promises less and less.
    app.clock.advance(TimeDelta::seconds(45));
    assert!([15, 60].contains(&jwks().await), "60 when the node has just looked by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f39_rotations_at_the_same_moment_end_with_one_active_key() {
    let app = TestApp::start();
    let other = app.second_node();
    let seen = signing(&app).await;
    let spare = || Some(Spare::make().unwrap());
    let (a, b, c, d) = tokio::join!(
        rotate(&app, app.node(), &seen, spare(), true),
        rotate(&app, &other.node, &seen, spare(), true),
        rotate(&app, app.node(), &seen, spare(), true),
        rotate(&app, &other.node, &seen, spare(), true),
    );
    let (done, refused): (Vec<_>, Vec<_>) = [a, b, c, d].into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1, "{done:?} {refused:?}");
    for refusal in refused {
        assert!(matches!(refusal, Err(KeysRefusal::Overtaken(_))), "{refusal:?}");
    }
    // The schedule's own steps come from both nodes, too.
    for node in [app.node(), &other.node] {
        node.refresh().await.unwrap();
    }
    app.clock.advance(TimeDelta::days(91));
    let (one, two) = tokio::join!(app.node().keep_keys(), other.node.keep_keys());
    one.unwrap();
    two.unwrap();
    let keys = stored(app.node()).await;
    let count = |state| keys.iter().filter(|key| key.state == state).count();
    assert_eq!((count(KeyState::Active), count(KeyState::Next)), (1, 1));
    let mut kids: Vec<_> = keys.iter().map(|key| &key.kid).collect();
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    assert_eq!(keys.len(), 4, "one more for the rotation and one for the schedule");
}

#[tokio::test]
async fn two_who_rotate_without_hurry_rotate_once() {
    let app = TestApp::start();
    let seen = signing(&app).await;
    let first = rotate(&app, app.node(), &seen, None, false).await.unwrap();
    let second = rotate(&app, app.node(), &seen, None, false).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.at, first.ripe_at, "as soon as it was published for an hour");
}

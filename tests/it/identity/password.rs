//! Signing in with a password.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::Actor;
use latchkey::domain::flow::FlowEnded;
use latchkey::identity::login::{FlowError, Next};
use latchkey::kernel::ids::FlowId;

use super::world::{Browser, PASSWORD, World, context, typed, until};

#[tokio::test]
async fn the_right_password_signs_in_and_the_name_may_be_spelled_freely() {
    let world = World::new().await;
    let person = world.person("Alice@Example.org").await;
    for name in ["alice@example.org", " ALICE@EXAMPLE.ORG "] {
        let mut browser = Browser::new();
        let flow = world.account_flow(&browser).await;
        let advanced = world.login(&mut browser, flow, name, PASSWORD).await.unwrap();
        assert_eq!(advanced.next, Next::Done);
        assert_eq!(world.who(&browser).await.unwrap().profile.user.id, person);
    }
    assert_eq!(world.trail("session.sign_in").await, 2);
}

#[tokio::test]
async fn case_175_every_refusal_is_the_same_and_case_176_costs_the_same() {
    let world = World::new().await;
    world.person("existing@example.org").await;
    world.account("no-password@example.org", None, &[]).await;
    world.unverified("unverified@example.org").await;
    world.person_named("locked@example.org", "locked").await;
    let closed = world.person("closed@example.org").await;
    world.identity.disable_user(Actor::Operator, closed, &context()).await.unwrap();
    // The account is locked by its other name, from elsewhere.
    for n in 0..5 {
        let browser = Browser::at_address(&format!("198.51.100.{n}"));
        assert!(!world.signed_in_with(&browser, "locked", "wrong horse").await);
    }
    let kinds =
        ["existing", "absent", "closed", "locked", "unverified", "no-password"].map(|kind| {
            let name = format!("{kind}@example.org");
            (name, Browser::at_address("203.0.113.7"))
        });
    // To the fifth miss, which locks, and beyond.
    for nth in 1..=7 {
        let mut seen = vec![];
        for (name, browser) in &kinds {
            let flow = world.account_flow(browser).await;
            let before = (world.hasher.hashes(), world.db.statements(), world.db.transactions());
            let refused =
                world.login(&mut browser.clone(), flow, name, "wrong horse").await.unwrap_err();
            let (kind, standing) = match &refused {
                FlowError::WrongCredentials(standing) => ("wrong", standing),
                FlowError::TooMany { standing, .. } => ("too many", standing),
                other => panic!("{other:?}"),
            };
            let left: Vec<_> = standing.iter().filter(|it| it.name != "address").cloned().collect();
            let cost = (
                world.hasher.hashes() - before.0,
                world.db.statements() - before.1,
                world.db.transactions() - before.2,
            );
            seen.push((kind, left, cost));
        }
        let (first, name) = (&seen[0], &kinds[0].0);
        for (other, (of, _)) in seen.iter().zip(&kinds) {
            assert_eq!(other, first, "attempt {nth}: {of} and {name}");
        }
        let (kind, _, (hashes, ..)) = first;
        let expected = if nth <= 5 { ("wrong", 1) } else { ("too many", 0) };
        assert_eq!((*kind, *hashes), expected, "attempt {nth}");
    }
}

#[tokio::test]
async fn case_175_a_closed_account_is_refused_like_a_wrong_password() {
    let world = World::new().await;
    let closed = world.person("closed@example.org").await;
    world.identity.disable_user(Actor::Operator, closed, &context()).await.unwrap();
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    for password in ["wrong horse", PASSWORD] {
        let hashes = world.hasher.hashes();
        let refused = world.login(&mut browser, flow, "closed@example.org", password).await;
        assert!(matches!(refused, Err(FlowError::WrongCredentials(_))), "{refused:?}");
        assert_eq!(world.hasher.hashes() - hashes, 1);
    }
    // What can name nobody is hashed all the same.
    let hashes = world.hasher.hashes();
    world.login(&mut browser, flow, "a b", "wrong horse").await.unwrap_err();
    assert_eq!(world.hasher.hashes() - hashes, 1);
    assert!(browser.session.is_none() && browser.device.is_none());
    assert_eq!(world.trail("session.sign_in_refused").await, 3);
}

#[tokio::test]
async fn case_182_an_overlong_password_is_wrong_without_hashing() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let hashes = world.hasher.hashes();
    let refused = world.login(&mut browser, flow, "alice@example.org", &"x".repeat(1 << 20)).await;
    assert!(matches!(refused, Err(FlowError::WrongCredentials(_))), "{refused:?}");
    assert_eq!(world.hasher.hashes(), hashes);
}

#[tokio::test]
async fn case_257_every_sign_in_gives_a_new_cookie_and_the_old_one_is_dead() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let mut browser = Browser::new();
    // Planted beforehand by somebody else: it never becomes a session.
    let planted = latchkey::kernel::token_hash::TokenHash::of("planted");
    browser.session = Some(planted);
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    let first = (browser.clone(), world.who(&browser).await.unwrap().session);
    assert!(world.identity.signed_in(planted).await.unwrap().is_none());

    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    let second = world.who(&browser).await.unwrap().session;
    assert!(world.who(&first.0).await.is_none(), "the old cookie");
    assert_eq!(second.id, first.1.id, "one browser, one session");
    assert_eq!(second.sid, first.1.sid);
}

#[tokio::test]
async fn a_double_click_signs_in_once() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let click = || async {
        let mut browser = browser.clone();
        world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
        browser
    };
    let (first, second) = tokio::join!(click(), click());
    let alive = [world.who(&first).await, world.who(&second).await];
    assert_eq!(alive.iter().flatten().count(), 1, "the later answer's cookie is the one");
    assert_eq!(world.identity.sessions(person).await.unwrap().len(), 1);
}

#[tokio::test]
async fn case_159_another_person_in_the_same_browser_gets_a_session_of_their_own() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    world.person("bob@example.org").await;
    let mut browser = world.signed_in_browser("alice@example.org").await;
    let (alices, alice) = (browser.clone(), world.who(&browser).await.unwrap());
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, "bob@example.org", PASSWORD).await.unwrap();
    let bob = world.who(&browser).await.unwrap();
    assert_ne!(bob.session.id, alice.session.id);
    assert_ne!(bob.session.sid, alice.session.sid);
    assert!(world.who(&alices).await.is_none());
    assert!(world.identity.sessions(alice.profile.user.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_first_answer_that_was_lost_leaves_no_session_behind() {
    let world = World::new().await;
    let alice = world.person("alice@example.org").await;
    world.person("bob@example.org").await;
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser.clone(), flow, "alice@example.org", PASSWORD).await.unwrap();
    // The browser never saw that answer, and somebody else goes on.
    world.login(&mut browser.clone(), flow, "bob@example.org", PASSWORD).await.unwrap();
    assert!(world.identity.sessions(alice).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_flow_belongs_to_its_browser_and_its_time() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let other = world.login(&mut Browser::new(), flow, "alice@example.org", PASSWORD).await;
    assert!(matches!(other, Err(FlowError::OtherBrowser)), "{other:?}");
    let unknown = FlowId::new(&world.env);
    let unknown = world.login(&mut browser, unknown, "alice@example.org", PASSWORD).await;
    assert!(matches!(unknown, Err(FlowError::NotFound)), "{unknown:?}");
    world.pass(chrono::TimeDelta::hours(1));
    let late = world.login(&mut browser, flow, "alice@example.org", PASSWORD).await;
    assert!(matches!(late, Err(FlowError::Ended(FlowEnded::Expired))), "{late:?}");
    let finished = world.account_flow(&browser).await;
    world.change(move |tx, env| tx.flows().finish(finished, env.now())).await;
    let over = world.login(&mut browser, finished, "alice@example.org", PASSWORD).await;
    assert!(matches!(over, Err(FlowError::Ended(FlowEnded::Finished))), "{over:?}");
    assert!(browser.session.is_none());
}

#[tokio::test]
async fn what_cannot_be_written_down_is_no_sign_in() {
    for broken in ["audit_events", "attempt_counters"] {
        let world = World::new().await;
        let person = world.person("alice@example.org").await;
        let mut browser = Browser::new();
        let flow = world.account_flow(&browser).await;
        sql_query(format!("ALTER TABLE {broken} RENAME TO gone"))
            .execute(&mut world.raw())
            .unwrap();
        for password in [PASSWORD, "wrong horse"] {
            let answer = world.login(&mut browser, flow, "alice@example.org", password).await;
            assert!(matches!(answer, Err(FlowError::Storage(_))), "{broken}: {answer:?}");
        }
        assert!(world.identity.sessions(person).await.unwrap().is_empty(), "{broken}");
    }
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_does_not_sign_in() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let new_hash = world.hasher.hash(&world.env, "new password".into()).await.unwrap();
    // Somebody is changing it, and has not committed yet.
    let mut changer = world.raw();
    for statement in [
        "BEGIN".to_owned(),
        format!(
            "UPDATE users SET credentials_changed_at = credentials_changed_at WHERE id = '{person}'"
        ),
        format!("UPDATE password_credentials SET phc = '{new_hash}' WHERE user_id = '{person}'"),
    ] {
        sql_query(statement).execute(&mut changer).unwrap();
    }
    let (mut watcher, identity) = (world.raw(), world.identity.clone());
    let (at, ctx) = (browser.at(flow), browser.context());
    let login = tokio::spawn(async move {
        identity.advance(at, typed("alice@example.org", PASSWORD), &ctx).await
    });
    until("the sign-in waits for the change", || {
        let waiting = "SELECT 1 FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(waiting).execute(&mut watcher).unwrap() > 0
    })
    .await;
    sql_query("COMMIT").execute(&mut changer).unwrap();
    let refused = login.await.unwrap();
    assert!(matches!(refused, Err(FlowError::WrongCredentials(_))), "{refused:?}");
    assert!(world.login(&mut browser, flow, "alice@example.org", "new password").await.is_ok());
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_even_under_a_double_click() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let node = world.costlier_node();
    let browser = Browser::new();
    let flow = node.account_flow(&browser).await;
    let click = || async {
        node.login(&mut browser.clone(), flow, "alice@example.org", PASSWORD).await.unwrap();
    };
    tokio::join!(click(), click(), click());
    let hashes = node.hasher.hashes();
    click().await;
    assert_eq!(node.hasher.hashes() - hashes, 1, "the new hash is not replaced again");
}

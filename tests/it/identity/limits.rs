//! How often somebody may try.

use chrono::TimeDelta;
use latchkey::domain::audit::Actor;
use latchkey::identity::login::FlowError;

use super::world::{Browser, PASSWORD, World, context, typed};

async fn is_too_many(world: &World, browser: &Browser, name: &str, password: &str) -> bool {
    let mut browser = browser.clone();
    let flow = world.account_flow(&browser).await;
    match world.login(&mut browser, flow, name, password).await {
        Err(FlowError::TooMany { retry_at, .. }) => {
            assert!(retry_at > world.env.now());
            true
        }
        Ok(_) | Err(FlowError::WrongCredentials(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn case_172_five_misses_lock_an_identifier_whether_or_not_it_has_an_account() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    for name in ["alice@example.org", "absent@example.org"] {
        // From many addresses: the identifier is what counts.
        let browser = |n: u32| Browser::at_address(&format!("198.51.100.{n}"));
        for n in 0..5 {
            assert!(!is_too_many(&world, &browser(n), name, "wrong horse").await, "{name} {n}");
        }
        let hashes = world.hasher.hashes();
        assert!(is_too_many(&world, &browser(5), name, PASSWORD).await, "{name}");
        assert_eq!(world.hasher.hashes(), hashes, "a locked identifier costs no hash");
        let spelled = name.to_uppercase();
        assert!(is_too_many(&world, &browser(6), &spelled, PASSWORD).await, "{spelled}");
    }
    world.pass(TimeDelta::minutes(15));
    assert!(!is_too_many(&world, &Browser::new(), "alice@example.org", "wrong horse").await);
    assert!(!is_too_many(&world, &Browser::new(), "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn case_324_who_goes_on_beyond_the_limit_costs_no_hash_and_writes_nothing() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let browser = Browser::new();
    for name in ["alice@example.org", "absent@example.org"] {
        for _ in 0..5 {
            is_too_many(&world, &browser, name, "wrong horse").await;
        }
        let flow = world.account_flow(&browser).await;
        let (hashes, trail) = (world.hasher.hashes(), world.trail("session.sign_in_refused").await);
        let rows = world.rows("attempt_counters");
        for _ in 0..3 {
            let statements = world.db.statements();
            let refused = world.login(&mut browser.clone(), flow, name, PASSWORD).await;
            assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
            assert_eq!(world.db.statements() - statements, 4, "flow, name, browser, counters");
        }
        assert_eq!(world.hasher.hashes(), hashes);
        assert_eq!(world.rows("attempt_counters"), rows);
        assert_eq!(world.trail("session.sign_in_refused").await, trail);
    }
    assert_eq!(world.trail("user.locked").await, 1, "once per lock of an account");
    // Of the name that nobody has, the misses and one entry for the lock.
    assert_eq!(world.trail("session.sign_in_refused").await, 5 + 5 + 1);
    let lock = world.identity.user_lock(person).await.unwrap();
    assert_eq!((lock.misses_in_a_row, lock.is_final), (5, false));
    assert_eq!(lock.until, Some(world.env.now() + TimeDelta::minutes(15)));
}

#[tokio::test]
async fn case_172_a_success_forgets_the_misses() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let mut browser = Browser::new();
    for _ in 0..3 {
        for _ in 0..4 {
            assert!(!is_too_many(&world, &browser, "alice@example.org", "wrong horse").await);
        }
        let flow = world.account_flow(&browser).await;
        world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn case_172_parallel_guesses_on_two_nodes_are_counted_exactly() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let other = world.second_node();
    let hashes = world.hasher.hashes();
    let mut guesses = vec![];
    for n in 0..20 {
        let node = if n % 2 == 0 { &world } else { &other };
        let browser = Browser::at_address(&format!("198.51.100.{n}"));
        let flow = node.account_flow(&browser).await;
        let identity = node.identity.clone();
        guesses.push(tokio::spawn(async move {
            let input = typed("alice@example.org", "wrong horse");
            identity.advance(browser.at(flow), input, &browser.context()).await
        }));
    }
    let (mut wrong, mut too_many) = (0, 0);
    for guess in guesses {
        match guess.await.unwrap() {
            Err(FlowError::WrongCredentials(_)) => wrong += 1,
            Err(FlowError::TooMany { .. }) => too_many += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((wrong, too_many), (5, 15));
    assert_eq!(world.hasher.hashes() - hashes, 5, "nobody hashes beyond the limit");
    let noted = world.trail("session.sign_in_refused").await;
    assert_eq!(noted, 5, "those that were looked at");
    assert_eq!(world.trail("user.locked").await, 1);
}

#[tokio::test]
async fn case_172_an_address_has_a_budget_and_cannot_lock_everybody_out() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    world.configure(|settings| settings.max_logins_per_address = 3);
    let attacker = Browser::at_address("2001:db8:1:2::1");
    for n in 0..3 {
        let name = format!("person-{n}@example.org");
        assert!(!is_too_many(&world, &attacker, &name, "wrong horse").await);
    }
    let neighbour = Browser::at_address("2001:db8:1:2:ffff::9");
    for _ in 0..10 {
        assert!(is_too_many(&world, &neighbour, "alice@example.org", "wrong horse").await);
    }
    let elsewhere = Browser::at_address("2001:db8:1:3::1");
    assert!(!is_too_many(&world, &elsewhere, "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn successes_do_not_use_up_the_budget_of_an_address() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    world.configure(|settings| settings.max_logins_per_address = 2);
    let browser = Browser::new();
    for _ in 0..5 {
        assert!(!is_too_many(&world, &browser, "alice@example.org", PASSWORD).await);
    }
}

#[tokio::test]
async fn a_step_that_belongs_to_another_browser_counts_for_nobody() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let flow = world.account_flow(&Browser::new()).await;
    for _ in 0..10 {
        let refused =
            world.login(&mut Browser::new(), flow, "alice@example.org", "wrong horse").await;
        assert!(matches!(refused, Err(FlowError::OtherBrowser)), "{refused:?}");
    }
    assert!(!is_too_many(&world, &Browser::new(), "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn setting_a_password_unlocks_its_account() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let browser = Browser::new();
    for _ in 0..6 {
        is_too_many(&world, &browser, "alice@example.org", "wrong horse").await;
    }
    assert!(is_too_many(&world, &browser, "alice@example.org", PASSWORD).await);
    let by = Actor::Operator;
    world.identity.set_password(by, person, &"new password".into(), &context()).await.unwrap();
    assert!(!is_too_many(&world, &browser, "alice@example.org", "new password").await);
    assert!(world.signed_in_with(&browser, "alice@example.org", "new password").await);
}

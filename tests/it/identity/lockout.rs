//! Locks of accounts: over all their names, growing, ending, and the last one.

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use latchkey::domain::audit::Actor;

use super::world::{Browser, Guess, PASSWORD, World, context, until};

const ALICE: &str = "alice@example.org";

/// The `n`th of many addresses.
fn address(n: u32) -> String {
    format!("198.51.{}.{}", n / 250, n % 250 + 1)
}

impl World {
    /// Misses until nobody looks at a guess any more; tells how many were looked at, and for how
    /// many minutes the name is locked.
    async fn lock_out(&self, name: &str) -> (u32, i64) {
        for n in 0..20 {
            match self.guess(&address(n), name, "wrong horse").await {
                Guess::Wrong => {}
                Guess::TooMany(minutes) => return (n, minutes),
                Guess::In => panic!("a wrong password got in"),
            }
        }
        panic!("never locked");
    }
}

#[tokio::test]
async fn case_172_the_names_of_an_account_share_one_budget() {
    let world = World::new().await;
    world.person_named(ALICE, "alice").await;
    for n in 0..3 {
        assert_eq!(world.guess(&address(n), "alice", "wrong horse").await, Guess::Wrong);
    }
    for n in 3..5 {
        assert_eq!(world.guess(&address(n), ALICE, "wrong horse").await, Guess::Wrong);
    }
    assert_eq!(world.trail("user.locked").await, 1);
    // Neither name has had its five, so nobody is told; the right password is refused all the same.
    let hashes = world.hasher.hashes();
    for (n, name) in [(5, "alice"), (6, ALICE), (7, ALICE)] {
        assert_eq!(world.guess(&address(n), name, PASSWORD).await, Guess::Wrong, "{name}");
    }
    assert_eq!(world.hasher.hashes() - hashes, 3, "the work is that of a wrong password");
    assert_eq!(world.trail("user.locked").await, 1, "once per lock");
    world.pass(TimeDelta::minutes(15));
    assert_eq!(world.guess(&address(8), "alice", PASSWORD).await, Guess::In);
}

#[tokio::test]
async fn case_172_guesses_by_all_names_on_two_nodes_are_counted_exactly() {
    let world = World::new().await;
    let person = world.person_named(ALICE, "alice").await;
    let other = world.second_node();
    let mut guesses = vec![];
    for n in 0..16 {
        let node = if n % 2 == 0 { &world } else { &other };
        let name = if n % 4 < 2 { ALICE } else { "alice" };
        let browser = Browser::at_address(&address(n));
        let flow = node.account_flow(&browser).await;
        let identity = node.identity.clone();
        guesses.push(tokio::spawn(async move {
            let input = super::world::typed(name, "wrong horse");
            identity.advance(browser.at(flow), input, &browser.context()).await.is_err()
        }));
    }
    for guess in guesses {
        assert!(guess.await.unwrap());
    }
    let lock = other.identity.user_lock(person).await.unwrap();
    assert_eq!(lock.misses_in_a_row, 5, "the others were not looked at");
    assert_eq!(world.trail("user.locked").await, 1);
}

#[tokio::test]
async fn case_172_each_lock_is_longer_than_the_one_before_until_there_was_none_for_long() {
    let world = World::new().await;
    world.person(ALICE).await;
    for name in [ALICE, "absent@example.org"] {
        for minutes in [15, 30, 60, 120, 240, 480, 960, 1440, 1440] {
            assert_eq!(world.lock_out(name).await, (5, minutes), "{name}");
            world.pass(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
            assert_ne!(world.guess(&address(90), name, PASSWORD).await, Guess::In);
            world.pass(TimeDelta::seconds(1));
        }
        world.pass(TimeDelta::days(2));
        assert_eq!(world.lock_out(name).await, (5, 15), "{name}");
        world.pass(TimeDelta::minutes(15));
    }
    assert_eq!(world.guess(&address(91), ALICE, PASSWORD).await, Guess::In);
}

#[tokio::test]
async fn case_172_one_address_that_guesses_slowly_is_shut_out_by_itself() {
    let world = World::new().await;
    world.person_named(ALICE, "alice").await;
    let slow = "203.0.113.66";
    for n in 0..20 {
        assert_eq!(world.guess(slow, ALICE, "wrong horse").await, Guess::Wrong, "{n}");
        world.pass(TimeDelta::minutes(5));
    }
    let Guess::TooMany(minutes) = world.guess(slow, ALICE, PASSWORD).await else {
        panic!("looked at");
    };
    assert!(minutes > 20 * 60, "{minutes}");
    assert_eq!(world.guess(slow, "alice", PASSWORD).await, Guess::Wrong, "nor by another name");
    assert_eq!(world.trail("user.locked").await, 0);
    assert_eq!(world.guess(&address(1), ALICE, PASSWORD).await, Guess::In);
    world.pass(TimeDelta::days(1));
    assert_eq!(world.guess(slow, ALICE, PASSWORD).await, Guess::In);
}

#[tokio::test]
async fn case_172_a_hundred_addresses_get_five_guesses_and_a_hundred_accounts_a_hundred() {
    let world = World::new().await;
    world.person(ALICE).await;
    let hashes = world.hasher.hashes();
    for n in 0..100 {
        world.guess(&address(n), ALICE, "wrong horse").await;
    }
    assert_eq!(world.hasher.hashes() - hashes, 5);
    let (hashes, one) = (world.hasher.hashes(), "203.0.113.66");
    for n in 0..120 {
        world.guess(one, &format!("person-{n}@example.org"), "wrong horse").await;
    }
    assert_eq!(world.hasher.hashes() - hashes, 100);
    assert_eq!(world.guess(one, "new@example.org", "wrong horse").await, Guess::TooMany(15));
    world.pass(TimeDelta::minutes(15));
    for n in 0..100 {
        world.guess(one, &format!("another-{n}@example.org"), "wrong horse").await;
    }
    assert_eq!(world.guess(one, "new@example.org", "wrong horse").await, Guess::TooMany(30));
}

#[tokio::test]
async fn case_172_never_more_than_a_hundred_misses_in_a_row() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let owner = world.signed_in_browser(ALICE).await;
    let other = world.second_node();
    // Slowly, from everywhere, and never so fast that a lock begins.
    for n in 0..100 {
        let node = if n % 2 == 0 { &world } else { &other };
        assert_eq!(node.guess(&address(n), ALICE, "wrong horse").await, Guess::Wrong, "{n}");
        world.pass(TimeDelta::minutes(4));
    }
    let lock = other.identity.user_lock(person).await.unwrap();
    assert_eq!((lock.misses_in_a_row, lock.is_final), (100, true));
    assert_eq!(world.trail("user.locked").await, 1);
    world.pass(TimeDelta::days(30));
    // The hundred-and-first is not looked at, and what is answered is what it always was.
    assert_eq!(world.guess(&address(200), ALICE, PASSWORD).await, Guess::Wrong);
    assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 100);
    assert!(world.who(&owner).await.is_none(), "the session has run out, the browser is known");
    assert_eq!(other.guess_in(&owner, ALICE, PASSWORD).await, Guess::In);
    assert_eq!(world.guess(&address(201), ALICE, PASSWORD).await, Guess::Wrong, "still a stranger");

    let by = Actor::Operator;
    let lock = other.identity.unlock_user(by, person, &context()).await.unwrap();
    assert!(lock.is_final);
    assert_eq!(world.trail("user.unlocked").await, 1);
    assert_eq!(world.guess(&address(202), ALICE, PASSWORD).await, Guess::In);
}

#[tokio::test]
async fn case_172_a_success_ends_the_misses_in_a_row() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let known = world.signed_in_browser(ALICE).await;
    for n in 0..4 {
        world.guess(&address(n), ALICE, "wrong horse").await;
    }
    assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 4);
    assert_eq!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::In);
    assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 0);
    for n in 4..5 {
        world.guess(&address(n), ALICE, "wrong horse").await;
    }
    assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 1);
}

#[tokio::test]
async fn case_172_a_new_password_ends_every_lock_of_all_names() {
    let world = World::new().await;
    let person = world.person_named(ALICE, "alice").await;
    world.lock_out("alice").await;
    world.lock_out(ALICE).await;
    // The pair of account and address, too.
    for _ in 0..20 {
        world.pass(TimeDelta::minutes(20));
        world.guess("203.0.113.66", ALICE, "wrong horse").await;
    }
    world.lock_out(ALICE).await;
    let new = "another good one";
    world.identity.set_password(Actor::Operator, person, &new.into(), &context()).await.unwrap();
    for (ip, name) in [("203.0.113.66", ALICE), ("203.0.113.66", "alice"), ("203.0.113.9", ALICE)] {
        assert_eq!(world.guess(ip, name, new).await, Guess::In, "{ip} {name}");
    }
    assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 0);
    assert_eq!(world.lock_out(ALICE).await.1, 15, "the locks before are forgotten");
}

#[tokio::test]
async fn a_success_tells_nobody_else_that_it_happened() {
    let world = World::new().await;
    world.person(ALICE).await;
    let stranger = Browser::at_address("203.0.113.66");
    let left = |name: &'static str| {
        let (world, stranger) = (&world, stranger.clone());
        async move {
            let flow = world.account_flow(&stranger).await;
            let refused = world.login(&mut stranger.clone(), flow, name, "wrong horse").await;
            let Err(latchkey::identity::login::FlowError::WrongCredentials(left)) = refused else {
                panic!("{refused:?}");
            };
            left.into_iter().find(|it| it.name == "account").unwrap().remaining
        }
    };
    for name in [ALICE, "absent@example.org"] {
        let mut seen = vec![left(name).await, left(name).await];
        if name == ALICE {
            assert_eq!(world.guess("198.51.100.1", ALICE, PASSWORD).await, Guess::In);
        }
        seen.push(left(name).await);
        assert_eq!(seen, [4, 3, 2], "{name}");
    }
}

#[tokio::test]
async fn the_counters_of_an_account_go_with_it() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    world.guess(&address(1), ALICE, "wrong horse").await;
    assert!(world.rows("attempt_counters").iter().any(|row| row.contains("login_account_run")));
    world.identity.delete_user(Actor::Operator, person, &context()).await.unwrap();
    world.pass(TimeDelta::days(15));
    assert!(world.identity.remove_user(person).await.unwrap());
    let left = world.rows("attempt_counters");
    assert!(!left.iter().any(|row| row.contains("login_account")), "{left:?}");
}

#[tokio::test]
async fn case_172_a_guesser_who_hangs_up_is_on_the_trail_like_any_other() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let guess = world.login(&mut browser, flow, ALICE, "wrong horse");
    assert!(guess.now_or_never().is_none(), "nobody waits for the answer");
    let refused = |row: &String| row.contains("session.sign_in_refused");
    until("it was concluded", || world.rows("audit_events").iter().any(refused)).await;
}

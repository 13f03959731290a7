//! Browsers that an account knows.

use chrono::TimeDelta;
use latchkey::domain::audit::Actor;
use latchkey::kernel::token_hash::TokenHash;

use super::world::{Browser, Guess, PASSWORD, World, context};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";

impl World {
    /// A browser of somebody, in which nobody is signed in any more.
    async fn known_browser(&self, name: &str) -> Browser {
        Browser { session: None, ..self.signed_in_browser(name).await }
    }

    /// Strangers use up what they have.
    async fn strangers_lock(&self, name: &str) {
        for n in 0..6 {
            self.guess(&format!("198.51.100.{n}"), name, "wrong horse").await;
        }
    }
}

#[tokio::test]
async fn case_179_strangers_cannot_lock_the_owner_out_of_a_known_browser() {
    let world = World::new().await;
    world.person_named(ALICE, "alice").await;
    let other = world.second_node();
    let signed_in = world.signed_in_browser(ALICE).await;
    let known = world.known_browser(ALICE).await;
    world.strangers_lock(ALICE).await;
    world.strangers_lock("alice").await;
    assert!(other.who(&signed_in).await.is_some(), "sessions live on");
    for (node, name) in [(&world, ALICE), (&other, "alice")] {
        assert_ne!(node.guess("203.0.113.9", name, PASSWORD).await, Guess::In, "a stranger");
        assert_eq!(node.guess_in(&known, name, PASSWORD).await, Guess::In, "{name}");
    }
    // Nor by using up what an address has.
    let crowded = Browser { ip: "203.0.113.66".to_owned(), ..known };
    for n in 0..101 {
        world.guess(&crowded.ip, &format!("person-{n}@example.org"), "wrong horse").await;
    }
    assert!(matches!(world.guess(&crowded.ip, BOB, "wrong horse").await, Guess::TooMany(_)));
    assert_eq!(world.guess_in(&crowded, ALICE, PASSWORD).await, Guess::In);
    assert_ne!(world.guess("203.0.113.10", ALICE, PASSWORD).await, Guess::In, "still locked");
}

#[tokio::test]
async fn case_172_a_known_browser_has_five_misses_of_its_own() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let known = world.known_browser(ALICE).await;
    for round in [15, 30] {
        for n in 0..5 {
            // From anywhere: a known browser is known by its secret.
            let browser = Browser { ip: format!("198.51.100.{n}"), ..known.clone() };
            assert_eq!(world.guess_in(&browser, ALICE, "wrong horse").await, Guess::Wrong);
        }
        let hashes = world.hasher.hashes();
        assert_eq!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::TooMany(round));
        assert_eq!(world.hasher.hashes(), hashes);
        assert_eq!(world.identity.user_lock(person).await.unwrap().misses_in_a_row, 0);
        assert_eq!(world.guess("203.0.113.9", ALICE, PASSWORD).await, Guess::In, "not the account");
        world.pass(TimeDelta::minutes(round));
    }
    assert_eq!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::In);
    for _ in 0..4 {
        assert_eq!(world.guess_in(&known, ALICE, "wrong horse").await, Guess::Wrong);
    }
    assert_eq!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::In, "all is forgotten");
}

#[tokio::test]
async fn case_172_after_a_hundred_misses_in_a_row_a_known_browser_is_a_stranger() {
    let world = World::new().await;
    world.person(ALICE).await;
    let known = world.known_browser(ALICE).await;
    for n in 0..100 {
        assert_eq!(world.guess_in(&known, ALICE, "wrong horse").await, Guess::Wrong, "{n}");
        world.pass(TimeDelta::minutes(4));
    }
    world.strangers_lock(ALICE).await;
    assert!(matches!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::TooMany(_)));
    // The next sign-in that succeeds makes it known anew, under another secret.
    world.pass(TimeDelta::minutes(15));
    let mut browser = known.clone();
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
    assert_ne!(browser.device, known.device);
    world.strangers_lock(ALICE).await;
    assert_eq!(world.guess_in(&browser, ALICE, PASSWORD).await, Guess::In);
    assert!(matches!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::TooMany(_)));
}

#[tokio::test]
async fn a_browser_that_another_account_knows_is_a_stranger_to_this_one() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.person(BOB).await;
    let bobs = world.known_browser(BOB).await;
    world.strangers_lock(ALICE).await;
    let made_up = Browser { device: Some(TokenHash::of("made up")), ..Browser::new() };
    for browser in [&bobs, &made_up] {
        assert!(matches!(world.guess_in(browser, ALICE, PASSWORD).await, Guess::TooMany(_)));
    }
    // Nor is there anything to see of it: cost and answer are those of any stranger.
    world.pass(TimeDelta::minutes(15));
    let mut seen = vec![];
    for browser in [&Browser::new(), &made_up, &bobs] {
        let flow = world.account_flow(browser).await;
        let before = (world.db.statements(), world.hasher.hashes());
        let refused = world.login(&mut browser.clone(), flow, ALICE, "wrong horse").await;
        assert!(refused.is_err());
        seen.push((world.db.statements() - before.0, world.hasher.hashes() - before.1));
    }
    assert_eq!(seen, [seen[0]; 3]);
}

#[tokio::test]
async fn several_accounts_know_one_browser_and_each_newcomer_changes_its_secret() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.person(BOB).await;
    let first = world.known_browser(ALICE).await;
    let mut both = first.clone();
    let flow = world.account_flow(&both).await;
    world.login(&mut both, flow, BOB, PASSWORD).await.unwrap();
    assert_ne!(first.device, both.device, "whoever copied the old one has nothing of the newcomer");
    for name in [ALICE, BOB] {
        world.strangers_lock(name).await;
        assert_eq!(world.guess_in(&both, name, PASSWORD).await, Guess::In, "{name}");
        assert_ne!(world.guess_in(&first, name, PASSWORD).await, Guess::In, "{name}");
    }
    // Whom the browser knows already changes nothing: a second click finds the same secret.
    let (before, flow) = (both.device, world.account_flow(&both).await);
    world.login(&mut both, flow, ALICE, PASSWORD).await.unwrap();
    assert_eq!(before, both.device);
}

#[tokio::test]
async fn a_change_of_credentials_makes_strangers_of_all_browsers() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let (new, by) = ("another good one", Actor::Operator);
    let known = world.known_browser(ALICE).await;
    world.identity.set_password(by.clone(), person, &new.into(), &context()).await.unwrap();
    world.strangers_lock(ALICE).await;
    assert_ne!(world.guess_in(&known, ALICE, new).await, Guess::In);
    assert_eq!(world.rows("devices").len(), 0);

    world.pass(TimeDelta::minutes(15));
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, ALICE, new).await.unwrap();
    world.identity.disable_user(by.clone(), person, &context()).await.unwrap();
    world.identity.enable_user(by, person, &context()).await.unwrap();
    world.strangers_lock(ALICE).await;
    assert_ne!(world.guess_in(&browser, ALICE, new).await, Guess::In);
}

#[tokio::test]
async fn a_browser_is_known_for_as_long_as_somebody_signs_in_there() {
    let world = World::new().await;
    world.person(ALICE).await;
    let known = world.known_browser(ALICE).await;
    for _ in 0..2 {
        world.pass(TimeDelta::days(179));
        world.strangers_lock(ALICE).await;
        assert_eq!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::In);
    }
    world.pass(TimeDelta::days(180));
    world.strangers_lock(ALICE).await;
    assert_ne!(world.guess_in(&known, ALICE, PASSWORD).await, Guess::In);
}

#[tokio::test]
async fn an_account_knows_thirty_browsers_those_used_last() {
    let world = World::new().await;
    world.person(ALICE).await;
    let first = world.known_browser(ALICE).await;
    let second = world.known_browser(ALICE).await;
    for _ in 0..29 {
        world.pass(TimeDelta::minutes(1));
        assert_eq!(world.guess_in(&first, ALICE, PASSWORD).await, Guess::In);
        world.known_browser(ALICE).await;
    }
    assert_eq!(world.rows("devices").len(), 30);
    world.strangers_lock(ALICE).await;
    assert_eq!(world.guess_in(&first, ALICE, PASSWORD).await, Guess::In);
    assert_ne!(world.guess_in(&second, ALICE, PASSWORD).await, Guess::In);
}

//! Asking for a link: who has an account is told nobody, and nobody is flooded.

use chrono::TimeDelta;
use latchkey::domain::audit::Actor;
use latchkey::identity::recover::ForgotError;

use super::{ALICE, BOB, NEW, token};
use crate::identity::world::{Browser, PASSWORD, World, context};

#[tokio::test]
async fn case_175_a_known_and_an_unknown_name_cost_the_same() {
    let world = World::new().await;
    world.person_named(ALICE, "alice").await;
    let closed = world.person(BOB).await;
    world.identity.disable_user(Actor::Operator, closed, &context()).await.unwrap();
    let mut spent = vec![];
    for name in [ALICE, BOB, "nobody@example.org", "alice", "nobody", "no name", "a@b@c.org"] {
        let mut each = vec![];
        // Beyond the budget of the account as well.
        for _ in 0..8 {
            let (before, hashes) = (world.db.statements(), world.hasher.hashes());
            world.forget(name, "203.0.113.7").await;
            each.push((world.db.statements() - before, world.hasher.hashes() - hashes));
        }
        spent.push((name, each));
    }
    for (name, each) in &spent {
        assert_eq!(each, &spent[0].1, "{name}");
        assert_eq!(each[0], each[7], "{name}");
    }
    assert_eq!(world.letters_of(ALICE, "password-reset").await.len(), 5);
    assert_eq!(world.rows("mails").len(), 5, "nobody else gets any");
    assert_eq!(world.rows("one_time_links").len(), 5);
    assert_eq!(world.trail("user.password_reset_asked").await, 56);
}

#[tokio::test]
async fn case_205_however_many_ask_an_account_gets_five_links_an_hour() {
    let world = World::new().await;
    world.person_named(ALICE, "alice").await;
    world.person(BOB).await;
    let other = world.second_node();
    let asked = (0..60).map(|n| {
        let identity = if n % 2 == 0 { world.identity.clone() } else { other.identity.clone() };
        tokio::spawn(async move {
            let ctx = Browser::at_address(&format!("198.51.100.{n}")).context();
            let name = if n % 3 == 0 { "alice" } else { ALICE };
            identity.forgot_password(name, &ctx).await.unwrap();
        })
    });
    for answer in asked.collect::<Vec<_>>() {
        answer.await.unwrap();
    }
    let mailed = world.letters_of(ALICE, "password-reset").await;
    assert_eq!(mailed.len(), 5);
    // The last one that was mailed goes on working: who floods kills nothing.
    let mut working = 0;
    for letter in &mailed {
        working += usize::from(world.identity.open_link(&token(letter)).await.is_ok());
    }
    assert_eq!(working, 1);
    // Nobody else is affected, and other mail still comes.
    world.forget(BOB, "203.0.113.9").await;
    assert_eq!(world.letters_of(BOB, "password-reset").await.len(), 1);
    let live = world.rows("one_time_links").len();
    assert_eq!(live, 6);
    world.pass(TimeDelta::hours(1));
    world.forget(ALICE, "203.0.113.9").await;
    assert_eq!(world.letters_of(ALICE, "password-reset").await.len(), 6);
}

#[tokio::test]
async fn case_205_one_address_does_not_ask_for_everybody() {
    let world = World::new().await;
    world.configure(|settings| settings.max_logins_per_address = 5);
    for n in 0..5 {
        world.forget(&format!("p{n}@example.org"), "203.0.113.7").await;
    }
    let ctx = Browser::at_address("203.0.113.7").context();
    let refused = world.identity.forgot_password(ALICE, &ctx).await;
    assert!(matches!(refused, Err(ForgotError::TooMany { .. })), "{refused:?}");
    world.forget(ALICE, "203.0.113.8").await;
}

#[tokio::test]
async fn case_193_a_newer_link_kills_the_older_and_half_an_hour_all() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.configure(|settings| settings.one_time_link_lifetime = 7 * 86_400);
    let older = world.reset_token(ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let newer = world.reset_token(ALICE).await;
    assert!(world.identity.open_link(&older).await.is_err());
    assert!(world.identity.open_link(&newer).await.is_ok());
    world.pass(TimeDelta::minutes(30));
    assert!(world.identity.open_link(&newer).await.is_err(), "whatever operators' links live");
    assert!(!world.redeem(&newer, NEW).await);
}

#[tokio::test]
async fn case_193_a_link_dies_with_a_sign_in_and_with_another_password() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let link = world.reset_token(ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let browser = world.signed_in_browser(ALICE).await;
    assert!(world.identity.open_link(&link).await.is_err(), "its owner found another way");
    assert!(!world.redeem(&link, NEW).await);
    world.pass(TimeDelta::seconds(1));
    let link = world.reset_token(ALICE).await;
    world.identity.set_password(Actor::Operator, person, &NEW.into(), &context()).await.unwrap();
    assert!(!world.redeem(&link, "yet another good one").await);
    assert!(world.who(&browser).await.is_none());
    assert!(world.signed_in_with(&Browser::new(), ALICE, NEW).await);
    assert!(!world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await);
}

#[tokio::test]
async fn case_193_twenty_uses_on_two_nodes_are_one() {
    let world = World::new().await;
    world.person(ALICE).await;
    let other = world.second_node();
    let link = world.reset_token(ALICE).await;
    let uses = (0..20).map(|n| {
        let identity = if n % 2 == 0 { world.identity.clone() } else { other.identity.clone() };
        let link = link.clone();
        tokio::spawn(async move {
            let password = latchkey::kernel::secret::Secret::new(format!("{NEW} {n}"));
            identity.redeem_password_link(&link, &password, &context()).await.is_ok()
        })
    });
    let mut worked = 0;
    for answer in uses.collect::<Vec<_>>() {
        worked += usize::from(answer.await.unwrap());
    }
    assert_eq!(worked, 1);
    assert_eq!(world.trail("user.password_set").await, 1);
    assert_eq!(world.letters_of(ALICE, "password-changed").await.len(), 1);
}

/// A link that an operator handed over, or that was mailed to who disowned a sign-in, is not taken from
/// its owner by anybody who asks for another one.
#[tokio::test]
async fn case_193_asking_for_a_link_kills_those_alone_that_were_asked_for() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let by = Actor::Operator;
    let shown = world.identity.create_password_link(by, person, &context()).await.unwrap();
    world.pass(TimeDelta::seconds(1));
    let asked = world.reset_token(ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let newer = world.reset_token(ALICE).await;
    assert!(world.identity.open_link(&asked).await.is_err());
    assert!(world.identity.open_link(&newer).await.is_ok());
    assert!(world.identity.open_link(&shown.secret).await.is_ok());
    // The operator's next one takes the place of all.
    world.pass(TimeDelta::seconds(1));
    let next = world.identity.create_password_link(Actor::Operator, person, &context()).await;
    for link in [&newer, &shown.secret] {
        assert!(world.identity.open_link(link).await.is_err());
    }
    assert!(world.redeem(&next.unwrap().secret, NEW).await);
}

#[tokio::test]
async fn an_invitation_is_not_killed_by_who_asks_for_a_reset() {
    let world = World::new().await;
    let invited = super::invited::invite(&world, BOB).await;
    world.forget(BOB, "203.0.113.7").await;
    assert!(world.identity.open_link(&invited).await.is_ok());
    let reset = token(&world.letters_of(BOB, "password-reset").await[0]);
    assert!(world.redeem(&reset, NEW).await);
    assert!(world.identity.open_link(&invited).await.is_err(), "case 196: now it is");
}

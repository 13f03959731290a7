//! What an account is told of by mail: a browser that it did not know, and a lock.

use chrono::TimeDelta;

use super::{ALICE, NEW};
use crate::identity::world::{Browser, Guess, PASSWORD, World};
use crate::support::second_factor::give_code;

const WRONG: &str = "wrong horse";

#[tokio::test]
async fn a_new_browser_is_told_of_and_a_known_one_is_not() {
    let world = World::new().await;
    world.person(ALICE).await;
    let known = world.signed_in_browser(ALICE).await;
    assert!(world.letters_of(ALICE, "new-sign-in").await.is_empty(), "the very first one");
    let flow = world.account_flow(&known).await;
    let before = world.db.statements();
    world.login(&mut known.clone(), flow, ALICE, PASSWORD).await.unwrap();
    let known_cost = world.db.statements() - before;
    assert!(world.letters_of(ALICE, "new-sign-in").await.is_empty(), "it knows it");
    assert_eq!(known_cost, 17, "a known browser costs what it did before there was such mail");

    world.pass(TimeDelta::seconds(1));
    world.signed_in_browser(ALICE).await;
    let told = world.letters_of(ALICE, "new-sign-in").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("203.0.113.7"), "{}", told[0].text);
    assert!(super::link(&told[0]).starts_with("https://id.example.com/not-me?token="));
}

/// The step that signs in is the code's, which looks for no browser itself.
#[tokio::test]
async fn a_known_browser_is_not_told_of_after_a_second_factor_either() {
    let app = super::app();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let before = app.mails_of("new-sign-in");
    app.sign_out(&agent).await;
    let page = app.first_step(&agent, ALICE).await;
    assert_eq!(give_code(&page, &phone.next_code(&app)).await.status, 303);
    assert_eq!(app.mails_of("new-sign-in"), before);
    app.signed_in_with_app(ALICE, &phone).await;
    assert_eq!(app.mails_of("new-sign-in"), before + 1);
}

#[tokio::test]
async fn whoever_has_just_reset_the_password_is_not_told_of_themselves() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.signed_in_browser(ALICE).await;
    world.pass(TimeDelta::days(2));
    let link = world.reset_token(ALICE).await;
    assert!(world.redeem(&link, NEW).await);
    assert!(world.signed_in_with(&Browser::new(), ALICE, NEW).await);
    assert!(world.letters_of(ALICE, "new-sign-in").await.is_empty());
    // An account that nobody has used for long is not new.
    world.pass(TimeDelta::days(181));
    assert!(world.signed_in_with(&Browser::new(), ALICE, NEW).await);
    assert_eq!(world.letters_of(ALICE, "new-sign-in").await.len(), 1);
}

#[tokio::test]
async fn mail_about_new_browsers_is_bounded() {
    let world = World::new().await;
    world.person(ALICE).await;
    for _ in 0..34 {
        world.signed_in_browser(ALICE).await;
    }
    assert_eq!(world.letters_of(ALICE, "new-sign-in").await.len(), 30);
    assert!(world.one("SELECT count(*) = 30 FROM one_time_links WHERE purpose = 'not_me'"));
}

#[tokio::test]
async fn case_175_a_lock_is_told_and_costs_the_same_where_there_is_nobody_to_tell() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut spent = vec![];
    for name in [ALICE, "nobody@example.org"] {
        let mut each = vec![];
        for n in 0..5 {
            let browser = Browser::at_address(&format!("198.51.100.{n}"));
            let flow = world.account_flow(&browser).await;
            let before = world.db.statements();
            assert!(world.login(&mut browser.clone(), flow, name, WRONG).await.is_err());
            each.push(world.db.statements() - before);
        }
        spent.push(each);
    }
    assert_eq!(spent[0], spent[1]);
    let told = world.letters_of(ALICE, "account-locked").await;
    assert_eq!(told.len(), 1, "once");
    assert!(told[0].text.contains("https://id.example.com/forgot-password"));
    assert_eq!(world.rows("mails").len(), 1);
    assert_eq!(world.trail("user.locked").await, 1);
    assert_ne!(world.guess("198.51.100.9", ALICE, PASSWORD).await, Guess::In);
    assert_eq!(world.letters_of(ALICE, "account-locked").await.len(), 1);
}

/// A lock that does not end by itself is not told as one that does.
#[tokio::test]
async fn the_last_lock_is_told_in_words_of_its_own() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.configure(|settings| settings.max_failed_logins_in_a_row = 10);
    for n in 0..10 {
        // Slowly, so that no lock begins before.
        world.pass(TimeDelta::minutes(4));
        assert_eq!(world.guess(&format!("198.51.100.{n}"), ALICE, WRONG).await, Guess::Wrong);
    }
    let told = world.letters_of(ALICE, "account-locked").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("does not end by itself"), "{}", told[0].text);
    assert!(!told[0].text.contains("a while"), "{}", told[0].text);
    assert!(!told[0].text.contains("Locked until"), "{}", told[0].text);
    // As it says: another password ends it.
    assert_eq!(world.guess("198.51.100.99", ALICE, PASSWORD).await, Guess::Wrong);
    let link = world.reset_token(ALICE).await;
    assert!(world.redeem(&link, NEW).await);
    assert_eq!(world.guess("198.51.100.99", ALICE, NEW).await, Guess::In);
}

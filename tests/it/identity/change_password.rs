//! Changing one's own password, below the pages.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::Actor;
use latchkey::identity::change_password::{ChangeError, Changed, PasswordChange};
use latchkey::identity::fresh::Standing;
use latchkey::kernel::token_hash::TokenHash;

use super::world::{Browser, PASSWORD, World, context, until};

const ALICE: &str = "alice@example.org";
const NEW: &str = "a quite different one";

fn typed(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current: current.into(), new: new.into(), end_others: true, device: None }
}

impl World {
    async fn change_password(
        &self,
        browser: &Browser,
        change: PasswordChange,
    ) -> Result<Changed, ChangeError> {
        let session = browser.session.unwrap();
        self.identity.change_password(session, change, &browser.context()).await
    }
}

#[tokio::test]
async fn case_266_the_use_case_asks_for_a_fresh_sign_in_itself() {
    let world = World::new().await;
    world.person(ALICE).await;
    let browser = world.signed_in_browser(ALICE).await;
    world.pass(TimeDelta::minutes(15));
    let hashes = world.hasher.hashes();
    let refused = world.change_password(&browser, typed(PASSWORD, NEW)).await;
    assert!(matches!(refused, Err(ChangeError::NotFresh)), "{refused:?}");
    assert_eq!(world.hasher.hashes(), hashes);
    let standing = world.identity.standing(browser.session, browser.cookie, "/x").await.unwrap();
    assert!(matches!(standing, Standing::Stale(..)), "{standing:?}");
    let nobody = world.identity.standing(None, browser.cookie, "/x").await.unwrap();
    assert!(matches!(nobody, Standing::Nobody), "{nobody:?}");
}

#[tokio::test]
async fn case_185_parallel_guesses_on_two_nodes_are_counted_exactly() {
    let world = World::new().await;
    world.person(ALICE).await;
    let other = world.second_node();
    let browser = world.signed_in_browser(ALICE).await;
    let guesses = (0..20).map(|n| {
        let node = if n % 2 == 0 { &world } else { &other };
        let (identity, session) = (node.identity.clone(), browser.session.unwrap());
        let ctx = browser.context();
        tokio::spawn(async move {
            identity.change_password(session, typed("wrong horse", NEW), &ctx).await
        })
    });
    let (mut wrong, mut too_many) = (0, 0);
    for guess in guesses.collect::<Vec<_>>() {
        match guess.await.unwrap() {
            Err(ChangeError::WrongCurrent) => wrong += 1,
            Err(ChangeError::TooMany { .. }) => too_many += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((wrong, too_many), (5, 15));
    // Nor does the right one tell anything now. It is on the trail, once, and no sign-in is locked.
    let right = other.change_password(&browser, typed(PASSWORD, NEW)).await;
    assert!(matches!(right, Err(ChangeError::TooMany { .. })), "{right:?}");
    assert_eq!(world.trail("user.password_set").await, 5, "each wrong one");
    assert_eq!(world.trail("session.sign_in_refused").await, 1, "the lock");
    assert!(world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await);
    // Nor does a sign-in set it free, but the time, and then the right one begins anew.
    let right = world.change_password(&browser, typed(PASSWORD, NEW)).await;
    assert!(matches!(right, Err(ChangeError::TooMany { .. })), "{right:?}");
    world.configure(|settings| settings.fresh_authentication = 3600);
    world.pass(TimeDelta::minutes(15));
    world.change_password(&browser, typed(PASSWORD, NEW)).await.unwrap();
    assert!(world.rows("attempt_counters").iter().all(|row| !row.contains("confirmation")));
}

#[tokio::test]
async fn case_185_strangers_who_lock_the_sign_in_keep_nobody_from_a_new_password() {
    let world = World::new().await;
    world.person(ALICE).await;
    let browser = world.signed_in_browser(ALICE).await;
    for n in 0..6 {
        world.guess(&format!("198.51.100.{n}"), ALICE, "wrong horse").await;
    }
    assert!(!world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await);
    let change = PasswordChange { device: browser.device, ..typed(PASSWORD, NEW) };
    world.change_password(&browser, change).await.unwrap();
    assert!(
        world.signed_in_with(&Browser::new(), ALICE, NEW).await,
        "the lock went with the guesses"
    );
}

#[tokio::test]
async fn case_179_the_browser_that_changed_the_password_is_the_only_one_that_is_known() {
    let world = World::new().await;
    let bob = "bob@example.org";
    world.person(ALICE).await;
    world.person(bob).await;
    let mut browser = world.signed_in_browser(bob).await;
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
    let elsewhere = world.signed_in_browser(ALICE).await;
    let change = PasswordChange { device: browser.device, ..typed(PASSWORD, NEW) };
    let changed = world.change_password(&browser, change).await.unwrap();
    let secret = changed.device.secret.expect("a new one");
    let known = Browser { device: Some(TokenHash::of(secret.expose())), ..browser.clone() };
    for name in [ALICE, bob] {
        for n in 0..6 {
            world.guess(&format!("198.51.100.{n}"), name, "wrong horse").await;
        }
    }
    for stranger in [&elsewhere, &browser, &Browser::new()] {
        assert!(!world.signed_in_with(stranger, ALICE, NEW).await);
    }
    assert!(world.signed_in_with(&known, ALICE, NEW).await);
    // The other accounts know the browser by its new secret too.
    assert!(world.signed_in_with(&known, bob, PASSWORD).await);
    assert!(!world.signed_in_with(&browser, bob, PASSWORD).await, "whoever kept the old one");
}

#[tokio::test]
async fn case_185_no_session_that_was_outdated_comes_back_with_a_kept_one() {
    let world = World::new().await;
    world.person(ALICE).await;
    let outdated = world.signed_in_browser(ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let (kept, browser) =
        (world.signed_in_browser(ALICE).await, world.signed_in_browser(ALICE).await);
    // As if a node had left it behind that began it at the very moment of a change.
    sql_query("UPDATE users SET credentials_changed_at = (SELECT max(created_at) FROM sessions)")
        .execute(&mut world.raw())
        .unwrap();
    assert!(world.who(&outdated).await.is_none() && world.who(&kept).await.is_some());
    world.pass(TimeDelta::seconds(1));
    let change = PasswordChange { end_others: false, ..typed(PASSWORD, NEW) };
    world.change_password(&browser, change).await.unwrap();
    assert!(world.who(&kept).await.is_some());
    assert!(world.who(&outdated).await.is_none());
}

#[tokio::test]
async fn case_185_a_closed_account_and_a_session_that_ended_change_nothing() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    let browser = world.signed_in_browser(ALICE).await;
    let ended = world.signed_in_browser(ALICE).await;
    world.identity.sign_out(ended.session.unwrap(), &context()).await.unwrap();
    let refused = world.change_password(&ended, typed(PASSWORD, NEW)).await;
    assert!(matches!(refused, Err(ChangeError::NotSignedIn)), "{refused:?}");
    world.identity.disable_user(Actor::Operator, person, &context()).await.unwrap();
    let refused = world.change_password(&browser, typed(PASSWORD, NEW)).await;
    assert!(matches!(refused, Err(ChangeError::NotSignedIn)), "{refused:?}");
    assert_eq!(world.trail("user.password_set").await, 0);
}

#[tokio::test]
async fn what_cannot_be_written_down_changes_no_password() {
    for broken in ["audit_events", "attempt_counters"] {
        let world = World::new().await;
        world.person(ALICE).await;
        let browser = world.signed_in_browser(ALICE).await;
        sql_query(format!("ALTER TABLE {broken} RENAME TO gone"))
            .execute(&mut world.raw())
            .unwrap();
        let refused = world.change_password(&browser, typed(PASSWORD, NEW)).await;
        assert!(matches!(refused, Err(ChangeError::Storage(_))), "{broken}: {refused:?}");
        sql_query(format!("ALTER TABLE gone RENAME TO {broken}"))
            .execute(&mut world.raw())
            .unwrap();
        assert!(world.who(&browser).await.is_some(), "{broken}");
        assert!(world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await, "{broken}");
    }
}

/// Two changes in one browser, on two nodes, that have both checked the current password when the
/// first is written down.
async fn both_at_once(
    world: &World,
    browser: &Browser,
    new: [&'static str; 2],
) -> [Result<Changed, ChangeError>; 2] {
    let other = world.second_node();
    let (mut holder, mut watcher) = (world.raw(), world.raw());
    for statement in ["BEGIN", "SELECT 1 FROM users FOR UPDATE"] {
        sql_query(statement).execute(&mut holder).unwrap();
    }
    let change = |node: &World, new: &'static str| {
        let (identity, session) = (node.identity.clone(), browser.session.unwrap());
        let ctx = browser.context();
        tokio::spawn(
            async move { identity.change_password(session, typed(PASSWORD, new), &ctx).await },
        )
    };
    let (one, two) = (change(world, new[0]), change(&other, new[1]));
    until("both wait for the account", || {
        let waiting = "SELECT 1 FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(waiting).execute(&mut watcher).unwrap() >= 2
    })
    .await;
    sql_query("COMMIT").execute(&mut holder).unwrap();
    [one.await.unwrap(), two.await.unwrap()]
}

#[tokio::test]
async fn case_185_of_two_changes_that_both_knew_the_password_one_is_made() {
    let world = World::new().await;
    world.person(ALICE).await;
    let browser = world.signed_in_browser(ALICE).await;
    let new = ["the first new one", "the second new one"];
    let answers = both_at_once(&world, &browser, new).await;
    let (mut made, mut work) = (0, 0);
    for answer in &answers {
        match answer {
            Ok(_) => made += 1,
            Err(refused) => assert!(matches!(refused, ChangeError::WrongCurrent), "{refused:?}"),
        }
    }
    for password in new {
        work += usize::from(world.signed_in_with(&Browser::new(), ALICE, password).await);
    }
    assert_eq!((made, work), (1, 1));
}

#[tokio::test]
async fn a_double_click_changes_the_password_once_and_its_later_answer_has_the_cookie() {
    let world = World::new().await;
    world.person(ALICE).await;
    let browser = world.signed_in_browser(ALICE).await;
    let answers = both_at_once(&world, &browser, [NEW, NEW]).await;
    let mut alive = 0;
    for answer in answers {
        let cookie = answer.expect("both are the person's wish");
        let session = TokenHash::of(cookie.session.secret.expose());
        alive += usize::from(world.identity.signed_in(session).await.unwrap().is_some());
    }
    assert_eq!(alive, 1);
    assert!(world.who(&browser).await.is_none(), "the old cookie");
    assert_eq!(world.trail("user.password_set").await, 1);
}

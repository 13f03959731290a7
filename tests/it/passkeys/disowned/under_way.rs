//! What is under way while a sign-in is disowned.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};

use super::Robbed;
use crate::identity::world::until;
use crate::passkeys::{ALICE, AS_IT_IS, World};
use crate::support::agent::{Form, Page};
use crate::support::authenticator::Authenticator;

impl World {
    /// Sends two forms that change one account, the first of them first, so that each is looked at before
    /// the other one is done.
    async fn in_this_order(&self, first: &Form, second: &Form) -> (Page, Page) {
        let (mut holder, mut watcher) = (self.app.raw(), self.app.raw());
        for statement in ["BEGIN", "SELECT 1 FROM users FOR UPDATE"] {
            sql_query(statement).execute(&mut holder).unwrap();
        }
        let mut waiting = |count: usize| {
            let query = "SELECT 1 FROM pg_stat_activity \
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
            sql_query(query).execute(&mut watcher).unwrap() >= count
        };
        let then = async {
            until("the first waits for the account", || waiting(1)).await;
            let ends = async {
                until("the second waits as well", || waiting(2)).await;
                sql_query("COMMIT").execute(&mut holder).unwrap();
            };
            tokio::join!(second.submit(), ends).0
        };
        tokio::join!(first.submit(), then)
    }
}

/// The rows of a step under way are locked, and passed over; what they know is too old all the same.
#[tokio::test]
async fn case_218_who_was_half_way_in_does_not_go_on_with_it() {
    for under_way in [false, true] {
        let mut robbed = Robbed::new().await;
        let thief = robbed.world.app.machine();
        let page = robbed.world.password_only(&thief, ALICE).await;
        let question = robbed.world.ask(&page).await;
        robbed.world.app.clock.advance(TimeDelta::seconds(1));
        let mut step = robbed.world.app.raw();
        if under_way {
            let locks = ["BEGIN", "SELECT 1 FROM flows, passkey_ceremonies FOR UPDATE"];
            for statement in locks {
                sql_query(statement).execute(&mut step).unwrap();
            }
        }
        robbed.disown().await;
        if under_way {
            sql_query("COMMIT").execute(&mut step).unwrap();
        }
        let page = robbed.world.answer(&question, &mut robbed.key).await.follow_all().await;
        assert_eq!(page.url.path(), "/login", "{}", page.summary());
        assert!(!robbed.world.is_signed_in(&thief).await, "{under_way}");
    }
}

/// A step that has looked at the flow already waits for the account, and finds nothing beside the passkey.
#[tokio::test]
async fn an_answer_that_is_looked_at_while_the_sign_in_is_disowned_lets_nobody_in() {
    let mut robbed = Robbed::new().await;
    let (world, thief) = (&robbed.world, robbed.world.app.machine());
    let page = world.password_only(&thief, ALICE).await;
    let question = world.ask(&page).await;
    world.app.clock.advance(TimeDelta::seconds(1));
    let credential = robbed.key.get(&question.options, world.origin(), &AS_IT_IS);
    let (disowning, answering) = (world.not_me(&robbed.link).await, question.answer(&credential));
    let (disowned, answer) = world.in_this_order(&disowning, &answering).await;
    assert_eq!(disowned.status, 303, "{}", disowned.summary());
    assert!(answer.set_cookies().is_empty());
    assert!(!world.is_signed_in(&thief).await, "{}", answer.summary());
    assert_eq!(world.reasons(), ["disowned"]);
    assert!(!robbed.comes_back().await);
}

#[tokio::test]
async fn a_passkey_that_is_being_added_is_in_doubt_or_is_not_added() {
    for (adds_first, in_doubt) in [(true, vec![true, true]), (false, vec![true])] {
        let robbed = Robbed::new().await;
        let (world, mut another) = (&robbed.world, Authenticator::new());
        let agent = world.browser_with(&mut robbed.key.clone()).await;
        let question = world.ask(&world.add_page(&agent).await).await;
        let credential = another.create(&question.options, world.origin(), &AS_IT_IS);
        let (adding, disowning) = (question.answer(&credential), world.not_me(&robbed.link).await);
        let (first, second) =
            if adds_first { (&adding, &disowning) } else { (&disowning, &adding) };
        world.in_this_order(first, second).await;
        assert_eq!(world.in_doubt().await, in_doubt);
        assert_eq!(world.trail("session.disowned").len(), 1);
    }
}

#[tokio::test]
async fn case_229_what_was_begun_in_the_ended_session_adds_nothing() {
    let robbed = Robbed::new().await;
    let world = &robbed.world;
    let agent = world.browser_with(&mut robbed.key.clone()).await;
    let question = world.ask(&world.add_page(&agent).await).await;
    robbed.disown().await;
    let credential = Authenticator::new().create(&question.options, world.origin(), &AS_IT_IS);
    let page = question.answer(&credential).submit().await;
    assert_eq!(page.location().path(), "/login", "{}", page.summary());
    assert_eq!(world.in_doubt().await, [true]);
}

#[tokio::test]
async fn a_passkey_that_is_being_set_up_on_the_way_in_is_not_added() {
    let robbed = Robbed::new().await;
    let world = &robbed.world;
    sql_query("DELETE FROM passkeys").execute(&mut world.app.raw()).unwrap();
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let thief = world.app.machine();
    let question = world.ask(&world.password_only(&thief, ALICE).await).await;
    world.app.clock.advance(TimeDelta::seconds(1));
    let credential = Authenticator::new().create(&question.options, world.origin(), &AS_IT_IS);
    let (disowning, setting_up) = (world.not_me(&robbed.link).await, question.answer(&credential));
    world.in_this_order(&disowning, &setting_up).await;
    assert_eq!(world.in_doubt().await, Vec::<bool>::new());
    assert!(!world.is_signed_in(&thief).await);
}

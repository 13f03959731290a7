//! Another username (cases 266, 321).

use chrono::TimeDelta;
use latchkey::domain::audit::RequestContext;
use latchkey::identity::username::UsernameError;

use super::{ALICE, BOB, Home};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;

impl Home {
    async fn renames(&self, agent: &Agent, name: &str) -> Page {
        let page = agent.get(&self.at("/account/username")).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.form("#username-form").fill("username", name).submit().await
    }
}

#[tokio::test]
async fn a_username_is_chosen_changed_and_never_given_again() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let (alice, bob) = (home.browser(ALICE).await, home.browser(BOB).await);
    let page = home.renames(&alice, " Countess ").await.follow().await;
    assert!(page.has("#notice") && page.text("#profile-username").contains("countess"));
    assert!(home.signs_in("COUNTESS").await);
    assert_eq!(home.renames(&alice, "ada").await.status, 303);
    assert!(home.signs_in("ada").await && !home.signs_in("countess").await);
    for taken in ["ada", "Countess"] {
        let page = home.renames(&bob, taken).await;
        assert!(page.status == 400 && page.has("#username-problem"), "{}", page.summary());
    }
    assert_eq!(home.renames(&alice, "countess").await.status, 400, "not even to its former owner");
    assert_eq!(home.trail("user.username_changed"), 2);
    assert!(!home.app.dump().contains("countess"), "kept as a hash alone");
    for bad in ["", "a b", "a@b.example", &"x".repeat(65), "a\u{202e}b"] {
        assert_page(&home.renames(&alice, bad).await, 400);
    }
}

#[tokio::test]
async fn case_266_it_takes_a_fresh_sign_in_and_may_be_tried_five_times_a_day() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let agent = home.browser(ALICE).await;
    let form = agent.get(&home.at("/account/username")).await.form("#username-form");
    let session = home.session(&agent);
    home.pass(TimeDelta::minutes(16));
    let page = form.fill("username", "ada").submit().await;
    assert_eq!(page.location().path(), "/login");
    let identity = home.app.node().identity();
    let refused = identity.change_username(session, "ada", &RequestContext::default()).await;
    assert!(matches!(refused, Err(UsernameError::NotFresh)), "{refused:?}");
    let agent = home.browser(ALICE).await;
    home.renames(&home.browser(BOB).await, "bobby").await;
    for _ in 0..5 {
        assert_eq!(home.renames(&agent, "bobby").await.status, 400);
    }
    let page = home.renames(&agent, "ada").await;
    assert!(page.status == 429 && page.header("retry-after").is_some(), "{}", page.summary());
}

#[tokio::test]
async fn of_many_who_want_a_name_at_once_one_gets_it() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let node = home.app.second_node();
    let sessions =
        [home.session(&home.browser(ALICE).await), home.session(&home.browser(BOB).await)];
    let nodes = [home.app.node().identity().clone(), node.node.identity().clone()];
    let ctx = RequestContext::default();
    let (first, second) = tokio::join!(
        nodes[0].change_username(sessions[0], "ada", &ctx),
        nodes[1].change_username(sessions[1], "ada", &ctx),
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(home.trail("user.username_changed"), 1);
}

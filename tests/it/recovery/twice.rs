//! The button that sets a password by a link is pressed twice in one browser.

use chrono::TimeDelta;

use super::{ALICE, NEW, app};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;

/// Sends the form with this password, from the browser as it is now.
async fn set(agent: &Agent, page: &Page, password: &str) -> Page {
    let form = page.form("#set-password-form").fill("password", password);
    form.submit_by(&agent.copy()).await
}

#[tokio::test]
async fn a_double_click_sets_the_password_once_and_both_answers_say_so() {
    let app = app();
    app.person(ALICE).await;
    let other = app.second_node();
    let (agent, stranger) = (app.machine(), app.machine());
    app.forget(&Agent::new(), ALICE).await;
    let address = app.mailed(ALICE, "password-reset").await;
    let here = agent.get(&address).await.follow().await;
    let there = agent.get(&other.at("/set-password")).await;
    let strange = stranger.get(&address).await.follow().await;
    let before = app.trail_of("user.password_set");
    let (first, second) = tokio::join!(set(&agent, &here, NEW), set(&agent, &there, NEW));
    for page in [first, second] {
        assert_eq!(page.status, 200, "{}", page.summary());
        assert_eq!(page.attribute("#next", "href").as_deref(), Some("/login"));
    }
    assert_eq!(app.trail_of("user.password_set"), before + 1);
    assert_eq!(app.letters_of(ALICE, "password-changed").await.len(), 1);
    // Another password was not set, and is not said to be; nobody else is told anything.
    assert_page(&set(&agent, &there, "one more, typed in between").await, 400);
    assert_page(&set(&stranger, &strange, NEW).await, 400);
    app.clock.advance(TimeDelta::seconds(59));
    assert_eq!(set(&agent, &there, NEW).await.status, 200);
    app.clock.advance(TimeDelta::seconds(1));
    assert_page(&set(&agent, &there, NEW).await, 400);
    assert_eq!((app.sessions(ALICE).await, app.trail_of("user.password_set")), (0, before + 1));
}

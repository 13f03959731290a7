//! The button of a link is pressed twice, as by a double click where no script keeps the second one back.
//! The browser shows the answer to its last click, and the cookies of the first never reach it.

use chrono::TimeDelta;

use super::links::{ask, opened};
use crate::support::agent::{Agent, Page};
use crate::support::app::{Running, TestApp};
use crate::support::flow::assert_page;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// The page of a link, in one browser at two nodes.
async fn at_both(agent: &Agent, other: &Running, link: &str) -> [Page; 2] {
    let here = opened(agent, link).await;
    let there = agent.get(&other.at(here.url.path())).await;
    [here, there]
}

/// Presses the button in the browser as it is now.
async fn press(agent: &Agent, page: &Page) -> (Agent, Page) {
    let browser = agent.copy();
    let answer = page.form("#mailed-link-form").submit_by(&browser).await;
    (browser, answer)
}

async fn is_in(app: &TestApp, agent: &Agent) -> bool {
    agent.get(&app.at("/account")).await.status == 200
}

#[tokio::test]
async fn the_answer_to_the_second_click_has_the_cookie_that_the_first_ones_took_along() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let (other, agent) = (app.second_node(), app.machine());
    ask(&app, &agent, ALICE).await;
    let pages = at_both(&agent, &other, &app.mailed_link(ALICE).await).await;
    let (first, page) = press(&agent, &pages[0]).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(is_in(&app, &first.copy()).await);
    let (second, page) = press(&agent, &pages[1]).await;
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(second.cookie("localhost", &app.cookie_name("device")).is_some());
    assert!(!is_in(&app, &first).await, "its cookie is worth nothing any more");
    assert_eq!((app.sessions(ALICE).await, app.trail_of("session.sign_in")), (1, 1));
}

#[tokio::test]
async fn two_clicks_at_once_on_two_nodes_both_lead_in() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let (other, agent) = (app.second_node(), app.machine());
    ask(&app, &agent, ALICE).await;
    let pages = at_both(&agent, &other, &app.mailed_link(ALICE).await).await;
    let answers = tokio::join!(press(&agent, &pages[0]), press(&agent, &pages[1]));
    let mut alive = 0;
    for (browser, page) in [answers.0, answers.1] {
        assert_eq!(page.status, 303, "{}", page.summary());
        alive += usize::from(is_in(&app, &browser).await);
    }
    assert_eq!((alive, app.sessions(ALICE).await, app.trail_of("session.sign_in")), (1, 1, 1));
}

#[tokio::test]
async fn an_account_is_made_once_and_whoever_clicked_twice_is_in() {
    let app = TestApp::start();
    let (other, agent) = (app.second_node(), app.machine());
    let page = agent.get(&app.at("/register")).await.follow_all().await;
    let form = page.form("#register-form").fill("email", BOB);
    form.fill("password", "a long one 17").submit().await;
    let pages = at_both(&agent, &other, &app.mailed_link(BOB).await).await;
    let answers = tokio::join!(press(&agent, &pages[0]), press(&agent, &pages[1]));
    let mut alive = 0;
    for (browser, page) in [answers.0, answers.1] {
        assert_eq!(page.status, 303, "{}", page.summary());
        alive += usize::from(is_in(&app, &browser).await);
    }
    assert_eq!((alive, app.sessions(BOB).await), (1, 1));
    assert_eq!((app.trail_of("user.registered"), app.mails_of("welcome")), (1, 1));
    let (browser, page) = press(&agent, &pages[0]).await;
    assert_eq!(page.follow_all().await.url.path(), "/account");
    assert!(is_in(&app, &browser).await);
}

#[tokio::test]
async fn case_218_both_clicks_lead_to_the_second_factor_and_no_further() {
    let app = TestApp::start();
    app.person_with_app(ALICE).await;
    let sessions = app.sessions(ALICE).await;
    let (other, agent) = (app.second_node(), app.machine());
    ask(&app, &agent, ALICE).await;
    let pages = at_both(&agent, &other, &app.mailed_link(ALICE).await).await;
    for page in &pages {
        let (browser, page) = press(&agent, page).await;
        let page = page.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
        assert!(browser.cookie("localhost", &app.cookie_name("session")).is_none());
    }
    assert_eq!(app.sessions(ALICE).await, sessions);
}

#[tokio::test]
async fn case_209_a_second_click_elsewhere_or_later_gives_nothing() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let (other, agent, stranger) = (app.second_node(), app.machine(), app.machine());
    ask(&app, &agent, ALICE).await;
    let link = app.mailed_link(ALICE).await;
    let pages = at_both(&agent, &other, &link).await;
    let strange = opened(&stranger, &link).await;
    let (first, page) = press(&agent, &pages[0]).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let (_, page) = press(&stranger, &strange).await;
    assert_page(&page, 400);
    // With the form of the browser that has pressed, too.
    let page = pages[1].form("#mailed-link-form").submit_by(&stranger).await;
    assert!(page.status.is_client_error() && page.set_cookies().is_empty(), "{}", page.summary());
    // Whoever has signed out there is not in again.
    let before = agent.copy();
    app.sign_out(&first).await;
    let (browser, page) = press(&before, &pages[1]).await;
    assert_eq!(page.follow_all().await.url.path(), "/login");
    assert!(!is_in(&app, &browser).await);

    app.clock.advance(TimeDelta::seconds(1));
    ask(&app, &agent, ALICE).await;
    let pages = at_both(&agent, &other, &app.mailed_link(ALICE).await).await;
    press(&agent, &pages[0]).await;
    app.clock.advance(TimeDelta::minutes(1));
    let (browser, page) = press(&agent, &pages[1]).await;
    assert_page(&page, 400);
    assert!(!is_in(&app, &browser).await);
    assert_eq!(app.trail_of("session.sign_in"), 2);
}

#[tokio::test]
async fn a_flow_that_the_first_click_has_finished_is_finished() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = app.machine();
    ask(&app, &agent, ALICE).await;
    let page = opened(&agent, &app.mailed_link(ALICE).await).await;
    let before = agent.copy();
    page.form("#mailed-link-form").submit().await.follow_all().await;
    let (browser, page) = press(&before, &page).await;
    assert_page(&page, 409);
    assert_eq!(page.attribute("#next", "href").as_deref(), Some("/account"));
    assert!(!is_in(&app, &browser).await);
}

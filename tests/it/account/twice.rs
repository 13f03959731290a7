//! The button of a mail about an address, or about a closed account, is pressed twice in one browser.

use chrono::TimeDelta;

use super::{ALICE, Home, NEW};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;

/// Presses the button in the browser as it is now: the answer takes the link from nobody.
async fn press(agent: &Agent, page: &Page) -> Page {
    page.form("#mailed-form").submit_by(&agent.copy()).await
}

/// Both clicks end on the page that says what was done, and it is done once. Another browser, and the
/// same one later, get nothing. Tells what the two pages are called.
async fn pressed_twice(home: &Home, link: &str, action: &str) -> [String; 2] {
    let other = home.app.second_node();
    let (agent, stranger) = (home.app.machine(), home.app.machine());
    let here = home.open(&agent, link).await;
    let there = agent.get(&other.at(here.url.path())).await;
    let strange = home.open(&stranger, link).await;
    let (first, second) = tokio::join!(press(&agent, &here), press(&agent, &there));
    for page in [&first, &second] {
        assert!(page.has("#mailed-done") && page.has("#next"), "{}", page.summary());
    }
    assert_eq!(home.trail(action), 1);
    assert_page(&press(&stranger, &strange).await, 400);
    let page = there.form("#mailed-form").submit_by(&stranger.copy()).await;
    assert!(page.status.is_client_error(), "{}", page.summary());
    home.pass(TimeDelta::seconds(59));
    assert!(press(&agent, &there).await.has("#mailed-done"));
    home.pass(TimeDelta::seconds(1));
    assert_page(&press(&agent, &there).await, 400);
    assert_eq!(home.trail(action), 1);
    [first.text("h1"), second.text("h1")]
}

#[tokio::test]
async fn an_address_is_confirmed_once() {
    let home = Home::new().await;
    home.asks(&home.browser(ALICE).await, NEW, true).await;
    let link = home.link(NEW, "/confirm-address").await;
    let said = pressed_twice(&home, &link, "address.added").await;
    assert_eq!(said, ["Address confirmed", "Address confirmed"]);
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
}

#[tokio::test]
async fn an_address_comes_back_once() {
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    pressed_twice(&home, &link, "address.kept").await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
}

#[tokio::test]
async fn an_account_comes_back_once() {
    let home = Home::new().await;
    home.deletes(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    pressed_twice(&home, &link, "user.restored").await;
    home.deactivates(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    let said = pressed_twice(&home, &link, "user.reactivated").await;
    assert_eq!(said, ["Your account is active again", "Your account is active again"]);
}

/// The page of a second click says what is so, not what was.
#[tokio::test]
async fn what_was_undone_in_between_is_not_said_to_be_done() {
    let home = Home::new().await;
    let agent = Agent::new();
    home.asks(&home.browser(ALICE).await, NEW, true).await;
    let page = home.open(&agent, &home.link(NEW, "/confirm-address").await).await;
    assert!(press(&agent, &page).await.has("#mailed-done"));
    home.press(&Agent::new(), &home.link(ALICE, "/keep-address").await).await;
    assert_page(&press(&agent, &page).await, 400);
}

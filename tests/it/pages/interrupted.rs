//! A sign-in that something comes between: a restart, a browser without cookies.

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{assert_page, authorization_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_f40_a_restart_in_the_middle_of_a_sign_in_is_not_noticed() {
    let mut app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let login = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;

    app.restart();
    let form = login.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    let stolen = form.clone().submit_by(&Agent::new()).await;
    assert_page(&stolen, 400);
    let consent = form.submit().await.follow_all().await;

    app.restart();
    let done = app.to_relying_party(consent.form("#allow").submit().await).await;
    assert!(done.location_param("code").is_some(), "{}", done.location());
}

/// Told on a page, without an end of redirects and without a cookie to lean on.
#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let begun = app.authorize(&Agent::new(), &authorization_request(&client)).await;
    for first in [begun, Agent::new().get(&app.at("/account")).await] {
        let mut page = first;
        for _ in 0..5 {
            if page.status.is_redirection() {
                // Every step is taken by a browser that has forgotten all before.
                page = Agent::new().get(page.location().as_str()).await;
            }
        }
        assert_page(&page, 400);
        assert!(page.text("#error-what").contains("keeps no cookies"), "{}", page.summary());
    }
}

/// The page after a refused form leads back to the form.
#[tokio::test]
async fn a_form_that_is_too_old_can_be_opened_anew() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let login = agent.get(&app.at("/account")).await.follow_all().await;
    let refused = login.form("#login-form").set("csrf", "old").submit().await;
    assert_page(&refused, 403);
    let again = refused.click("#next").await;
    assert!(app.sign_in(again, ALICE).await.status.is_redirection());
}

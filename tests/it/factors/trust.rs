//! Browsers in which no second factor is asked for.

use chrono::TimeDelta;

use super::{ALICE, BOB};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::second_factor::{Phone, give_code};

/// A browser that she trusts, in which nobody is signed in.
async fn trusted(app: &TestApp, phone: &Phone) -> Agent {
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    assert!(!page.has("#trust[checked]"), "offered, and not ticked");
    let form = page.form("#second-factor-form").fill("code", &phone.next_code(app));
    form.fill("trust", "on").submit().await.follow_all().await;
    app.sign_out(&agent).await;
    agent
}

async fn asks(app: &TestApp, agent: &Agent, email: &str) -> bool {
    app.first_step(agent, email).await.url.path() == "/second-factor/app"
}

#[tokio::test]
async fn case_225_a_trusted_browser_is_asked_for_the_password_alone_for_thirty_days() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = trusted(&app, &phone).await;
    app.clock.advance(TimeDelta::days(29));
    // What is told to the app is what was proved.
    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&"urn:latchkey:acr:1fa".into(), &["pwd"].as_slice().into())
    );
    let page = agent.get(&app.at("/account/security")).await;
    assert!(page.text("#trusted-browsers").ends_with("Stop trusting all"), "{}", page.summary());
    app.sign_out(&agent).await;
    app.clock.advance(TimeDelta::days(1));
    assert!(asks(&app, &agent, ALICE).await, "thirty days are over");
}

#[tokio::test]
async fn case_225_trust_is_worth_nothing_to_others_and_after_a_change() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let bobs = app.person_with_app(BOB).await;
    let agent = trusted(&app, &phone).await;
    assert!(asks(&app, &agent, BOB).await, "another account");
    let cookie = agent.cookie("localhost", &app.cookie_name("device")).unwrap();
    let thief = app.machine();
    thief.set_cookie("localhost", &format!("{}={cookie}x; Path=/", app.cookie_name("device")));
    assert!(asks(&app, &thief, ALICE).await, "a made-up cookie");
    assert!(!asks(&app, &agent, ALICE).await);
    app.sign_out(&agent).await;

    // Another app ends it, and so does its removal.
    let elsewhere = app.signed_in_with_app(ALICE, &phone).await;
    app.add_app_in(&elsewhere, "Tablet").await;
    assert!(asks(&app, &agent, ALICE).await, "after a new app");
    let agent = trusted(&app, &phone).await;
    let elsewhere = app.signed_in_with_app(ALICE, &phone).await;
    let page = elsewhere.get(&app.at("/account/security")).await;
    let page = page.click("#apps li:last-child a[href$='/remove']").await;
    page.form("#remove-factor-form").submit().await;
    assert!(asks(&app, &agent, ALICE).await, "after a removed app");

    // The person ends it.
    let agent = trusted(&app, &phone).await;
    let elsewhere = app.signed_in_with_app(ALICE, &phone).await;
    let page = elsewhere.get(&app.at("/account/security")).await;
    let page = page.form("#distrust-form").submit().await.follow().await;
    assert_eq!(page.text("#notice"), "Every browser is asked for the second step again.");
    assert!(!page.has("#trusted-browsers"));
    assert!(asks(&app, &agent, ALICE).await, "after its end");

    // A new password ends it.
    let agent = trusted(&app, &phone).await;
    let user = app.node().identity().find_user(ALICE).await.unwrap().unwrap().user.id;
    app.set_password(user).await;
    let page = agent.get(&app.at("/login")).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", ALICE);
    let page = form.fill("password", "another long password").submit().await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/app", "after a new password");
    drop(bobs);
}

#[tokio::test]
async fn case_225_nothing_is_trusted_where_that_is_switched_off() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = trusted(&app, &phone).await;
    app.change_setting("trusted_browser_lifetime", Some("0s")).await.unwrap();
    app.refresh().await;
    let page = app.first_step(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/app", "the one from before");
    assert!(!page.has("#trust"));
    // A box that was not offered does nothing.
    let form = page.form("#second-factor-form").fill("code", &phone.next_code(&app));
    form.set("trust", "on").submit().await.follow_all().await;
    app.sign_out(&agent).await;
    app.change_setting("trusted_browser_lifetime", None).await.unwrap();
    app.refresh().await;
    let stranger = app.machine();
    let page = app.first_step(&stranger, ALICE).await;
    give_code(&page, &phone.next_code(&app)).await.follow_all().await;
    app.sign_out(&stranger).await;
    assert!(asks(&app, &stranger, ALICE).await, "nobody ticked the box there");
}

//! Browsers in which no second factor is asked for.

use chrono::TimeDelta;
use latchkey::domain::audit::RequestContext;
use latchkey::identity::login::{Credentials, FlowAt, Input};
use latchkey::kernel::token_hash::TokenHash;

use super::{ALICE, BOB};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::people::PASSWORD;
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

/// Two factors, of which the password is the second: where an app asks for two, and there is no better one.
#[tokio::test]
async fn case_225_a_browser_is_trusted_after_mail_and_password_where_that_may_be() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    app.change_client("notes", |client| client.needs_second_factor = true).await;
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#;
    let plain = authorization_request(&client);
    let strict = authorization_request(&client).with("claims", essential);
    for (request, may_be, ticked, is_asked) in
        [(&plain, true, false, true), (&plain, true, true, false), (&strict, false, true, true)]
    {
        let agent = app.machine();
        let login = app.authorize(&agent, request).await.follow_all().await;
        let page = app.by_mail(login, ALICE).await;
        assert_eq!(page.url.path(), "/second-factor/password", "{}", page.summary());
        assert_eq!(page.has("#trust"), may_be);
        let form = page.form("#second-factor-form");
        let wrong = form.clone().fill("password", "wrong").set("trust", "on").submit().await;
        assert_eq!(wrong.has("#trust[checked]"), may_be, "{}", wrong.summary());
        let form = form.fill("password", PASSWORD);
        let form = if ticked { form.set("trust", "on") } else { form };
        assert_eq!(form.submit().await.status, 303);
        app.sign_out(&agent).await;
        let login = app.authorize(&agent, &plain).await.follow_all().await;
        let page = app.by_mail(login, ALICE).await;
        assert_eq!(page.url.path() == "/second-factor/password", is_asked, "{}", page.summary());
        app.clock.advance(TimeDelta::minutes(31));
    }
}

#[tokio::test]
async fn case_225_beside_a_mailed_code_the_box_stands_where_that_may_be() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.change_setting("second_factor_by_mail", Some("on")).await.unwrap();
    app.refresh().await;
    let client = app.confidential_client("notes").await;
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#;
    let plain = authorization_request(&client);
    for (request, may_be) in [(plain.clone(), true), (plain.with("claims", essential), false)] {
        let agent = app.machine();
        let page = app.authorize(&agent, &request).await;
        let page = app.sign_in(page, ALICE).await.follow_all().await;
        let page = page.form("#mailed-send-form").submit().await.follow_all().await;
        assert!(page.has("#code-form"), "{}", page.summary());
        assert_eq!(page.has("#trust"), may_be);
    }
}

/// The box counts where two factors were proved, whatever a form says.
#[tokio::test]
async fn case_225_one_factor_makes_no_browser_trusted() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = app.machine();
    let page = agent.get(&app.at("/login")).await.follow_all().await;
    let flow = page.url.query().unwrap().split_once('=').unwrap().1.parse().unwrap();
    let cookie = agent.cookie("localhost", &app.cookie_name("browser")).unwrap();
    let at =
        FlowAt { flow, browser: TokenHash::of(&cookie), session_secret: None, device_secret: None };
    let input = Input::Password(Credentials {
        identifier: ALICE.to_owned(),
        password: PASSWORD.into(),
        remember: Some(false),
        trust_browser: true,
    });
    let identity = app.node().identity();
    let advanced = identity.advance(at, input, &RequestContext::default()).await.unwrap();
    assert!(advanced.cookie.is_some());
    let dump = app.dump_without(&["sessions", "flows"]);
    let devices: Vec<_> = dump.iter().filter(|it| it.starts_with("devices ")).collect();
    assert!(!devices.is_empty() && devices.iter().all(|it| it.ends_with(",)")), "{devices:?}");
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

/// The browsers that she is known in, and since when: row and time of each.
fn devices(app: &TestApp) -> Vec<(String, String)> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        id: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        since: String,
    }
    let query = "SELECT id::text AS id, created_at::text AS since FROM devices ORDER BY id";
    let rows: Vec<Row> =
        diesel::RunQueryDsl::load(diesel::sql_query(query), &mut app.raw()).unwrap();
    rows.into_iter().map(|row| (row.id, row.since)).collect()
}

#[tokio::test]
async fn case_225_a_step_up_costs_no_browser_its_trust() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let elsewhere = app.signed_in_with_app(ALICE, &phone).await;
    let codes = app.recovery_codes_in(&elsewhere).await;
    let client = app.confidential_client("notes").await;
    let two = authorization_request(&client).with("acr_values", "urn:latchkey:acr:2fa");
    let agent = trusted(&app, &phone).await;
    let (before, mails) = (devices(&app), app.mails_of("new-sign-in"));
    for by_app in [true, false] {
        assert!(!asks(&app, &agent, ALICE).await);
        app.clock.advance(TimeDelta::minutes(1));
        let page = app.authorize(&agent, &two).await.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
        let page = if by_app {
            give_code(&page, &phone.next_code(&app)).await
        } else {
            give_code(&page.click("#way-recovery_code").await, &codes[0]).await
        };
        assert!(app.to_relying_party(page).await.location_param("code").is_some());
        app.sign_out(&agent).await;
        assert!(!asks(&app, &agent, ALICE).await, "it is trusted still");
        assert_eq!(devices(&app), before, "the same browsers, since the same time");
        // And where she proves anew who she is, to change something.
        app.clock.advance(TimeDelta::minutes(16));
        let page = agent.get(&app.at("/account/security/apps/new")).await;
        let page = app.sign_in(page, ALICE).await.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
        let page = give_code(&page, &phone.next_code(&app)).await.follow_all().await;
        assert_eq!(page.url.path(), "/account/security/apps/new", "{}", page.summary());
        app.sign_out(&agent).await;
        assert_eq!(devices(&app), before);
    }
    assert!(!asks(&app, &agent, ALICE).await, "it is trusted to the end");
    assert_eq!(app.mails_of("new-sign-in"), mails, "nobody is told of a browser that is known");
}

/// A new factor ends the trust, and makes no stranger of the browser.
#[tokio::test]
async fn a_browser_stays_known_in_which_a_second_factor_is_set_up() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    app.first_step(&agent, ALICE).await;
    let before = devices(&app);
    assert_eq!(before.len(), 1);
    app.clock.advance(TimeDelta::minutes(1));
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#;
    let request = authorization_request(&client).with("claims", essential);
    let page = app.authorize(&agent, &request).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let page = page.form("#set-up-form").submit().await;
    let phone = Phone::scanned(&page.text("#secret"));
    let done = page.form("#confirm-app-form").fill("code", &phone.code(&app)).submit().await;
    assert_eq!(done.status, 200, "{}", done.summary());
    assert_eq!(devices(&app), before);
}

//! A second factor is set up before somebody is let in.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};

use super::ALICE;
use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::second_factor::{Phone, give_code, recovery_codes_of};

async fn requiring() -> TestApp {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.change_setting("second_factor", Some("required")).await.unwrap();
    app.refresh().await;
    app
}

fn has_session(app: &TestApp, agent: &Agent) -> bool {
    agent.cookie("localhost", &app.cookie_name("session")).is_some()
}

/// Begins an app on the page of the set-up.
async fn begin(page: &Page) -> (Phone, Page) {
    let page = page.form("#set-up-form").submit().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    (Phone::scanned(&page.text("#secret")), page)
}

async fn confirm(page: &Page, code: &str) -> Page {
    page.form("#confirm-app-form").fill("code", code).submit().await
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_sets_it_up_on_the_way_in() {
    let app = requiring().await;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    let page = app.authorize(&agent, &authorization_request(&client)).await;
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let (phone, page) = begin(&page).await;
    // There is no session before the factor is there.
    assert!(!has_session(&app, &agent));
    assert_eq!(agent.get(&app.at("/account")).await.location().path(), "/login");
    for (code, told) in [(phone.wrong_code(&app), "not right"), ("12".to_owned(), "six digits")] {
        let wrong = confirm(&page, &code).await;
        assert_eq!(wrong.status, 400, "{}", wrong.summary());
        assert!(wrong.text("#error-summary").contains(told));
        assert!(!wrong.has("#secret") && !has_session(&app, &agent));
    }
    let done = confirm(&page, &phone.code(&app)).await;
    assert_eq!(done.status, 200, "{}", done.summary());
    let codes = recovery_codes_of(&done);
    assert!(has_session(&app, &agent));
    let file = done.form("#download-form").submit().await;
    assert!(file.body.contains(&codes[0]), "{}", file.summary());
    let onward = app.to_relying_party(done.click("#kept").await).await;
    let code = onward.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(token["acr"], "urn:latchkey:acr:2fa");
    assert_eq!(token["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!((app.mails_of("factor-added"), app.trail_of("user.factor_added")), (1, 1));
    // From now on both are asked for, and the codes work.
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/app");
    let page = page.click("#way-recovery_code").await;
    assert_eq!(give_code(&page, &codes[0]).await.status, 303);
}

#[tokio::test]
async fn a_set_up_of_another_browser_or_of_before_is_worth_nothing() {
    let app = requiring().await;
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    let (phone, first) = begin(&page).await;
    let stolen = first.form("#confirm-app-form").fill("code", &phone.code(&app));
    let stolen = stolen.submit_by(&app.machine()).await;
    assert!(stolen.status.is_client_error(), "{}", stolen.summary());
    let (newer, second) = begin(&page).await;
    let old = confirm(&first, &phone.code(&app)).await;
    assert_eq!(old.status, 400, "{}", old.summary());
    assert!(old.has("#set-up-form"), "begin again");
    let made_up = second.form("#confirm-app-form").set("authenticator", "x");
    assert_eq!(made_up.fill("code", &newer.code(&app)).submit().await.status, 400);
    let code = newer.code(&app);
    let answers =
        tokio::join!(confirm(&second, &code), confirm(&second, &code), confirm(&second, &code));
    let statuses = [answers.0.status, answers.1.status, answers.2.status];
    assert_eq!(statuses.iter().filter(|status| status.as_u16() == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|it| it.as_u16() == 200 || it.as_u16() == 303), "{statuses:?}");
    assert_eq!(app.sessions(ALICE).await, 1);
    assert_eq!(app.trail_of("user.factor_added"), 1);
}

#[tokio::test]
async fn case_220_a_browser_that_was_left_open_is_no_way_to_set_one_up() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    app.first_step(&agent, ALICE).await;
    app.change_client("notes", |client| client.needs_second_factor = true).await;
    app.clock.advance(TimeDelta::hours(1));
    let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    let flow = page.url.query().unwrap().to_owned();
    let direct = agent.get(&app.at(&format!("/second-factor/set-up?{flow}"))).await;
    assert_eq!(direct.location().path(), "/login");
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let (phone, page) = begin(&page).await;
    let done = confirm(&page, &phone.code(&app)).await;
    let onward = app.to_relying_party(done.click("#kept").await).await;
    assert!(onward.location_param("code").is_some());
}

/// What was looked at before the account was locked is looked at once more.
#[tokio::test]
async fn case_220_who_has_got_a_second_factor_meanwhile_sets_up_no_other() {
    let app = requiring().await;
    let page = app.first_step(&app.machine(), ALICE).await;
    let (phone, page) = begin(&page).await;
    let form = page.form("#confirm-app-form").fill("code", &phone.code(&app));
    let mut other = app.raw();
    for statement in ["BEGIN", "SELECT 1 FROM users FOR UPDATE"] {
        sql_query(statement).execute(&mut other).unwrap();
    }
    let (mut watch, mut finish) = (app.raw(), false);
    let waiting = async {
        until("the set-up waits for the account", || {
            let waits = "SELECT 1 FROM pg_stat_activity \
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
            sql_query(waits).execute(&mut watch).unwrap() > 0
        })
        .await;
        let added = "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at) \
                     SELECT gen_random_uuid(), id, 'Key', 'x', '{\"counter\": 0}', created_at FROM users";
        for statement in [added, "COMMIT"] {
            sql_query(statement).execute(&mut other).unwrap();
        }
        finish = true;
    };
    let (answer, ()) = tokio::join!(form.submit(), waiting);
    assert!(finish);
    assert!(answer.set_cookies().is_empty() && !answer.has("#codes"), "{}", answer.summary());
    assert_eq!(app.trail_of("user.factor_added"), 0);
    let page = answer.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
}

#[tokio::test]
async fn a_role_insists_on_a_second_factor() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.give_role(ALICE, "treasurer").await;
    assert_eq!(app.first_step(&app.machine(), ALICE).await.url.path(), "/account");
    let insists = "UPDATE roles SET needs_second_factor = true WHERE name = 'treasurer'";
    assert_eq!(sql_query(insists).execute(&mut app.raw()).unwrap(), 1);
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
}

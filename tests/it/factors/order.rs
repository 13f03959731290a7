//! Before the last factor there is no session, no token and no account page.

use chrono::TimeDelta;

use super::{ALICE, BOB};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, code_request};
use crate::support::people::PASSWORD;
use crate::support::routes::{Kind, routes};
use crate::support::second_factor::give_code;

fn has_session(app: &TestApp, agent: &Agent) -> bool {
    agent.cookie("localhost", &app.cookie_name("session")).is_some()
}

#[tokio::test]
async fn case_218_a_password_alone_opens_nothing() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let client = app.confidential_client("notes").await;
    let before = app.sessions(ALICE).await;
    let agent = app.machine();
    let page = app.authorize(&agent, &authorization_request(&client)).await;
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    assert!(page.text("#second-for").contains(ALICE));
    assert!(!has_session(&app, &agent));
    assert!(agent.cookie("localhost", &app.cookie_name("device")).is_none());
    assert_eq!(app.sessions(ALICE).await, before);
    let flow = page.url.query().unwrap().to_owned();

    // No page of an account is there, and no form of one does anything.
    for route in routes().into_iter().filter(|route| route.kind == Kind::Page) {
        if !route.pattern.starts_with("/account") && route.pattern != "/sign-out" {
            continue;
        }
        for method in ["GET", "POST"] {
            if (method == "GET" && !route.get) || (method == "POST" && !route.post) {
                continue;
            }
            let url = app.at(&format!("{}?{flow}", route.path("x")));
            let answer = match method {
                "GET" => agent.get(&url).await,
                _ => agent.post(&url, &[("csrf", "x"), ("name", "x")]).await,
            };
            let away = answer.status == 303
                && ["/login", "/signed-out"].contains(&answer.location().path());
            assert!(
                away || answer.status.is_client_error(),
                "{method} {}: {}",
                route.pattern,
                answer.summary()
            );
            assert!(!answer.body.contains(ALICE), "{}", answer.summary());
        }
    }
    // Neither does any page of the sign-in go on without the factor.
    for path in
        ["/consent", "/select-account", "/oauth2/authorize/continue", "/second-factor/set-up"]
    {
        let answer = agent.get(&app.at(&format!("{path}?{flow}"))).await;
        assert_eq!(answer.location().path(), "/second-factor/app", "{path}");
    }
    let form = page.form("#second-factor-form");
    let csrf = form.value("csrf").unwrap();
    for path in ["/consent", "/select-account", "/second-factor/set-up", "/second-factor/password"]
    {
        let url = app.at(&format!("{path}?{flow}"));
        let decision = if path == "/consent" { "allow" } else { "continue" };
        let fields =
            [("csrf", csrf), ("decision", decision), ("code", "123456"), ("password", PASSWORD)];
        let answer = agent.post(&url, &fields).await;
        let end = answer.follow_all().await;
        assert_eq!(end.url.path(), "/second-factor/app", "{path}: {}", end.summary());
    }
    // A new request of the app's, silent or not, finds nobody.
    let silent = authorization_request(&client).with("prompt", "none");
    let answer = app.authorize(&agent, &silent).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("login_required"));
    let answer = app.authorize(&agent, &authorization_request(&client)).await;
    assert_eq!(answer.location().path(), "/login");
    let guess = app.token(&client, &code_request(&client, "made-up")).await;
    assert_eq!(guess.status, 400);
    assert_eq!(app.sessions(ALICE).await, before);
    assert!(!has_session(&app, &agent));

    // Another browser cannot go on with it, and this one can.
    let stolen = app.machine().get(page.url.as_str()).await;
    assert_eq!(stolen.status, 400, "{}", stolen.summary());
    let page = give_code(&page, &phone.next_code(&app)).await;
    let page = app.to_relying_party(page).await;
    assert!(page.location_param("code").is_some());
}

#[tokio::test]
async fn case_218_a_first_factor_waits_a_quarter_of_an_hour() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    app.clock.advance(TimeDelta::minutes(15));
    let late = give_code(&page, &phone.code(&app)).await.follow_all().await;
    assert_eq!(late.url.path(), "/login", "{}", late.summary());
    assert!(!has_session(&app, &agent));
}

#[tokio::test]
async fn case_185_a_first_factor_from_before_a_new_password_counts_for_nothing() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    let user = app.node().identity().find_user(ALICE).await.unwrap().unwrap().user.id;
    app.set_password(user).await;
    let answer = give_code(&page, &phone.next_code(&app)).await.follow_all().await;
    assert_eq!(answer.url.path(), "/login", "{}", answer.summary());
    assert!(!has_session(&app, &agent));
    assert_eq!(app.sessions(ALICE).await, 0);
}

#[tokio::test]
async fn case_218_somebody_elses_first_factor_takes_the_place_of_the_one_before() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    app.person(BOB).await;
    let agent = app.machine();
    let page = app.first_step(&agent, ALICE).await;
    // "Sign in as somebody else" leads back, and ends with the one who typed last.
    let login = page.click("#somebody-else").await;
    let page = app.sign_in(login, BOB).await.follow_all().await;
    assert!(page.text(".who").contains(BOB), "{}", page.summary());
    // Her page from before does nothing in his flow any more.
    let agent = app.machine();
    app.person_with_app("carol@example.com").await;
    let hers = app.first_step(&agent, ALICE).await;
    let login = hers.click("#somebody-else").await;
    let page = app.sign_in(login, "carol@example.com").await.follow_all().await;
    assert!(page.text("#second-for").contains("carol@example.com"));
    assert_eq!(give_code(&hers, &phone.next_code(&app)).await.status, 401);
    assert!(!has_session(&app, &agent));
}

#[tokio::test]
async fn the_policy_is_off_optional_or_required() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    app.person(BOB).await;
    for (rule, hers, his) in [
        ("off", "/account", "/account"),
        ("optional", "/second-factor/app", "/account"),
        ("required", "/second-factor/app", "/second-factor/set-up"),
    ] {
        app.change_setting("second_factor", Some(rule)).await.unwrap();
        app.refresh().await;
        assert_eq!(app.first_step(&app.machine(), ALICE).await.url.path(), hers, "{rule}");
        assert_eq!(app.first_step(&app.machine(), BOB).await.url.path(), his, "{rule}");
    }
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &phone.next_code(&app)).await.status, 303);
}

/// Whoever reads the mail can set a password as well: both together are no more than the mailbox.
#[tokio::test]
async fn case_195_a_mailbox_stands_in_for_no_app() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    for password_first in [true, false] {
        let agent = app.machine();
        let login = agent.get(&app.at("/login")).await.follow_all().await;
        let flow = login.url.query().unwrap().to_owned();
        let mailed = async || {
            let login = agent.get(&app.at(&format!("/login?{flow}"))).await.follow_all().await;
            let action = login.attribute("#email-code", "formaction").expect("codes are offered");
            let form = login.form("#login-form").to(&app.at(&action)).fill("identifier", ALICE);
            let page = form.submit().await.follow_all().await;
            app.clock.advance(TimeDelta::milliseconds(1));
            let code = app.mailed_code(ALICE).await;
            page.form("#code-form").fill("code", &code).submit().await.follow_all().await
        };
        let typed = async || {
            let login = agent.get(&app.at(&format!("/login?{flow}"))).await.follow_all().await;
            app.sign_in(login, ALICE).await.follow_all().await
        };
        let page = if password_first {
            typed().await;
            mailed().await
        } else {
            mailed().await;
            typed().await
        };
        assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
        assert!(!has_session(&app, &agent), "password first: {password_first}");
        app.clock.advance(TimeDelta::seconds(30));
        let page = give_code(&page, &phone.code(&app)).await;
        assert!(page.status.is_redirection() && has_session(&app, &agent), "{}", page.summary());
    }
}

/// Mail to the one and the password of the other are not two factors of anybody.
#[tokio::test]
async fn case_218_what_one_person_proved_is_no_factor_of_another() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.person(BOB).await;
    let client = app.confidential_client("notes").await;
    app.change_client("notes", |client| client.needs_second_factor = true).await;
    let agent = app.machine();
    let login = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let page = app.by_mail(login, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/password", "{}", page.summary());
    let form = page.click("#somebody-else").await.form("#login-form");
    let page = form.fill("identifier", BOB).fill("password", PASSWORD).submit().await;
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    assert!(!has_session(&app, &agent));
}

#[tokio::test]
async fn case_218_a_first_factor_of_a_quarter_of_an_hour_ago_is_none() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    app.change_client("notes", |client| client.needs_second_factor = true).await;
    for (minutes, next) in [(14, None), (15, Some("/second-factor/password"))] {
        let agent = app.machine();
        let login = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
        let page = app.sign_in(login, ALICE).await.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
        app.clock.advance(TimeDelta::minutes(minutes));
        let login = page.click("#somebody-else").await;
        let page = app.by_mail(login, ALICE).await;
        match next {
            Some(next) => assert_eq!(page.url.path(), next, "{}", page.summary()),
            None => assert_ne!(page.url.path(), "/second-factor/password", "{}", page.summary()),
        }
        assert_eq!(has_session(&app, &agent), next.is_none());
    }
}

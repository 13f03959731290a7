//! Links over HTTP: what opening one does, and what its button does in which browser.

use chrono::TimeDelta;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, code_request};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// Asks for a link on the way to the account, and ends at the page that waits for it.
pub(super) async fn ask(app: &TestApp, agent: &Agent, email: &str) -> Page {
    let login = agent.get(&app.at("/login")).await.follow_all().await;
    let page = login
        .form("#login-form")
        .to(&app.at(&login.attribute("#email-code", "formaction").unwrap()));
    let page = page.submit().await;
    let form = page.form("#mailed-address-form").fill("email", email).set("send", "link");
    form.submit().await.follow_all().await
}

async fn sessions(app: &TestApp) -> usize {
    app.sessions(ALICE).await
}

/// The page with the button.
pub(super) async fn opened(agent: &Agent, link: &str) -> Page {
    agent.get(link).await.follow_all().await
}

#[tokio::test]
async fn a_link_signs_in_where_it_was_asked_for() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let waiting = ask(&app, &agent, ALICE).await;
    assert!(waiting.text("#sent").contains("a•••@example.com"), "{}", waiting.summary());
    let link = app.mailed_link(ALICE).await;
    let page = opened(&agent, &link).await;
    assert_eq!(page.url.query(), None, "the secret has left the address");
    assert_eq!(sessions(&app).await, 0);
    let page = page.form("#mailed-link-form").submit().await;
    assert!(page.status.is_redirection(), "{}", page.summary());
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(sessions(&app).await, 1);
    // It was used, here and anywhere.
    for agent in [agent, Agent::new()] {
        assert_eq!(opened(&agent, &link).await.status, 400);
    }
}

#[tokio::test]
async fn case_199_looking_at_a_link_uses_nothing_up() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    ask(&app, &agent, ALICE).await;
    let link = app.mailed_link(ALICE).await;
    let rows = |app: &TestApp| {
        use diesel::sql_types::BigInt;
        use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
        #[derive(QueryableByName)]
        struct Sum {
            #[diesel(sql_type = BigInt)]
            sum: i64,
        }
        let query = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM audit_events) \
                     + (SELECT count(*) FROM mailed_codes WHERE consumed_at IS NOT NULL) AS sum";
        sql_query(query).get_result::<Sum>(&mut app.raw()).unwrap().sum
    };
    let before = rows(&app);
    for agent in [agent.fresh(), Agent::new(), agent.fresh()] {
        for method in ["HEAD", "GET", "OPTIONS"] {
            agent.request(method, &link).await;
        }
        // Scanners that follow redirects, and keep cookies or not.
        for _ in 0..3 {
            let page = agent.get(&link).await;
            assert_eq!(page.status, 303, "{}", page.summary());
            assert!(!page.location().as_str().contains("token"));
            let shown = page.follow().await;
            assert_eq!(shown.header("cache-control"), Some("no-store"));
            assert_eq!(shown.header("referrer-policy"), Some("no-referrer"));
        }
        // A form of somebody else's site has no value of ours.
        let forged = agent.post(&app.at("/sign-in-link"), &[("csrf", "x")]).await;
        assert_eq!(forged.status, 403);
    }
    assert_eq!(rows(&app), before);
    let page = opened(&agent, &link).await.form("#mailed-link-form").submit().await;
    assert_eq!(page.follow_all().await.url.path(), "/account");
}

#[tokio::test]
async fn in_another_browser_it_shows_a_code_and_signs_nobody_in() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let waiting = ask(&app, &agent, ALICE).await;
    let link = app.mailed_link(ALICE).await;
    let other = Agent::new();
    let shown = opened(&other, &link).await.form("#mailed-link-form").submit().await;
    assert_eq!(shown.status, 200, "{}", shown.summary());
    let code = shown.text("#matching-code");
    assert_eq!(sessions(&app).await, 0);
    assert!(other.get(&app.at("/account")).await.status.is_redirection(), "nobody is in there");
    // Typed there it does nothing either: that browser has no such sign-in.
    let page = waiting.form("#code-form").fill("code", &code).submit_by(&other).await;
    assert_eq!(page.status, 403, "{}", page.summary());
    let page = waiting.form("#code-form").fill("code", &code).submit().await;
    assert_eq!(page.follow_all().await.url.path(), "/account");
    assert_eq!(sessions(&app).await, 1);
    assert_eq!(opened(&other, &link).await.status, 400, "it was used");
}

#[tokio::test]
async fn a_link_is_over_after_ten_minutes_and_when_a_newer_one_was_sent() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let waiting = ask(&app, &agent, ALICE).await;
    let first = app.mailed_link(ALICE).await;
    let page = opened(&agent, &first).await;
    app.clock.advance(TimeDelta::seconds(1));
    waiting.form("#again-form").submit().await;
    let second = app.mailed_link(ALICE).await;
    assert_ne!(first, second);
    assert_eq!(page.form("#mailed-link-form").submit().await.status, 400);
    assert_eq!(opened(&agent, &first).await.status, 400);
    let page = opened(&agent, &second).await;
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(page.form("#mailed-link-form").submit().await.status, 400);
    assert_eq!(sessions(&app).await, 0);
    for odd in ["", "x", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let url = app.at(&format!("/sign-in-link?token={odd}"));
        assert_eq!(opened(&Agent::new(), &url).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn case_209_a_link_does_what_it_was_sent_for_alone() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    ask(&app, &agent, ALICE).await;
    let link = app.mailed_link(ALICE).await;
    let elsewhere = link.replace("/sign-in-link", "/confirm-address");
    assert_eq!(opened(&agent, &elsewhere).await.status, 400);
    let register = agent.get(&app.at("/login")).await.follow_all().await;
    let register = register.click("#create-account-link").await;
    let form = register.form("#register-form").fill("email", BOB).fill("password", "a long one 17");
    form.submit().await;
    let confirm = app.mailed_link(BOB).await;
    let elsewhere = confirm.replace("/confirm-address", "/sign-in-link");
    assert_eq!(opened(&agent, &elsewhere).await.status, 400);
    let page = opened(&agent, &confirm).await.form("#mailed-link-form").submit().await;
    assert_eq!(page.follow_all().await.url.path(), "/account");
    assert_eq!(app.sessions(BOB).await, 1);
}

#[tokio::test]
async fn a_registration_is_confirmed_by_the_link_or_the_code_that_it_shows_elsewhere() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    for elsewhere in [false, true] {
        let email = format!("new-{elsewhere}@example.com");
        let agent = Agent::new();
        let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
        let page = page.click("#create-account-link").await;
        let form = page.form("#register-form").fill("email", &email);
        let waiting = form.fill("password", "a long one 17").submit().await.follow_all().await;
        let link = app.mailed_link(&email).await;
        let opened_in = if elsewhere { Agent::new() } else { agent.clone() };
        let page = opened(&opened_in, &link).await.form("#mailed-link-form").submit().await;
        let page = if elsewhere {
            let code = page.text("#matching-code");
            assert!(app.node().identity().find_user(&email).await.unwrap().is_none());
            waiting.form("#code-form").fill("code", &code).submit().await
        } else {
            page
        };
        let page = app.to_relying_party(page).await;
        let code = page.location_param("code").unwrap();
        let tokens = app.token(&client, &code_request(&client, &code)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.summary());
    }
}

#[tokio::test]
async fn who_took_the_name_meanwhile_is_told_of_where_the_link_was_pressed() {
    let app = TestApp::start();
    let register = |agent: Agent, email: &'static str| {
        let app = &app;
        async move {
            let page = agent.get(&app.at("/login")).await.follow_all().await;
            let page = page.click("#create-account-link").await;
            let form = page.form("#register-form").fill("email", email).fill("username", "ally");
            form.fill("password", "a long one 17").submit().await
        }
    };
    let (first, second) = (Agent::new(), Agent::new());
    register(first.clone(), ALICE).await;
    let page = register(second, BOB).await;
    app.confirm_address(page, BOB).await;
    let page = opened(&first, &app.mailed_link(ALICE).await).await;
    let page = page.form("#mailed-link-form").submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.has("#username[aria-invalid]"), "{}", page.summary());
    let form = page.form("#code-form").fill("code", &app.mailed_code(ALICE).await);
    let page = form.fill("username", "alice").submit().await;
    assert_eq!(page.follow_all().await.url.path(), "/account");
}

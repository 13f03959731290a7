//! Changing one's own password, and the fresh sign-in that it takes.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};

use crate::support::agent::{Agent, Page};
use crate::support::app::{Running, TestApp};
use crate::support::flow::{assert_page, authorization_request, refresh_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "a quite different password";

/// Two nodes and a person.
struct World {
    app: TestApp,
    other: Running,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start();
        let other = app.second_node();
        app.person(ALICE).await;
        Self { app, other }
    }

    /// A browser in which somebody is signed in with this password.
    async fn browser(&self, identifier: &str, password: &str) -> Agent {
        let agent = self.app.machine();
        let page = self.try_sign_in(&agent, identifier, password).await;
        assert!(page.status.is_redirection(), "{}", page.summary());
        page.follow_all().await;
        agent
    }

    async fn try_sign_in(&self, agent: &Agent, identifier: &str, password: &str) -> Page {
        let page = agent.get(&self.app.at("/login")).await.follow_all().await;
        let form = page.form("#login-form");
        form.fill("identifier", identifier).fill("password", password).submit().await
    }

    async fn form(&self, agent: &Agent) -> Page {
        form_at(agent, &self.app.at("/account/password")).await
    }

    async fn form_of_the_other_node(&self, agent: &Agent) -> Page {
        form_at(agent, &self.other.at("/account/password")).await
    }

    async fn change(&self, page: &Page, current: &str, new: &str) -> Page {
        let form = page.form("#change-password-form");
        form.fill("current_password", current).fill("password", new).submit().await
    }

    /// Whether a browser is signed in, asked of the other node.
    async fn is_signed_in(&self, agent: &Agent) -> bool {
        agent.get(&self.other.at("/account")).await.status == 200
    }

    async fn signs_in_with(&self, password: &str) -> bool {
        let page = self.try_sign_in(&self.app.machine(), ALICE, password).await;
        page.status.is_redirection()
    }

    /// Entries of the trail about passwords.
    fn trail(&self) -> Vec<String> {
        let dump = self.app.dump();
        dump.lines().filter(|line| line.contains("user.password_set")).map(str::to_owned).collect()
    }
}

async fn form_at(agent: &Agent, url: &str) -> Page {
    let page = agent.get(url).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page
}

fn session_cookie(app: &TestApp, agent: &Agent) -> String {
    agent.cookie("localhost", &app.cookie_name("session")).expect("the browser is signed in")
}

#[tokio::test]
async fn case_185_a_changed_password_ends_what_is_older_and_this_browser_goes_on() {
    let world = World::new().await;
    let app = &world.app;
    let client = app.confidential_client("notes").await;
    let elsewhere = world.browser(ALICE, PASSWORD).await;
    let tokens = app.tokens_in(&elsewhere, &client, ALICE, "openid offline_access").await;
    let user = app.node().identity().find_user(ALICE).await.unwrap().unwrap().user.id;
    let link = app.node().identity();
    let link = link
        .create_password_link(
            latchkey::domain::audit::Actor::Operator,
            user,
            &latchkey::domain::audit::RequestContext::default(),
        )
        .await
        .unwrap();
    let agent = world.browser(ALICE, PASSWORD).await;
    let before = session_cookie(app, &agent);

    let page = agent.get(&app.at("/account")).await;
    let page = page.click("nav a[href='/account/security']").await.click("#change-password").await;
    assert!(page.has("#end_others[checked]"), "offered, and ticked");
    app.clock.advance(TimeDelta::microseconds(1));
    let page = world.change(&page, PASSWORD, NEW).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let page = page.follow().await;
    assert_eq!(
        page.text("#notice"),
        "Your password is saved, and you are signed out everywhere else."
    );

    // Case 257: this browser has a new cookie, and the old one is worth nothing.
    assert_ne!(session_cookie(app, &agent), before);
    assert!(world.is_signed_in(&agent).await);
    let thief = app.machine();
    thief.set_cookie("localhost", &format!("{}={before}; Path=/", app.cookie_name("session")));
    assert!(!world.is_signed_in(&thief).await);
    assert!(!world.is_signed_in(&elsewhere).await);
    let refreshed = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(app.token(&client, &refreshed).await.status, 400);
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(userinfo.status, 401);
    let link = format!("/set-password?token={}", link.secret.expose());
    assert_page(&agent.get(&app.at(&link)).await, 400);
    assert!(!world.signs_in_with(PASSWORD).await);
    assert!(world.signs_in_with(NEW).await);
    let trail = world.trail();
    assert_eq!(trail.len(), 1, "{trail:?}");
    assert!(trail[0].contains("other_sessions") && trail[0].contains("ended"), "{trail:?}");
}

#[tokio::test]
async fn case_185_other_browsers_stay_signed_in_where_that_is_wished() {
    let world = World::new().await;
    let app = &world.app;
    let client = app.confidential_client("notes").await;
    let elsewhere = world.browser(ALICE, PASSWORD).await;
    let tokens = app.tokens_in(&elsewhere, &client, ALICE, "openid offline_access").await;
    let ended = world.browser(ALICE, PASSWORD).await;
    app.sign_out(&ended).await;
    let agent = world.browser(ALICE, PASSWORD).await;
    app.clock.advance(TimeDelta::minutes(1));
    let form = world.form(&agent).await.form("#change-password-form");
    let form = form.fill("current_password", PASSWORD).fill("password", NEW).without("end_others");
    let page = form.submit().await.follow().await;
    assert_eq!(page.text("#notice"), "Your password is saved.");
    assert!(world.is_signed_in(&agent).await && world.is_signed_in(&elsewhere).await);
    assert!(!world.is_signed_in(&ended).await, "what had ended stays so");
    assert_eq!(app.sessions(ALICE).await, 2);
    let refreshed = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(app.token(&client, &refreshed).await.status, 400, "apps begin anew");
    app.code_for(&elsewhere, &authorization_request(&client), ALICE).await;
    assert!(world.trail()[0].contains("kept"), "{:?}", world.trail());
    // The next change ends the kept one as well.
    app.clock.advance(TimeDelta::microseconds(1));
    world.change(&world.form(&agent).await, NEW, "yet another password").await;
    assert!(!world.is_signed_in(&elsewhere).await && world.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_185_the_current_password_is_asked_for_and_counted_like_a_sign_in() {
    let world = World::new().await;
    let app = &world.app;
    let agent = world.browser(ALICE, PASSWORD).await;
    let page = world.form(&agent).await;
    let without = page.form("#change-password-form").fill("password", NEW).submit().await;
    assert_eq!(without.status, 400);
    assert!(without.has("#current_password[aria-invalid=true]"));
    assert!(without.has("#error-summary a[href='#current_password']"));
    // Over both nodes: five wrong ones, and then not even the right one.
    let there = world.form_of_the_other_node(&agent).await;
    for n in 0..5 {
        let page = if n % 2 == 0 { &page } else { &there };
        let wrong = world.change(page, "wrong horse", NEW).await;
        assert_eq!(wrong.status, 400, "{}", wrong.summary());
        assert!(wrong.has("#current_password[aria-invalid=true]"), "{}", wrong.summary());
        assert_eq!(wrong.attribute("#current_password", "value"), None);
    }
    let locked = world.change(&page, PASSWORD, NEW).await;
    assert_eq!(locked.status, 429, "{}", locked.summary());
    assert!(locked.header("retry-after").is_some());
    assert!(world.signs_in_with(PASSWORD).await, "a budget of its own, and nothing was changed");
    assert!(world.is_signed_in(&agent).await, "who is in stays in");
    let trail = world.trail();
    assert_eq!(trail.iter().filter(|line| line.contains("wrong_credentials")).count(), 5);
    assert_eq!(trail.len(), 5);
    let dump = app.dump();
    let locks = dump.lines().filter(|line| line.contains("too_many_attempts"));
    assert_eq!(locks.filter(|line| line.contains("confirmation")).count(), 1);
}

#[tokio::test]
async fn case_184_185_a_new_password_is_told_what_is_wrong_with_it_and_costs_no_attempt() {
    let world = World::new().await;
    let agent = world.browser(ALICE, PASSWORD).await;
    let page = world.form(&agent).await;
    assert!(page.text("#password-hint").starts_with("At least 8 characters."));
    for (new, told) in [
        ("", "Choose a password."),
        ("1234567", "Use at least 8 characters for the password."),
        (&"x".repeat(129), "Use at most 128 characters for the password."),
        (
            "Password123",
            "Many people use this password, so it is easy to guess. Choose another one.",
        ),
        (
            "Alice2026!",
            "This password is little more than your name, email or username, or the name of this \
             service. Choose another one.",
        ),
        (PASSWORD, "This is your current password. Choose another one."),
    ] {
        let refused = world.change(&page, PASSWORD, new).await;
        assert_eq!(refused.status, 400, "{new}");
        assert_eq!(refused.text("#password-problem"), told, "{new}");
        assert_eq!(refused.attribute("#password", "value"), None);
    }
    assert_eq!(world.change(&page, PASSWORD, NEW).await.status, 303);
}

#[tokio::test]
async fn case_266_a_session_of_an_hour_ago_signs_in_once_more_and_comes_back() {
    let world = World::new().await;
    let app = &world.app;
    let agent = world.browser(ALICE, PASSWORD).await;
    let form = world.form(&agent).await;
    let there = world.form_of_the_other_node(&agent).await;
    app.clock.advance(TimeDelta::minutes(14));
    world.form(&agent).await;
    app.clock.advance(TimeDelta::minutes(1));
    // A form from before the window closed does nothing, on either node.
    for form in [&form, &there] {
        let late = world.change(form, PASSWORD, NEW).await;
        assert_eq!(late.status, 303, "{}", late.summary());
        assert_eq!(late.location().path(), "/login");
    }
    assert!(world.trail().is_empty());
    assert_eq!(agent.get(&app.at("/account")).await.status, 200, "what is not sensitive goes on");

    let before = session_cookie(app, &agent);
    let login = agent.get(&app.at("/account/password")).await.follow_all().await;
    assert_eq!(login.attribute("#identifier", "value").as_deref(), Some(ALICE));
    assert!(!login.has("#create-account-link"), "nobody makes an account here");
    let wrong = login.form("#login-form").fill("password", "wrong horse").submit().await;
    assert_eq!(wrong.status, 401);
    let page = wrong.form("#login-form").fill("password", PASSWORD).submit().await;
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/account/password", "{}", page.summary());
    // Case 257: a new cookie for the same session.
    assert_ne!(session_cookie(app, &agent), before);
    assert_eq!(app.sessions(ALICE).await, 1);
    // The other node takes the proof as well, and the form from before is good again.
    assert_eq!(agent.get(&world.other.at("/account/password")).await.status, 200);
    assert_eq!(world.change(&form, PASSWORD, NEW).await.status, 303);
}

#[tokio::test]
async fn case_266_the_window_follows_the_setting() {
    let world = World::new().await;
    let app = &world.app;
    app.change_setting("fresh_authentication", Some("2m")).await.unwrap();
    app.refresh().await;
    let agent = world.browser(ALICE, PASSWORD).await;
    app.clock.advance(TimeDelta::seconds(119));
    world.form(&agent).await;
    app.clock.advance(TimeDelta::seconds(1));
    assert!(agent.get(&app.at("/account/password")).await.status.is_redirection());
}

#[tokio::test]
async fn case_266_somebody_else_who_signs_in_there_does_not_get_to_the_page() {
    let world = World::new().await;
    let app = &world.app;
    app.person(BOB).await;
    let agent = world.browser(ALICE, PASSWORD).await;
    let form = world.form(&agent).await;
    app.clock.advance(TimeDelta::hours(1));
    let login = agent.get(&app.at("/account/password")).await.follow_all().await;
    let page = login
        .form("#login-form")
        .fill("identifier", BOB)
        .fill("password", PASSWORD)
        .submit()
        .await
        .follow_all()
        .await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(page.text(".who").contains(BOB));
    assert_eq!(app.sessions(ALICE).await, 0);
    // Her form does nothing for him.
    assert_page(&world.change(&form, PASSWORD, NEW).await, 403);

    // Nor does making an account on the way.
    let (agent, new) = (world.browser(ALICE, PASSWORD).await, "carol@example.com");
    app.clock.advance(TimeDelta::hours(1));
    let login = agent.get(&app.at("/account/password")).await.follow_all().await;
    let register = login.url.as_str().replace("/login", "/register");
    let page = agent.get(&register).await;
    let page = page.form("#register-form").fill("email", new).fill("password", NEW).submit().await;
    let page = app.confirm_address(page, new).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(page.text(".who").contains(new));
}

#[tokio::test]
async fn case_266_who_was_signed_out_meanwhile_comes_back_as_themselves() {
    let world = World::new().await;
    let app = &world.app;
    let agent = world.browser(ALICE, PASSWORD).await;
    app.clock.advance(TimeDelta::hours(1));
    let login = agent.get(&app.at("/account/password")).await.follow_all().await;
    app.sign_out(&agent).await;
    let form = login.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    let page = form.submit().await.follow_all().await;
    assert_eq!(page.url.path(), "/account/password", "{}", page.summary());
    // Another browser cannot go on with the flow, and it is over.
    assert_page(&app.machine().get(login.url.as_str()).await, 400);
    assert_page(&agent.get(login.url.as_str()).await, 409);
}

#[tokio::test]
async fn case_185_nobody_without_a_session_and_no_forged_form_changes_anything() {
    let world = World::new().await;
    let app = &world.app;
    let agent = world.browser(ALICE, PASSWORD).await;
    let page = world.form(&agent).await;
    let fields = [("current_password", PASSWORD), ("password", NEW)];
    let url = app.at("/account/password");
    let nobody = app.machine().post(&url, &fields).await;
    assert_eq!(nobody.location().path(), "/login");
    let foreign = world.form(&world.browser(ALICE, PASSWORD).await).await;
    let foreign = foreign.form("#change-password-form").value("csrf").unwrap().to_owned();
    let form = page.form("#change-password-form");
    let form = form.fill("current_password", PASSWORD).fill("password", NEW);
    assert_page(&form.clone().set("csrf", &foreign).submit().await, 403);
    assert_page(&form.clone().without("csrf").submit().await, 403);
    assert_page(&form.submit_with_header("sec-fetch-site", "cross-site").await, 403);
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(agent.request(method, &url).await.status, 405, "{method}");
    }
    assert!(world.signs_in_with(PASSWORD).await);
    assert!(world.trail().is_empty());
}

#[tokio::test]
async fn case_185_of_two_changes_at_once_on_two_nodes_one_wins() {
    let world = World::new().await;
    let app = &world.app;
    let mut winners = 0;
    let (one, two) = (world.browser(ALICE, PASSWORD).await, world.browser(ALICE, PASSWORD).await);
    let (page, other_page) = (world.form(&one).await, world.form_of_the_other_node(&two).await);
    let form = |page: &Page, new: &str| {
        let form = page.form("#change-password-form");
        form.fill("current_password", PASSWORD).fill("password", new)
    };
    let (here, there) = (form(&page, "the first new one"), form(&other_page, "the second new one"));
    app.clock.advance(TimeDelta::microseconds(1));
    let answers = futures_util::future::join_all((0..4).map(|n| {
        let form = if n % 2 == 0 { &here } else { &there };
        form.submit()
    }))
    .await;
    for answer in &answers {
        assert!(!answer.status.is_server_error(), "{}", answer.summary());
    }
    for password in ["the first new one", "the second new one"] {
        winners += usize::from(world.signs_in_with(password).await);
    }
    assert_eq!(winners, 1);
    assert!(!world.signs_in_with(PASSWORD).await);
    let set = world.trail();
    let done = set.iter().filter(|line| line.contains("other_sessions")).count();
    assert_eq!(done, 1, "{set:?}");
    let still_in = [world.is_signed_in(&one).await, world.is_signed_in(&two).await];
    assert_eq!(still_in.iter().filter(|it| **it).count(), 1, "the browser of the one that won");
}

#[tokio::test]
async fn case_185_a_change_waits_for_a_closing_account_and_then_does_nothing() {
    let world = World::new().await;
    let app = &world.app;
    let user = app.node().identity().find_user(ALICE).await.unwrap().unwrap().user.id;
    let agent = world.browser(ALICE, PASSWORD).await;
    let page = world.form(&agent).await;
    let mut closer = app.raw();
    for statement in
        ["BEGIN".to_owned(), format!("UPDATE users SET status = 'disabled' WHERE id = '{user}'")]
    {
        sql_query(statement).execute(&mut closer).unwrap();
    }
    let changing = async { world.change(&page, PASSWORD, NEW).await };
    let closing = async {
        crate::identity::world::until("the change waits for the account", || app.waiting() > 0)
            .await;
        sql_query("COMMIT").execute(&mut closer).unwrap();
    };
    let (answer, ()) = tokio::join!(changing, closing);
    assert_eq!(answer.status, 303, "{}", answer.summary());
    assert_eq!(answer.location().path(), "/login");
    assert!(world.trail().is_empty());
    sql_query(format!("UPDATE users SET status = 'active' WHERE id = '{user}'"))
        .execute(&mut app.raw())
        .unwrap();
    assert!(world.signs_in_with(PASSWORD).await && !world.signs_in_with(NEW).await);
}

#[tokio::test]
async fn an_account_without_a_password_chooses_one_after_a_fresh_sign_in() {
    let world = World::new().await;
    let app = &world.app;
    let agent = world.browser(ALICE, PASSWORD).await;
    sql_query("DELETE FROM password_credentials").execute(&mut app.raw()).unwrap();
    let page = agent.get(&app.at("/account/security")).await;
    assert_eq!(page.text("#password-state"), "Your account has none.");
    let page = page.click("#change-password").await;
    assert_eq!(page.text("h1"), "Choose a new password");
    assert!(!page.has("#current_password"));
    let form = page.form("#change-password-form");
    app.clock.advance(TimeDelta::minutes(15));
    let late = form.clone().fill("password", NEW).submit().await;
    assert_eq!(late.location().path(), "/login");
    app.clock.advance(TimeDelta::minutes(-15));
    let page = form.fill("password", NEW).submit().await.follow().await;
    assert!(page.has("#notice"), "{}", page.summary());
    assert!(world.signs_in_with(NEW).await);
}

#[tokio::test]
async fn case_283_the_page_is_kind_to_password_managers() {
    let world = World::new().await;
    let page = world.form(&world.browser(ALICE, PASSWORD).await).await;
    for (field, kind, tokens) in [
        ("#current_password", "password", "current-password"),
        ("#password", "password", "new-password"),
        ("[name=username]", "text", "username"),
    ] {
        assert_eq!(page.attribute(field, "type").as_deref(), Some(kind), "{field}");
        assert_eq!(page.attribute(field, "autocomplete").as_deref(), Some(tokens), "{field}");
        assert_eq!(page.attribute(field, "maxlength"), None, "nothing is cut");
    }
    assert_eq!(page.attribute("[name=username]", "value").as_deref(), Some(ALICE));
    assert!(!page.body.contains("onpaste"));
    assert!(page.header("cache-control").unwrap().contains("no-store"));
}

#[tokio::test]
async fn case_270_nothing_typed_there_becomes_markup() {
    let world = World::new().await;
    let agent = world.browser(ALICE, PASSWORD).await;
    let page = world.form(&agent).await;
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let form = page.form("#change-password-form").fill("current_password", evil);
    let form = form.set("username", evil).set("end_others", evil);
    let refused = form.fill("password", evil).submit().await;
    assert_eq!(refused.status, 400);
    let query = format!("/account/security?password={}", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    for page in [refused, agent.get(&world.app.at(&query)).await] {
        assert!(!page.body.contains("<script>alert"), "{}", page.summary());
        assert!(!page.body.contains("<img src=x"), "{}", page.summary());
        assert_eq!(page.body.matches("<script").count(), 1, "only our own");
    }
}

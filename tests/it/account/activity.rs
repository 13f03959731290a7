//! The person's own part of the trail, in plain words.

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};

use super::{ALICE, BOB, Home};
use crate::support::agent::Agent;
use crate::support::flow::{assert_page, authorization_request};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test]
async fn it_tells_what_happened_when_where_and_with_what() {
    let home = Home::new().await;
    let client = home.app.confidential_client("notes").await;
    let agent = Agent::new().with_header("user-agent", FIREFOX);
    home.try_sign_in(&agent, ALICE, "wrong password").await;
    home.pass(TimeDelta::seconds(1));
    home.app.code_for(&agent, &authorization_request(&client), ALICE).await;
    home.pass(TimeDelta::seconds(1));
    let page = agent.get(&home.at("/account/details")).await;
    page.form("#details-form").fill("name", "Alice").submit().await;
    let page = agent.get(&home.at("/account")).await;
    let page = page.click("nav a[href='/account/activity']").await;
    let text = page.text("#activity");
    for part in [
        "Your profile was changed",
        "You signed in",
        "A sign-in was refused",
        "You allowed an app access",
        "Firefox on Linux",
        "127.0.0.1",
        "The account was created",
        "By an administrator",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let newest = text.find("Your profile").unwrap();
    assert!(newest < text.find("You signed in").unwrap(), "newest first");
    assert!(page.has("time[datetime]"));
    assert!(!page.body.contains("session.sign_in"), "in words");
}

#[tokio::test]
async fn it_goes_on_page_by_page_without_a_gap() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    // Many of the same moment.
    home.run(
        "INSERT INTO audit_events (id, at, action, actor_kind, actor_id, target_kind, target_id, \
         success, user_agent) SELECT gen_random_uuid(), e.at + (n / 10) * interval '1 second', \
         'user.changed', 'user', e.actor_id, 'user', e.actor_id, true, 'x' \
         FROM audit_events e, generate_series(1, 60) AS n WHERE e.action = 'session.sign_in'",
    );
    let mut page = agent.get(&home.at("/account/activity")).await;
    assert!(!page.has("#newest"));
    let mut seen = 0;
    loop {
        seen += page.body.matches("<h2>").count();
        if !page.has("#older") {
            break;
        }
        page = page.click("#older").await;
        assert!(page.status == 200 && page.has("#newest"), "{}", page.summary());
    }
    assert_eq!(seen, 62, "sixty changes, the sign-in and the making of the account");
    for place in ["x", "1", "1-2", "99999999999999999999-x", "-"] {
        let page = agent.get(&home.at(&format!("/account/activity?after={place}"))).await;
        assert_page(&page, 400);
    }
}

#[tokio::test]
async fn case_295_nothing_of_other_people_is_told() {
    let home = Home::new().await;
    let bob = home.app.person(BOB).await;
    let agent = home.browser(ALICE).await;
    home.browser(BOB).await;
    let ctx = RequestContext {
        ip: Some("198.51.100.99".to_owned()),
        user_agent: Some(FIREFOX.to_owned()),
        ..RequestContext::default()
    };
    let identity = home.app.node().identity();
    identity.create_password_link(Actor::User(bob), home.alice, &ctx).await.unwrap();
    let page = agent.get(&home.at("/account/activity")).await;
    let text = page.text("#activity");
    let told = text.split("A link to choose a password was made").nth(1).unwrap();
    assert!(told.contains("By an administrator"), "{text}");
    for foreign in ["198.51.100.99", "Firefox", BOB, &bob.to_string()] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
    // A place in somebody else's list is only a moment.
    let other = home.browser(BOB).await;
    let theirs = format!("{}-{bob}", home.app.now().timestamp_micros() + 1);
    let page = other.get(&home.at(&format!("/account/activity?after={theirs}"))).await;
    assert!(!page.body.contains(ALICE), "{}", page.summary());
}

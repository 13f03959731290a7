//! Guessing at the login page: what a stranger sees, and what the owner's browser can still do.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

/// Sends the login form of this node.
async fn guess(account: &str, agent: &Agent, name: &str, password: &str) -> Page {
    let page = agent.get(account).await.follow_all().await;
    page.form("#login-form").fill("identifier", name).fill("password", password).submit().await
}

/// What differs between two answers by nature is left out.
fn seen(page: &Page, name: &str) -> (u16, BTreeMap<String, String>, String) {
    let own = ["date", "x-request-id"];
    let headers = page
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let mut body = page.body.replace(name, "NAME");
    for secret in [page.attribute("[name=csrf]", "value"), page.attribute("#login-form", "action")]
    {
        body = body.replace(&secret.unwrap(), "ITS OWN");
    }
    let flow = page.url.query().unwrap();
    (page.status.as_u16(), headers, body.replace(flow, "ITS FLOW"))
}

#[tokio::test]
async fn case_175_a_stranger_sees_the_same_of_every_account() {
    let app = TestApp::start();
    let closed = app.person("disabled@example.com").await;
    app.disable(closed).await;
    // Of equal length, so that the answers are.
    for kind in ["existing", "ofothers"] {
        app.person(&format!("{kind}@example.com")).await;
    }
    let owner = Agent::new();
    let account = app.at("/account");
    let page = guess(&account, &owner, "ofothers@example.com", PASSWORD).await;
    assert_eq!(page.status, 303);
    let mut answers: Vec<Vec<_>> = vec![];
    for kind in ["existing", "notthere", "disabled", "ofothers"] {
        let name = format!("{kind}@example.com");
        let mut answered = vec![];
        for _ in 0..7 {
            let page = guess(&account, &Agent::new(), &name, "wrong horse").await;
            assert!(page.set_cookies().is_empty(), "{}", page.summary());
            let (status, mut headers, body) = seen(&page, &name);
            // The budget of the address runs on from one name to the next.
            for field in ["ratelimit", "ratelimit-policy"] {
                let told = headers.get_mut(field).unwrap();
                let items = told.split(", ").filter(|item| !item.starts_with("\"address\""));
                *told = items.collect::<Vec<_>>().join(", ");
            }
            answered.push((status, headers, body));
        }
        let statuses: Vec<u16> = answered.iter().map(|(status, ..)| *status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429], "{kind}");
        answers.push(answered);
    }
    for other in &answers[1..] {
        for (nth, (one, other)) in answers[0].iter().zip(other).enumerate() {
            assert_eq!(one, other, "attempt {nth}");
        }
    }
}

#[tokio::test]
async fn case_324_every_answer_tells_what_is_left() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let other = app.second_node();
    let told = |page: &Page, name: &str| page.header(name).unwrap_or("-").to_owned();
    for (nth, left) in [(1, "4"), (2, "3"), (3, "2"), (4, "1"), (5, "0")] {
        let account = if nth % 2 == 0 { app.at("/account") } else { other.at("/account") };
        let page = guess(&account, &app.machine(), ALICE, "wrong horse").await;
        assert_eq!(page.status, 401, "{}", page.summary());
        assert_eq!(told(&page, "ratelimit-limit"), "5");
        assert_eq!(told(&page, "ratelimit-remaining"), left);
        assert_eq!(told(&page, "ratelimit-reset"), "900");
        assert_eq!(
            told(&page, "ratelimit-policy"),
            r#""address";q=100;w=900, "account";q=5;w=900, "pair";q=20;w=86400"#
        );
        let (address, pair) = (100 - nth, 20 - nth);
        assert_eq!(
            told(&page, "ratelimit"),
            format!(
                r#""address";r={address};t=900, "account";r={left};t=900, "pair";r={pair};t=86400"#
            )
        );
        assert_eq!(page.has("#other-ways"), nth >= 3, "{nth}");
    }
    app.clock.advance(TimeDelta::seconds(90));
    let page = guess(&app.at("/account"), &app.machine(), ALICE, PASSWORD).await;
    assert_eq!(page.status, 429);
    assert_eq!(told(&page, "retry-after"), "810");
    assert_eq!(
        (told(&page, "ratelimit-remaining"), told(&page, "ratelimit-reset")),
        ("0".into(), "810".into())
    );
    let alert = page.text("[role=alert]");
    assert!(alert.contains("Wait 14 minutes"), "{alert}");
    assert!(page.text("#other-ways").contains("signed in before"));
}

#[tokio::test]
async fn case_179_a_known_browser_gets_in_while_strangers_lock_the_account() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let other = app.second_node();
    let owner = app.machine();
    let page = guess(&app.at("/account"), &owner, ALICE, PASSWORD).await;
    let name = app.cookie_name("device");
    let cookie = page.set_cookies().into_iter().find(|cookie| cookie.name() == name).unwrap();
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site().map(|it| it.to_string()), Some("Lax".to_owned()));
    assert_eq!(cookie.max_age().unwrap().whole_days(), 180);
    assert_eq!(page.header("ratelimit-remaining"), Some("5"), "a success is not counted");

    for _ in 0..6 {
        guess(&app.at("/account"), &app.machine(), ALICE, "wrong horse").await;
    }
    assert_eq!(owner.get(&other.at("/account")).await.status, 200, "the session lives");
    app.sign_out(&owner).await;
    for account in [app.at("/account"), other.at("/account")] {
        let page = guess(&account, &app.machine(), ALICE, PASSWORD).await;
        assert_eq!(page.status, 429, "{}", page.summary());
    }
    let page = guess(&other.at("/account"), &owner, ALICE, PASSWORD).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let again = page.set_cookies().into_iter().find(|cookie| cookie.name() == name).unwrap();
    assert_eq!(again.value(), cookie.value(), "and is known for as long again");
    assert_eq!(again.max_age(), cookie.max_age());
}

#[tokio::test]
async fn case_324_the_other_sign_in_routes_have_the_budget_of_an_address() {
    let app = TestApp::start();
    let user = app.person(ALICE).await;
    app.change_setting("max_logins_per_address", Some("5")).await.unwrap();
    app.refresh().await;
    // Links that do not work.
    let by = latchkey::domain::audit::Actor::Operator;
    let identity = app.node().identity();
    let context = latchkey::domain::audit::RequestContext::default();
    let link = identity.create_password_link(by.clone(), user, &context).await.unwrap();
    let link_page = app.at(&format!("/set-password?token={}", link.secret.expose()));
    let agent = Agent::new();
    let page = agent.get(&link_page).await.follow_all().await;
    identity.create_password_link(by, user, &context).await.unwrap();
    let form = page.form("form[method=post]").fill("password", "a fine long one");
    for _ in 0..5 {
        assert_eq!(form.submit().await.status, 400);
    }
    let refused = form.submit().await;
    assert_eq!(refused.status, 429, "{}", refused.summary());
    assert_eq!(refused.header("retry-after"), Some("900"));
    assert_eq!(refused.header("ratelimit"), Some("\"address\";r=0;t=900"));
    // And so are sign-ins and registrations from there.
    let page = guess(&app.at("/account"), &Agent::new(), ALICE, PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, Some("900")));
    app.clock.advance(TimeDelta::minutes(15));
    let page = guess(&app.at("/account"), &Agent::new(), ALICE, PASSWORD).await;
    assert_eq!(page.status, 303);
}

//! Whether an account exists, and why it is not entered, is told nobody.

use latchkey::domain::address::{EmailAddress, Username};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::user::NewUser;
use serde_json::{Value, json};

use super::World;
use crate::support::agent::Page;
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

pub(super) const STRANGERS: &[&str] = &[
    "absent@example.com",
    "disabled@example.com",
    "deleted@example.com",
    "no-password@example.com",
];

/// Accounts of every kind that is not entered.
pub(super) async fn populate(app: &TestApp) {
    let disabled = app.person("disabled@example.com").await;
    app.disable(disabled).await;
    let deleted = app.person("deleted@example.com").await;
    app.delete(deleted).await;
    let new = NewUser {
        email: EmailAddress::parse("no-password@example.com").unwrap(),
        email_verified: false,
        username: Some(Username::parse("nobody").unwrap()),
        name: None,
        subject: None,
        password_phc: None,
        roles: vec![],
    };
    let context = RequestContext::default();
    app.node().identity().create_user(Actor::Operator, new, &context).await.unwrap();
}

/// What is the same for everybody: all but the request's own id.
fn told(page: &Page) -> (u16, Value, Vec<(String, String)>) {
    let mut body = page.json();
    assert!(body["metadata"]["requestId"].is_string());
    body["metadata"]["requestId"] = Value::Null;
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (page.status.as_u16(), body, headers)
}

#[tokio::test]
async fn case_175_a_refused_sign_in_looks_the_same_for_every_account() {
    let world = World::start().await;
    populate(&world.app).await;
    let right = world.opened().await.login("absent@example.com", PASSWORD).await;
    let expected = told(&right);
    assert_eq!(expected.0, 401);
    let details = &expected.1["error"]["details"];
    assert_eq!(details["attemptCount"], 1, "{details}");
    assert_eq!(details["maxAttempts"], 5, "{details}");
    assert!(details["lockoutTime"].is_null() && details.get("lockoutTime").is_some(), "{details}");
    assert!(right.set_cookies().is_empty());
    for who in &STRANGERS[1..] {
        let page = world.opened().await.login(who, PASSWORD).await;
        let (status, mut body, mut headers) = told(&page);
        // What the network has left goes down with each of them.
        let mut expected = expected.clone();
        for headers in [&mut headers, &mut expected.2] {
            headers.retain(|(name, _)| name != "ratelimit");
        }
        body["metadata"]["timestamp"] = expected.1["metadata"]["timestamp"].clone();
        assert_eq!((status, body, headers), expected, "{who}");
    }
    let page = world.opened().await.login(super::ALICE, "wrong horse").await;
    assert_eq!(page.json()["error"]["details"], expected.1["error"]["details"]);
}

#[tokio::test]
async fn case_175_locks_look_the_same_with_and_without_an_account() {
    let world = World::start().await;
    let mut seen: Vec<Vec<(u16, Value, Option<String>)>> = vec![];
    for who in [super::ALICE, "absent@example.com"] {
        let mut answers = vec![];
        for _ in 0..7 {
            let page = world.opened().await.login(who, "wrong horse").await;
            let error = page.json()["error"].clone();
            answers.push((
                page.status.as_u16(),
                error,
                page.header("retry-after").map(str::to_owned),
            ));
        }
        let (status, error, wait) = &answers[6];
        assert_eq!((*status, &error["code"]), (429, &"TOO_MANY_ATTEMPTS".into()), "{error}");
        assert!(wait.is_some());
        assert_eq!(error["details"]["attemptCount"], 5, "{error}");
        assert!(error["details"]["lockoutTime"].is_string(), "{error}");
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn case_175_the_work_is_the_same_with_and_without_an_account() {
    let world = World::quiet().await;
    populate(&world.app).await;
    let work = world.app.node().identity().hasher();
    let mut costs = vec![];
    for who in [&[super::ALICE], STRANGERS].concat() {
        let front_end = world.opened().await;
        let (hashes, statements) = (work.hashes(), world.app.statements());
        front_end.login(who, "wrong horse").await;
        costs.push((work.hashes() - hashes, world.app.statements() - statements));
    }
    assert!(costs.iter().all(|it| *it == costs[0] && it.0 == 1), "{costs:?}");
}

/// Calls a new browser's `path` about each of these, and asserts that nothing tells them apart: not the
/// answer, not the statements, not the hashes.
async fn alike(world: &World, path: &str, body: impl Fn(&str) -> Value, whos: &[&str]) {
    let work = world.app.node().identity().hasher();
    let mut seen = vec![];
    for who in whos {
        let front_end = world.opened().await;
        let (hashes, statements) = (work.hashes(), world.app.statements());
        let page = front_end.post(path, body(who)).await;
        let cost = (work.hashes() - hashes, world.app.statements() - statements);
        let (status, mut body, mut headers) = told(&page);
        if body["data"]["flow"].is_string() {
            body["data"]["flow"] = Value::Null;
        }
        body["metadata"]["timestamp"] = Value::Null;
        // What the network has left goes down with each of them.
        body["metadata"]["rateLimit"] = Value::Null;
        headers.retain(|(name, _)| !name.starts_with("ratelimit"));
        seen.push((status, body, headers, cost.0, cost.1));
    }
    for (who, other) in whos.iter().zip(&seen) {
        assert_eq!(other.0, 200, "{path} {who}: {other:?}");
        assert_eq!(other, &seen[0], "{path} {who}");
    }
}

#[tokio::test]
async fn case_177_and_205_what_mails_says_nothing_of_accounts() {
    let world = World::quiet().await;
    populate(&world.app).await;
    let whos = [&[super::ALICE], STRANGERS].concat();
    alike(&world, "/api/auth/forgot-password", |who| json!({ "identifier": who }), &whos).await;
    alike(&world, "/api/auth/send-otp", |who| json!({ "email": who }), &whos).await;
    let new = |who: &str| json!({ "email": who, "password": PASSWORD });
    alike(&world, "/api/auth/register", new, &whos).await;
}

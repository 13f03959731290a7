//! Case 170: accounts that are deleted.

use chrono::TimeDelta;
use latchkey::domain::address::{EmailAddress, Username};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::user::NewUser;
use latchkey::identity::admin::AdminError;
use latchkey::identity::register::RegisterProblem;
use latchkey::kernel::ids::UserId;
use sha2::{Digest as _, Sha256};

use super::{count, counts, purge};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{Client, authorization_request, claims};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

fn context() -> RequestContext {
    RequestContext::default()
}

fn person(email: &str, verified: bool, subject: Option<&str>) -> NewUser {
    NewUser {
        email: EmailAddress::parse(email).unwrap(),
        email_verified: verified,
        username: None,
        name: None,
        subject: subject.map(str::to_owned),
        password_phc: None,
        roles: Vec::new(),
    }
}

/// Why an account cannot be made; `None`: it was made.
async fn problems(app: &TestApp, new: NewUser) -> Option<Vec<RegisterProblem>> {
    match app.node().identity().create_user(Actor::Operator, new, &context()).await {
        Ok(_) => None,
        Err(AdminError::Problems(problems)) => Some(problems),
        Err(error) => panic!("{error}"),
    }
}

/// Fills in the registration page on the way to an app.
async fn register(
    app: &TestApp,
    client: &Client,
    email: &str,
    username: &str,
) -> crate::support::agent::Page {
    let login = app.authorize(&Agent::new(), &authorization_request(client)).await;
    let page = login.follow_all().await.click("#create-account-link").await;
    let form = page.form("#register-form").fill("email", email).fill("username", username);
    form.fill("password", PASSWORD).submit().await
}

async fn subject(app: &TestApp, client: &Client, email: &str) -> String {
    let tokens = app.tokens_for(client, email).await;
    claims(tokens["id_token"].as_str().unwrap())["sub"].as_str().unwrap().to_owned()
}

async fn enable(app: &TestApp, user: UserId) -> Result<(), AdminError> {
    app.node().identity().enable_user(Actor::Operator, user, &context()).await
}

#[tokio::test]
async fn case_170_a_deleted_account_never_comes_back() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let alice = app.person(ALICE).await;
    let before = subject(&app, &client, ALICE).await;
    app.delete(alice).await;
    assert_eq!(
        problems(&app, person(ALICE, true, None)).await,
        Some(vec![RegisterProblem::AddressTaken]),
        "while it can be undone the address is its own"
    );
    app.clock.advance(TimeDelta::days(14));
    purge(&app).await;

    assert!(matches!(enable(&app, alice).await, Err(AdminError::NotFound)));
    let left = counts(&app);
    for table in ["users", "addresses", "password_credentials", "consents", "grants", "sessions"] {
        assert_eq!(left[table], 0, "{table}");
    }
    let removed = format!("action = 'user.removed' AND target_id = '{alice}'");
    assert_eq!(count(&mut app.raw(), "audit_events", &removed), 1);
    assert!(count(&mut app.raw(), "audit_events", "action = 'session.sign_in'") > 0);

    // Address and subject stay reserved, on the page and for operators, in every spelling.
    // The page tells nobody: it asks for a code that is never mailed.
    let page = register(&app, &client, "Alice@EXAMPLE.com", "").await.follow_all().await;
    assert!(page.has("#code-form"), "{}", page.summary());
    assert!(app.letters("Alice@EXAMPLE.com").await.is_empty());
    let again = problems(&app, person(" ALICE@example.com", true, None)).await;
    assert_eq!(again, Some(vec![RegisterProblem::AddressTaken]));
    let imported = problems(&app, person("other@example.com", true, Some(&before))).await;
    assert_eq!(imported, Some(vec![RegisterProblem::SubjectTaken]));
}

#[tokio::test]
async fn case_170_a_deletion_can_be_undone_for_14_days() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let alice = app.person(ALICE).await;
    let before = subject(&app, &client, ALICE).await;
    app.delete(alice).await;
    app.clock.advance(TimeDelta::days(14) - TimeDelta::microseconds(1));
    purge(&app).await;
    enable(&app, alice).await.unwrap();
    app.clock.advance(TimeDelta::days(30));
    purge(&app).await;
    assert_eq!(subject(&app, &client, ALICE).await, before);
}

#[tokio::test]
async fn case_170_an_address_that_nobody_proved_is_free_again_with_another_subject() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let identity = app.node().identity();
    let phc = identity.hash_new_password(&PASSWORD.into(), &[]).await.unwrap();
    let username = Some(Username::parse("ally").unwrap());
    let new = NewUser { username, password_phc: Some(phc), ..person(ALICE, false, None) };
    assert_eq!(problems(&app, new).await, None);
    let before = subject(&app, &client, ALICE).await;
    let alice = identity.find_user(ALICE).await.unwrap().unwrap().user.id;
    app.delete(alice).await;
    app.clock.advance(TimeDelta::days(14));
    purge(&app).await;

    // Whoever claimed it may not have been its owner, who is not locked out. The name is gone.
    let page = register(&app, &client, "bob@example.com", "Ally").await;
    assert!(page.has("#username[aria-invalid]"), "{}", page.summary());
    let page = register(&app, &client, ALICE, "").await;
    let page = app.confirm_address(page, ALICE).await;
    app.to_relying_party(page).await;
    assert_ne!(subject(&app, &client, ALICE).await, before);
}

#[tokio::test]
async fn what_is_reserved_tells_nobody_who_was_here() {
    let app = TestApp::start();
    let alice = app.person(ALICE).await;
    let profile = app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    app.delete(alice).await;
    app.clock.advance(TimeDelta::days(14));
    purge(&app).await;
    assert_eq!(counts(&app)["retired_identifiers"], 2);
    let dump = app.dump();
    for trace in [ALICE, &profile.user.subject] {
        assert!(!dump.contains(trace), "{trace}");
        let hash = Sha256::digest(trace);
        let plain = hash.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert!(!dump.contains(&plain), "the hash of {trace} can be guessed");
    }
}

#[tokio::test]
async fn nobody_takes_a_subject_that_somebody_has() {
    let app = TestApp::start();
    assert_eq!(problems(&app, person(ALICE, true, Some("alice-1"))).await, None);
    let other = person("other@example.com", true, Some("alice-1"));
    assert_eq!(problems(&app, other).await, Some(vec![RegisterProblem::SubjectTaken]));
}

//! The form with which people change what they tell about themselves.

use chrono::TimeDelta;
use latchkey::domain::details::Detail;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::authorization_request;

const ALICE: &str = "alice@example.com";

async fn signed_in() -> (TestApp, Agent) {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes("openid profile phone")).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let params = authorization_request(&client).with("scope", "openid profile phone");
    app.code_for(&agent, &params, ALICE).await;
    (app, agent)
}

async fn form(app: &TestApp, agent: &Agent) -> Page {
    let page = agent.get(&app.at("/account")).await.click("#change-details").await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page
}

#[tokio::test]
async fn what_is_typed_is_kept_shown_and_told() {
    let (app, agent) = signed_in().await;
    let page = form(&app, &agent).await;
    let saved = page
        .form("#details-form")
        .fill("name", " Alice Example ")
        .fill("birthdate", "1990-05-31")
        .fill("phone_number", "+44 20 7946 0000")
        .fill("street_address", "1 Sample Street\r\nFlat 2")
        .fill("locality", "Sampleton")
        .submit()
        .await;
    assert_eq!(saved.status, 303, "{}", saved.summary());
    let page = saved.follow_all().await;
    assert!(page.has("#notice"), "{}", page.summary());
    let facts = page.text(".facts");
    for part in ["Alice Example", "1990-05-31", "+442079460000", "Flat 2 Sampleton"] {
        assert!(facts.contains(part), "{part} in {facts}");
    }
    // The form has it again, and emptying a field takes it away.
    let page = form(&app, &agent).await;
    assert_eq!(page.attribute("#birthdate", "value").as_deref(), Some("1990-05-31"));
    assert_eq!(page.text("#street_address"), "1 Sample Street Flat 2");
    page.form("#details-form").fill("birthdate", "").submit().await;
    let page = form(&app, &agent).await;
    assert_eq!(page.attribute("#birthdate", "value").as_deref(), Some(""));
    assert_eq!(page.attribute("#name", "value").as_deref(), Some("Alice Example"));
    // The trail tells what changed, and not to what.
    let dump = app.dump();
    let trail: Vec<_> = dump.lines().filter(|line| line.contains("user.changed")).collect();
    assert_eq!(trail.len(), 2, "{trail:?}");
    assert!(trail[0].contains("birthdate") && !trail[0].contains("1990"), "{trail:?}");
}

#[tokio::test]
async fn only_operators_say_that_a_phone_number_is_verified() {
    let (app, agent) = signed_in().await;
    let user = app.node().identity().find_user(ALICE).await.unwrap().unwrap().user.id;
    app.tell(user, &[(Detail::PhoneNumber, "+442079460000")]).await;
    let verified = async || {
        let found = app.node().identity().find_user(ALICE).await.unwrap().unwrap();
        found.user.contact.phone_number_verified()
    };
    assert!(verified().await);
    let change = async |number: &str| {
        let form = form(&app, &agent).await.form("#details-form").fill("phone_number", number);
        let page = form.set("phone_number_verified", "true").submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
    };
    change("+44 20 7946 0000").await;
    assert!(verified().await, "the same number, written otherwise");
    change("+442079460001").await;
    assert!(!verified().await);
    change("+442079460000").await;
    assert!(!verified().await, "it has to be verified anew");
}

#[tokio::test]
async fn what_breaks_a_rule_is_told_beside_its_field_and_nothing_is_kept() {
    let (app, agent) = signed_in().await;
    let page = form(&app, &agent).await;
    let page = page
        .form("#details-form")
        .fill("nickname", "Al")
        .fill("birthdate", "31.5.1990")
        .fill("website", "javascript:alert(1)")
        .submit()
        .await;
    assert_eq!(page.status, 400, "{}", page.summary());
    for field in ["birthdate", "website"] {
        assert!(page.has(&format!("#{field}[aria-invalid=true]")), "{field}");
        assert!(page.has(&format!("#error-summary a[href='#{field}']")), "{field}");
    }
    assert_eq!(page.attribute("#nickname", "value").as_deref(), Some("Al"), "typed once only");
    let again = form(&app, &agent).await;
    assert_eq!(again.attribute("#nickname", "value").as_deref(), Some(""));
}

#[tokio::test]
async fn a_form_of_another_session_or_of_nobody_changes_nothing() {
    let (app, agent) = signed_in().await;
    let page = form(&app, &agent).await;
    let forged = page.form("#details-form").fill("nickname", "Mallory").set("csrf", "forged");
    assert!(forged.submit().await.status.is_client_error());
    let url = app.at("/account/details");
    let fields = [("nickname", "Mallory")];
    assert!(agent.post_from("https://evil.test/", &url, &fields).await.status.is_client_error());
    let nobody = Agent::new().post(&url, &fields).await;
    assert!(!nobody.status.is_success());
    app.clock.advance(TimeDelta::days(40));
    let late = page.form("#details-form").fill("nickname", "Mallory").submit().await;
    assert!(!late.status.is_success());
    assert!(!app.dump().contains("Mallory"));
}

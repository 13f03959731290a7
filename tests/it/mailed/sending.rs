//! Codes over HTTP: what is typed, what is mailed and to whom, and what there is without mail.

use latchkey::domain::mail::MessageKind;
use serde_json::json;

use crate::mail::server::MailServer;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

async fn address_page(app: &TestApp, agent: &Agent) -> Page {
    let login = agent.get(&app.at("/login")).await.follow_all().await;
    let action = login.attribute("#email-code", "formaction").expect("codes are offered");
    login.form("#login-form").to(&app.at(&action)).submit().await
}

/// Presses "Email me a code" on the login page with this in its first field.
async fn from_login(app: &TestApp, agent: &Agent, typed: &str) -> Page {
    let login = agent.get(&app.at("/login")).await.follow_all().await;
    let action = login.attribute("#email-code", "formaction").unwrap();
    login.form("#login-form").fill("identifier", typed).to(&app.at(&action)).submit().await
}

#[tokio::test]
async fn the_button_on_the_login_page_takes_the_address_along() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = from_login(&app, &agent, ALICE).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/login/code");
    assert!(page.text("#sent").contains("a•••@example.com"), "{}", page.text("#sent"));
    assert!(!page.body.contains(ALICE));
    assert!(page.text("#sent").contains("10 minutes"));
    // Pasted with its space, and kept signed in.
    let code = app.mailed_code(ALICE).await;
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let form = page.form("#code-form").fill("code", &spaced).set("remember", "on");
    let page = form.submit().await;
    let kept = page.set_cookies().into_iter().find(|it| it.name().ends_with("-session")).unwrap();
    assert!(kept.max_age().is_some());
    assert_eq!(page.follow_all().await.url.path(), "/account");
    // A username is asked for its address, and nothing is mailed.
    let page = from_login(&app, &Agent::new(), "alice").await;
    assert!(page.has("#mailed-address-form") && !page.has("#error-summary"), "{}", page.summary());
    assert_eq!(app.letters(ALICE).await.len(), 1);
}

#[tokio::test]
async fn case_213_what_is_no_code_is_refused_like_a_wrong_one() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = from_login(&app, &agent, ALICE).await.follow_all().await;
    let code = app.mailed_code(ALICE).await;
    let long = "1".repeat(60_000);
    for odd in ["", "1e5", "-1", "٤٨٣٩٢٠", "null", "[]", "{}", "12345", "1234567", &long] {
        let refused = page.form("#code-form").set("code", odd).submit().await;
        assert_eq!(refused.status, 400, "{}", odd.chars().take(9).collect::<String>());
        assert!(refused.has("#code[aria-invalid]"), "{}", refused.summary());
        assert!(refused.set_cookies().is_empty());
    }
    let action = page.form("#code-form").action().to_owned();
    let csrf = page.attribute("[name=csrf]", "value").unwrap();
    let body = format!("csrf={csrf}&code[]={code}");
    let kind = "application/x-www-form-urlencoded";
    let sent_again = agent.post_body(&action, kind, &body).await;
    assert_ne!(sent_again.status, 200, "{}", sent_again.summary());
    let twice = format!("csrf={csrf}&code={code}&code={code}");
    assert_eq!(agent.post_body(&action, kind, &twice).await.status, 400);
    let json = json!({ "code": code }).to_string();
    let json = agent.post_body(&action, "application/json", &json).await;
    assert!(json.status.is_client_error());
    let megabyte = format!("csrf={csrf}&code={}", "1".repeat(1 << 20));
    assert!(agent.post_body(&action, kind, &megabyte).await.status.is_client_error());
    if code != "000000" {
        let refused = page.form("#code-form").fill("code", "000000").submit().await;
        assert_eq!(refused.status, 400, "{}", refused.summary());
    }
    assert_eq!(app.sessions(ALICE).await, 0);
    // None of it was a try.
    let code = app.mailed_code(ALICE).await;
    let page = page.form("#code-form").fill("code", &code).submit().await;
    assert!(page.status.is_redirection(), "{}", page.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_203_one_recipient_and_no_header_of_anybody_else() {
    let server = MailServer::start();
    let app = TestApp::start_configured(|config| config.mail = Some(server.config()));
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = address_page(&app, &agent).await;
    let long = format!("{}@example.com", "v".repeat(300));
    for odd in [
        "v@x.example\r\nBcc:e@y.example",
        "a@b@c.example",
        "\"a,b\"@x.example",
        "v@x.example,e@y.example",
        "<a>@b.example",
        "a <a@b.example>",
        &long,
    ] {
        let refused = page.form("#mailed-address-form").set("email", odd).submit().await;
        assert_eq!(refused.status, 400, "{odd:?}: {}", refused.summary());
        assert!(refused.has("#email[aria-invalid]"), "{odd:?}");
        let register = page.url.as_str().replace("/login/code", "/register");
        let form = agent.get(&register).await.form("#register-form").set("email", odd);
        assert_eq!(form.fill("password", PASSWORD).submit().await.status, 400, "{odd:?}");
    }
    let csrf = page.attribute("[name=csrf]", "value").unwrap();
    let action = page.form("#mailed-address-form").action().to_owned();
    let nul = format!("csrf={csrf}&email=v%00@x.example");
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(agent.post_body(&action, kind, &nul).await.status, 400);
    page.form("#mailed-address-form").fill("email", ALICE).submit().await;
    let taken = server.taken();
    assert_eq!(taken.recipients, [ALICE]);
    assert_eq!(taken.header("To"), [ALICE]);
    assert!(taken.header("Bcc").is_empty() && taken.header("Cc").is_empty());
    assert!(server.told().iter().all(|it| it["event"] != "taken"), "and nothing else was sent");
}

#[tokio::test]
async fn case_192_links_lead_to_the_configured_address_whatever_is_claimed() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let machine = app
        .machine()
        .with_header("x-forwarded-host", "evil.test")
        .with_header("forwarded", "host=evil.test;proto=http")
        .with_header("x-forwarded-proto", "http")
        .with_header("x-forwarded-prefix", "/evil");
    let page = address_page(&app, &machine).await;
    let form = page.form("#mailed-address-form").fill("email", ALICE).set("send", "link");
    form.submit_by(&machine).await;
    let link = app.mailed_link(ALICE).await;
    assert!(link.starts_with(&app.at("/sign-in-link?token=")), "{link}");
    let register = page.url.as_str().replace("/login/code", "/register");
    let form = machine.get(&register).await.form("#register-form").fill("email", "b@example.com");
    form.fill("password", PASSWORD).submit_by(&machine).await;
    let link = app.mailed_link("b@example.com").await;
    assert!(link.starts_with(&app.at("/confirm-address?token=")), "{link}");
    for letter in app.letters(ALICE).await {
        assert!(!letter.text.contains("evil") && !letter.html.contains("evil"));
    }
}

#[tokio::test]
async fn without_mail_nothing_of_it_is_offered() {
    use latchkey::mail::Office;
    let app = TestApp::start();
    app.person(ALICE).await;
    assert_ne!(app.node().identity().outbox().office(), Office::Closed);
    let world = crate::identity::world::World::new().await;
    let closed = world.without_mail();
    assert!(!closed.offers().mail && !closed.registration_open());
    let browser = crate::identity::world::Browser::new();
    let flow = world.account_flow(&browser).await;
    for input in [
        super::asked(super::ALICE, false),
        super::typed(latchkey::domain::credential::mailed_code::CodePurpose::SignIn, "000000"),
    ] {
        let refused = closed.advance(browser.at(flow), input, &browser.context()).await;
        assert!(matches!(refused, Err(latchkey::identity::login::FlowError::NoMail)));
    }
    let register = latchkey::identity::login::Input::Register(super::registration(super::ALICE));
    assert!(closed.advance(browser.at(flow), register, &browser.context()).await.is_err());
    assert!(world.rows("mailed_codes").is_empty());
}

#[tokio::test]
async fn the_person_reads_mail_in_the_language_of_the_page() {
    let app = TestApp::start();
    let german = Agent::new().with_header("accept-language", "de");
    let page = german.get(&app.at("/login")).await.follow_all().await;
    let page = page.click("#create-account-link").await;
    let form = page.form("#register-form").fill("email", "neu@example.com");
    let page = form.fill("password", PASSWORD).submit_by(&german).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let letter = &app.letters("neu@example.com").await[0];
    assert_eq!(letter.record.kind, MessageKind::ConfirmAddress.to_string());
    assert_eq!(letter.record.language, "de");
    assert!(letter.subject.contains("Code für"), "{}", letter.subject);
}

/// Text from right to left has marks around a code that are copied along.
#[tokio::test]
async fn a_code_is_taken_as_it_is_copied_out_of_an_arabic_mail() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let arabic = Agent::new().with_header("accept-language", "ar");
    let page = from_login(&app, &arabic, ALICE).await.follow_all().await;
    let letter = &app.letters(ALICE).await[0];
    let is_copied =
        |c: &char| c.is_ascii_digit() || c.is_whitespace() || ('\u{2066}'..='\u{2069}').contains(c);
    let copied: String = letter.subject.chars().take_while(is_copied).collect();
    assert!(copied.contains('\u{2069}'), "{copied:?}");
    let page = page.form("#code-form").fill("code", &format!("\u{200f}{copied}\u{200e}"));
    let page = page.submit_by(&arabic).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert_eq!(app.sessions(ALICE).await, 1);
}

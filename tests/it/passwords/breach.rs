//! New passwords are looked up in a service that knows leaked ones.

use latchkey::crypto::range::RangeDigest;
use latchkey::domain::audit::{Actor, RequestContext};

use super::range::{Mode, Service};
use super::world::reason;
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const LEAKED: &str = "snails on a tandem";
const CLEAN: &str = "snails in a sidecar";

fn start(service: &Service) -> TestApp {
    let breach = Some(service.config());
    TestApp::start_configured(move |config| config.breach = breach)
}

#[tokio::test(flavor = "multi_thread")]
async fn case_184_a_leaked_password_is_refused_wherever_one_is_set() {
    let service = Service::start();
    let app = start(&service);
    let user = app.person(ALICE).await;
    app.person("carol@example.com").await;
    let (_agent, page) = app.change_page(ALICE).await;
    service.answers(Mode::Knows(vec![LEAKED, "something else"]));
    for form in [
        app.new_account_form("bob@example.com").await,
        TestApp::change_form(&page),
        app.link_form("carol@example.com").await,
    ] {
        let page = form.clone().fill("password", LEAKED).submit().await;
        assert!(reason(&page).contains("leaked"), "{}", page.summary());
        let page = form.fill("password", CLEAN).submit().await;
        assert!(!page.status.is_client_error(), "{}", page.summary());
    }
    let (identity, context) = (app.node().identity(), RequestContext::default());
    let set = identity.set_password(Actor::Operator, user, &LEAKED.into(), &context).await;
    assert!(set.unwrap_err().to_string().contains("leaked"));
    let set = identity.hash_new_password(&LEAKED.into(), &[]).await;
    assert!(set.unwrap_err().to_string().contains("leaked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_told_five_digits_and_nothing_else() {
    let service = Service::start();
    let app = start(&service);
    service.heard();
    let form = app.new_account_form("bob@example.com").await;
    assert_eq!(form.fill("password", CLEAN).submit().await.status, 303);
    let heard = service.heard();
    let digest = RangeDigest::of(CLEAN);
    assert_eq!(heard[0], format!("GET /range/{} HTTP/1.1", digest.told()));
    assert!(heard.iter().any(|line| line == "add-padding: true"), "{heard:?}");
    let all = heard.join("\n").to_lowercase();
    for secret in [digest.kept(), CLEAN, "bob", "example.com", "cookie", "referer"] {
        assert!(!all.contains(&secret.to_lowercase()), "{secret}: {all}");
    }
    // A sign-in asks nobody.
    app.person(ALICE).await;
    service.heard();
    assert!(app.lets_in(ALICE, PASSWORD).await);
    assert_eq!(service.heard(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_service_keeps_nobody_from_a_new_password() {
    let service = Service::start();
    let app = start(&service);
    app.person(ALICE).await;
    let huge = "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n".repeat(40_000);
    let leaked = RangeDigest::of(LEAKED);
    let elsewhere = Service::start();
    elsewhere.answers(Mode::Knows(vec![LEAKED]));
    let elsewhere_url = elsewhere.config().url.join(leaked.told()).unwrap();
    let range = format!("{}:7\r\n", leaked.kept());
    let modes = [
        ("silent", Mode::Silent),
        ("down", Mode::Bytes("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n".to_owned())),
        ("no http", Mode::Bytes("hello\r\n".to_owned())),
        (
            "no range",
            Mode::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>".to_owned()),
        ),
        ("huge", Mode::Bytes(format!("HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n{huge}"))),
        ("cut off", Mode::Bytes(format!("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{range}"))),
        (
            "elsewhere",
            Mode::Bytes(format!(
                "HTTP/1.1 302 Found\r\nlocation: {elsewhere_url}\r\ncontent-length: 0\r\n\r\n"
            )),
        ),
    ];
    for (what, mode) in modes {
        service.answers(mode);
        let form = app.link_form(ALICE).await;
        let page = form.fill("password", LEAKED).submit().await;
        assert_eq!(page.status, 200, "{what}: {}", page.summary());
        assert!(!service.heard().is_empty(), "{what}");
    }
    assert_eq!(elsewhere.heard(), Vec::<String>::new(), "no other server was asked");
    assert!(app.lets_in(ALICE, LEAKED).await);
}

#[tokio::test]
async fn without_the_option_nobody_is_asked() {
    let app = TestApp::start();
    assert!(app.config_with(|_| {}).breach.is_none());
    let form = app.new_account_form("bob@example.com").await;
    assert_eq!(form.fill("password", LEAKED).submit().await.status, 303);
}

//! Requests that pages of other sites make (CSRF), on every route there is.

use super::world::{ALICE, MALLORY, Person, Request, csrf_of};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::assert_page;
use crate::support::people::PASSWORD;
use crate::support::routes::Kind;

/// Rows that tell of requests, or count them, and change nothing.
const NOTES: [&str; 2] = ["refusals", "attempt_counters"];

async fn world() -> (TestApp, Person, Person) {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let mallory = Person::start(&app, MALLORY, &client).await;
    let alice = Person::start(&app, ALICE, &client).await;
    (app, alice, mallory)
}

/// The forms of pages, each with its field for the token.
fn forms(person: &Person) -> Vec<Request> {
    let mut requests = person.requests();
    requests.retain(|request| request.method == "POST" && request.route.kind == Kind::Page);
    assert!(requests.len() >= 11, "{}", requests.len());
    requests
}

fn with_token(request: &mut Request, token: Option<&str>) {
    request.fields.retain(|(name, _)| name != "csrf");
    request.fields.extend(token.map(|token| ("csrf".to_owned(), token.to_owned())));
}

#[tokio::test]
async fn case_272_no_form_works_without_its_own_token() {
    let (app, alice, mallory) = world().await;
    let before = app.dump_without(&NOTES);
    let theirs = forms(&mallory);
    for (mut request, other) in forms(&alice).into_iter().zip(theirs) {
        let token_of = |request: &Request| {
            let (_, token) = request.fields.iter().find(|(name, _)| name == "csrf").unwrap();
            token.clone()
        };
        let (own, foreign) = (token_of(&request), token_of(&other));
        assert_ne!(own, foreign);
        let swapped = own.chars().rev().collect::<String>();
        for token in [None, Some(""), Some("x"), Some(&foreign), Some(&swapped)] {
            with_token(&mut request, token.map(|token| -> &str { token }));
            let page = request.send(&app, &alice.agent).await;
            assert_page(&page, 403);
            assert_eq!(app.dump_without(&NOTES), before, "{} {token:?}", request.name());
        }
        // The right one, in the browser of somebody else.
        with_token(&mut request, Some(&own));
        let page = request.send(&app, &mallory.agent).await;
        assert!(page.status.is_client_error(), "{}: {}", request.name(), page.summary());
        assert_eq!(app.dump_without(&NOTES), before, "{}", request.name());
    }
}

/// Even with the right token: where it was sent from counts by itself.
#[tokio::test]
async fn case_272_no_form_works_from_elsewhere() {
    let (app, alice, _) = world().await;
    let before = app.dump_without(&NOTES);
    for request in forms(&alice) {
        for headers in [
            &[("origin", "https://evil.test")] as &[(&'static str, &str)],
            &[("origin", "http://localhost:1")],
            &[("origin", "https://localhost")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null"), ("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "")],
            &[("sec-fetch-dest", "iframe")],
        ] {
            let agent = headers
                .iter()
                .fold(alice.agent.clone(), |agent, (name, value)| agent.with_header(name, value));
            let page = request.send(&app, &agent).await;
            assert_page(&page, 403);
            assert_eq!(app.dump_without(&NOTES), before, "{} {headers:?}", request.name());
        }
    }
    // What was refused for where it came from is done when our own page sends it.
    let end = forms(&alice).into_iter().find(|it| it.path.ends_with("/end")).unwrap();
    assert!(end.send(&app, &alice.agent).await.status.is_redirection());
    assert_ne!(app.dump_without(&NOTES), before);
}

/// What is cross-site by design reads no cookie: it passes parameters on, or wants a proof that no
/// browser adds by itself.
#[tokio::test]
async fn case_272_what_other_sites_may_post_changes_nothing() {
    let (app, alice, _) = world().await;
    let before = app.dump_without(&NOTES);
    let mut requests = alice.requests();
    requests.retain(|request| request.method == "POST" && request.route.kind != Kind::Page);
    assert_eq!(requests.len(), 8);
    for mut request in requests {
        request.authorization = None;
        let agent = alice.agent.clone().with_header("origin", "https://evil.test");
        let page = request.send(&app, &agent.with_header("sec-fetch-site", "cross-site")).await;
        match request.route.kind {
            Kind::Plain if page.status.is_redirection() => {
                let to = page.location();
                assert_eq!(page.status, 303, "{}", request.name());
                assert_eq!(to.origin().ascii_serialization(), app.issuer());
                assert!(page.header("set-cookie").is_none(), "{}", request.name());
            }
            // There is no provider that says who signed out there.
            _ => assert!(matches!(page.status.as_u16(), 400 | 401 | 404), "{}", page.summary()),
        }
        assert_eq!(app.dump_without(&NOTES), before, "{}", request.name());
    }
}

/// A link or a picture on any page can make a browser ask for any address.
#[tokio::test]
async fn case_272_no_get_changes_anything() {
    let (app, alice, _) = world().await;
    for request in alice.requests() {
        if request.method != "GET" {
            continue;
        }
        // A sign-in begins with a row of its own, which nobody has yet answered.
        let begins = matches!(request.route.pattern.as_str(), "/oauth2/authorize" | "/login");
        let left_out: &[&str] = if begins { &["refusals", "flows"] } else { &NOTES };
        let sent = if begins {
            // A consent that was given is what it says: the app gets its code without a word.
            let path = format!("{}?prompt=consent", request.path.split('?').next().unwrap());
            Request { path: request.path.replace(&request.path, &path), ..request }
        } else {
            request
        };
        let before = app.dump_without(left_out);
        let page = sent.send(&app, &alice.agent).await;
        assert!(!page.status.is_server_error(), "{}", page.summary());
        assert_eq!(app.dump_without(left_out), before, "{}", sent.name());
    }
    assert_eq!(app.sessions(ALICE).await, 2);
}

async fn login_page(app: &TestApp, agent: &Agent) -> Page {
    agent.get(&app.at("/account")).await.follow_all().await
}

/// Somebody wants Alice's browser to be signed in as Mallory, to see what she does there.
#[tokio::test]
async fn case_273_nobody_is_signed_in_by_another_site() {
    let app = TestApp::start();
    app.person(MALLORY).await;
    let (alice, mallory) = (Agent::new(), Agent::new());
    let page = login_page(&app, &mallory).await;
    let (flow, token) = (page.url.query().unwrap().to_owned(), csrf_of(&page));
    // Alice has a sign-in of her own under way.
    let own = login_page(&app, &alice).await;
    let credentials = [("identifier", MALLORY), ("password", PASSWORD)];
    for (flow, token) in [
        (flow.as_str(), token.as_str()),
        (own.url.query().unwrap(), token.as_str()),
        (own.url.query().unwrap(), ""),
        ("", token.as_str()),
    ] {
        let url = app.at(&format!("/login?{flow}"));
        let fields = [&credentials[..], &[("csrf", token)]].concat();
        // As the browsers of today say where it comes from, and as those that say nothing.
        let from = alice.post_from("https://evil.test/", &url, &fields).await;
        assert_page(&from, 403);
        let silent = alice.clone().post(&url, &fields).await;
        assert!(silent.status.is_client_error(), "{}", silent.summary());
        for page in [&from, &silent] {
            assert!(page.set_cookies().iter().all(|it| !it.name().contains("session")));
        }
    }
    assert_eq!(app.sessions(MALLORY).await, 0);
    let page = page.form("#login-form").fill("identifier", MALLORY).fill("password", PASSWORD);
    assert!(page.submit().await.status.is_redirection());
}

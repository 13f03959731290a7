//! Whatever is wrong inside, the outside is told a request id and nothing else.

use futures_util::future::join_all;

use super::world::{ALICE, Person};
use crate::support::agent::Page;
use crate::support::app::TestApp;
use crate::support::strict::assert_strict;

/// Words of the inside.
const INSIDE: [&str; 20] = [
    "relation",
    "select ",
    "insert",
    "postgres",
    "diesel",
    "libpq",
    "sql",
    "column",
    "schema",
    "panicked",
    "backtrace",
    "/root",
    "/home",
    "/src",
    ".rs:",
    "thread",
    "connection",
    "socket",
    "127.0.0.1",
    "pool",
];

#[track_caller]
fn assert_generic(page: &Page, seen: &str) {
    assert_strict(page, false, seen);
    let id = page.header("x-request-id").unwrap();
    assert!(page.body.contains(id), "{seen}: no request id in {}", page.body);
    let body = page.body.replace(id, "").to_lowercase();
    for word in INSIDE {
        assert!(!body.contains(word), "{seen}: {word} in {}", page.body);
    }
    assert!(page.header("set-cookie").is_none(), "{seen}");
}

/// Sends a good request to every route at once, and returns those that did not meet the fault.
async fn send_all(app: &TestApp, person: &Person, status: u16) -> Vec<String> {
    let requests = person.requests();
    let pages = join_all(requests.iter().map(|request| request.send(app, &person.agent))).await;
    let mut unmet = Vec::new();
    for (request, page) in requests.iter().zip(pages) {
        let name = request.name();
        if page.status.is_server_error() {
            assert_eq!(page.status, status, "{name}: {}", page.summary());
            assert_generic(&page, &name);
        } else {
            unmet.push(name);
        }
    }
    unmet
}

/// What asks the database nothing: what a node has in memory, what is posted from other sites, and
/// pages that say or redirect only, among them those whose link was not opened in this browser.
const WITHOUT_DATABASE: [&str; 29] = [
    "GET /health/live",
    "GET /health/ready",
    "GET /api/health",
    "GET /assets/notes",
    "GET /pictures/notes",
    "GET /favicon.ico",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-authorization-server",
    "GET /oauth2/jwks",
    "POST /oauth2/authorize",
    "POST /oauth2/logout",
    "POST /sign-in-link",
    "GET /second-factor/provider/notes",
    "GET /forgot-password",
    "GET /forgot-password/sent",
    "GET /not-me",
    "POST /not-me",
    "GET /not-me/done",
    "GET /signed-out",
    "GET /language",
    "POST /connect",
    "GET /auth/notes/callback",
    "POST /auth/notes/callback",
    "POST /auth/notes/backchannel-logout",
    "GET /auth/notes/signed-out",
    "GET /api/auth/notes",
    "GET /",
    "GET /deleted",
    "GET /deactivated",
];

async fn world() -> (TestApp, Person) {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let person = Person::start(&app, ALICE, &client).await;
    (app, person)
}

#[tokio::test]
async fn case_319_a_fault_inside_is_told_in_general_terms_on_every_route() {
    let (app, person) = world().await;
    app.lose_tables();
    let unmet = send_all(&app, &person, 500).await;
    app.find_tables();
    assert_eq!(unmet, WITHOUT_DATABASE);
}

#[tokio::test]
async fn case_319_a_database_that_is_away_is_told_in_general_terms_on_every_route() {
    let (app, person) = world().await;
    app.refuse_connections();
    let unmet = send_all(&app, &person, 503).await;
    app.take_connections();
    assert_eq!(unmet, WITHOUT_DATABASE);
}

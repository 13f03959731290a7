//! More sign-ins than can be hashed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::config::Config;
use latchkey::crypto::password::{Params, PasswordHasher};
use latchkey::kernel::env::Env;
use tokio::task::JoinHandle;

use super::{ALICE, assert_busy, login_form, login_form_at};
use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::assert_error;
use crate::support::people::PASSWORD;

/// One hash at a time, and few who wait.
fn narrow(config: &mut Config) {
    config.hashing.concurrent = 1;
    config.hashing.queue = 2;
}

/// A hash that takes much longer than anybody waits for their turn.
fn endless() -> String {
    let params = "$argon2id$v=19$m=262144,t=64,p=1";
    format!("{params}$c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
}

/// A hash that takes longer than a few answers.
fn lasting() -> String {
    endless().replace("m=262144,t=64", "m=131072,t=32")
}

/// A hash that takes a moment.
fn long() -> String {
    endless().replace("m=262144,t=64", "m=65536,t=3")
}

/// Has a hash computed that nobody waits for.
fn occupy(app: &TestApp, phc: String) -> JoinHandle<()> {
    let hasher = app.node().identity().hasher().clone();
    tokio::spawn(async move {
        let _ = hasher.verify("pw".into(), Some(phc)).await;
    })
}

/// Keeps the hasher at work and its queue full.
async fn fill(app: &TestApp) {
    let hasher = app.node().identity().hasher();
    occupy(app, lasting());
    until("a hash runs", || hasher.running() == 1).await;
    for _ in 0..2 {
        occupy(app, long());
    }
    until("the queue is full", || hasher.is_full()).await;
}

fn stored_hash(app: &TestApp) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        phc: String,
    }
    let query = "SELECT phc FROM password_credentials";
    sql_query(query).get_result::<Row>(&mut app.raw()).unwrap().phc
}

/// Nothing is written for them either, and nothing is counted against them.
#[tokio::test(flavor = "multi_thread")]
async fn case_183_sign_ins_beyond_the_queue_are_told_at_once_to_come_back() {
    let app = TestApp::start_configured(narrow);
    app.person(ALICE).await;
    let form = login_form(&app, ALICE, PASSWORD).await;
    fill(&app).await;
    // The node looks for new settings now and then, which costs some statements.
    let (hashes, statements) = (app.node().identity().hasher().hashes(), app.statements());
    for _ in 0..8 {
        assert_busy(&form.submit().await);
    }
    assert_eq!(app.node().identity().hasher().hashes(), hashes);
    assert!(app.statements() - statements < 8, "{}", app.statements() - statements);
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/health/live"] {
        let page = Agent::new().get(&app.at(path)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }
    // Another node has nothing against the person who was turned away eight times.
    let other = app.second_node();
    let form = login_form_at(&app, &other, PASSWORD).await;
    assert!(form.submit().await.status.is_redirection());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_183_who_waits_too_long_for_a_hash_is_told_so_and_nothing_is_counted() {
    let app = TestApp::start_configured(|config| {
        narrow(config);
        config.hashing.queue = 100;
    });
    app.person(ALICE).await;
    let form = login_form(&app, ALICE, PASSWORD).await;
    occupy(&app, endless());
    let hasher = app.node().identity().hasher();
    until("a hash runs", || hasher.running() == 1).await;
    // Four at a time, which is less than a person has guesses; three times, which is more.
    for _ in 0..3 {
        let waiting = (0..4).map(|_| form.submit());
        for page in futures_util::future::join_all(waiting).await {
            assert_busy(&page);
        }
    }
    assert_eq!((hasher.running(), hasher.waiting()), (1, 0));
    let other = app.second_node();
    let form = login_form_at(&app, &other, PASSWORD).await;
    assert!(form.submit().await.status.is_redirection());
}

/// What is looked at is how many hashes are computed, not how many permits are out.
#[tokio::test(flavor = "multi_thread")]
async fn case_183_500_clients_who_leave_do_not_get_more_hashed_at_once() {
    let app = TestApp::start_configured(|config| {
        config.hashing.concurrent = 2;
        config.hashing.queue = 50;
        config.hashing.memory_kib = 64 * 1024;
        config.hashing.iterations = 8;
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    });
    let login = Agent::new().get(&app.at("/account")).await.follow_all().await;
    let hasher = app.node().identity().hasher().clone();
    let (most, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let watcher = std::thread::spawn({
        let (hasher, most, done) = (hasher.clone(), Arc::clone(&most), Arc::clone(&done));
        move || {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(hasher.running(), Ordering::Relaxed);
                std::thread::yield_now();
            }
        }
    });
    for round in 0..10 {
        let clients = (0..50).map(|client| {
            let name = format!("person-{round}-{client}@example.org");
            let form = login.form("#login-form").fill("identifier", &name);
            let form = form.fill("password", "wrong horse");
            tokio::spawn(async move {
                let address = format!("198.51.{round}.{client}");
                form.submit_with_header("x-forwarded-for", &address).await.status
            })
        });
        let clients: Vec<_> = clients.collect();
        // All but those at work wait, as far as they were not turned away.
        until("they wait", || hasher.running() == 2 && hasher.waiting() >= 20).await;
        for client in &clients {
            client.abort();
        }
        until("those who left wait no more", || hasher.waiting() == 0).await;
    }
    until("the last hashes end", || hasher.running() == 0).await;
    done.store(true, Ordering::Relaxed);
    watcher.join().unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 2);
    assert!(hasher.hashes() < 125, "who left the queue is not hashed for: {}", hasher.hashes());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_hash_is_replaced_at_the_next_sign_in() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let before = stored_hash(&app);
    assert!(before.contains("$m=64,t=1,p=1$"), "{before}");
    let other = app.node_with(|config| config.hashing.iterations = 2);
    let hasher = other.node.identity().hasher().clone();
    for (hashes, replaced) in [(2, true), (1, false)] {
        let stored = stored_hash(&app);
        let form = login_form_at(&app, &other, PASSWORD).await;
        let before = hasher.hashes();
        assert!(form.submit().await.status.is_redirection());
        assert_eq!(hasher.hashes() - before, hashes);
        assert_eq!(stored_hash(&app) != stored, replaced);
    }
    let after = stored_hash(&app);
    assert!(after.contains("$m=64,t=2,p=1$"), "{after}");
    let form = login_form(&app, ALICE, PASSWORD).await;
    assert!(form.submit().await.status.is_redirection(), "it is the same password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_hasher_leaves_an_outdated_hash_for_the_next_time() {
    let app = TestApp::start_configured(narrow);
    let params = Params { memory_kib: 8, iterations: 1, parallelism: 1 };
    app.person(ALICE).await;
    let old = PasswordHasher::new(params, 1, 1).unwrap();
    let old = old.hash(&Env::system(), PASSWORD.into()).await.unwrap();
    let set = format!("UPDATE password_credentials SET phc = '{old}'");
    sql_query(set).execute(&mut app.raw()).unwrap();
    let form = login_form(&app, ALICE, PASSWORD).await;

    // In this order: a hash that ends soon, the person's, and one that keeps the hasher busy.
    let hasher = app.node().identity().hasher().clone();
    occupy(&app, long());
    until("a hash runs", || hasher.running() == 1).await;
    let signing_in = tokio::spawn(async move { form.submit().await });
    until("the person waits", || hasher.waiting() == 1).await;
    occupy(&app, lasting());
    let page: Page = signing_in.await.unwrap();
    assert!(page.status.is_redirection(), "{}", page.summary());
    assert_eq!(stored_hash(&app), old);
}

/// A body beyond the limit is refused before it is read, and so before anything is hashed.
#[tokio::test(flavor = "multi_thread")]
async fn case_182_a_huge_password_is_refused_unread() {
    let app = TestApp::start_configured(|config| config.registration.open = true);
    app.person(ALICE).await;
    let hashes = app.node().identity().hasher().hashes();
    let port = app.at("").rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    for path in ["/login", "/register", "/set-password", "/setup"] {
        let huge = format!("password={}", "x".repeat(1 << 20));
        let kind = "application/x-www-form-urlencoded";
        let page = Agent::new().post_body(&app.at(path), kind, &huge).await;
        assert_eq!(page.status, 413, "{path}: {}", page.summary());

        // 100 MB, of which no more than the beginning is ever sent.
        let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: {kind}\r\n\
             Content-Length: 100000000\r\n\r\npassword=x"
        );
        connection.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413", "{path}");
    }
    let token = app.at("/oauth2/token");
    let huge = format!("client_secret={}", "x".repeat(1 << 20));
    let page = Agent::new().post_body(&token, "application/x-www-form-urlencoded", &huge).await;
    assert_error(&page, 413, "invalid_request");

    // What fits the form and is no password: wrong for everybody, and not hashed.
    for identifier in [ALICE, "absent@example.com"] {
        let form = login_form(&app, identifier, &"x".repeat(50_000)).await;
        let page = form.submit().await;
        assert!(page.has("#login-form"), "{}", page.summary());
    }
    assert_eq!(app.node().identity().hasher().hashes(), hashes);
}

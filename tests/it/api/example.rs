//! The front end in `examples/spa`, in Chromium, at another origin of the same site.

use std::net::TcpListener;
use std::thread::JoinHandle;

use actix_web::{App, HttpResponse, HttpServer, web};
use latchkey::config::ApiConfig;

use super::{ALICE, CLIENT, World};
use crate::journeys::passkeys;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::people::PASSWORD;

const PAGE: &str = include_str!("../../../examples/spa/index.html");
const SCRIPT: &str = include_str!("../../../examples/spa/app.js");

/// Serves the example until it is dropped.
struct Served {
    origin: String,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn start(listener: TcpListener, issuer: &str) -> Self {
        let origin = origin_of(&listener);
        let config = format!("window.ISSUER = \"{issuer}\";");
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let config = config.clone();
                    let is = |kind: &'static str, text: String| {
                        web::get().to(move || {
                            let text = text.clone();
                            async move { HttpResponse::Ok().content_type(kind).body(text) }
                        })
                    };
                    App::new()
                        .route("/", is("text/html", PAGE.to_owned()))
                        .route("/app.js", is("text/javascript", SCRIPT.to_owned()))
                        .route("/config.js", is("text/javascript", config))
                });
                let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { origin, handle: receiver.recv().unwrap(), thread: Some(thread) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn origin_of(listener: &TcpListener) -> String {
    format!("http://localhost:{}", listener.local_addr().unwrap().port())
}

async fn text(browser: &Browser, id: &str) -> String {
    let script = format!("return document.getElementById('{id}').textContent");
    browser.execute(&script).await.as_str().unwrap().to_owned()
}

/// Opens it, and lets a person through until the page shows them.
async fn sign_in(browser: &Browser, remember: bool) {
    browser.wait_for("#step-password:not([hidden])").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    if remember {
        browser.click("#remember").await;
    }
    browser.click("#sign-in").await;
}

#[tokio::test]
async fn the_example_signs_in_and_refreshes_silently() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origins = vec![origin_of(&listener)];
    let app = TestApp::start_configured(|config| {
        config.api = Some(ApiConfig { client_id: CLIENT.to_owned(), origins });
    });
    let served = Served::start(listener, app.issuer());
    let world = World::on(app, |it| it).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&served.origin).await;
    browser.wait_for("#step-password:not([hidden])").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", "wrong horse").await;
    browser.click("#sign-in").await;
    browser.wait_for("#problem:not(:empty)").await;
    assert!(text(&browser, "problem").await.contains("4 tries are left"));

    sign_in(&browser, true).await;
    browser.wait_for("#person:not([hidden])").await;
    assert_eq!(text(&browser, "email").await, ALICE);
    let cookies = browser.execute("return document.cookie").await;
    assert_eq!(cookies, serde_json::json!(""), "no script sees a cookie of ours");
    let stored = browser.execute("return localStorage.length + sessionStorage.length").await;
    assert_eq!(stored, serde_json::json!(0));
    browser.click("#refresh").await;
    browser.wait_for("#refreshes:not(:empty)").await;

    // A reload begins with nothing but the cookies.
    browser.goto(&served.origin).await;
    browser.wait_for("#person:not([hidden])").await;
    assert_eq!(text(&browser, "refreshes").await, "1");
    browser.click("#sign-out").await;
    browser.wait_for("#step-password:not([hidden])").await;
    assert_eq!(world.app.sessions(ALICE).await, 0);
    browser.goto(&served.origin).await;
    browser.wait_for("#step-password:not([hidden])").await;
}

#[tokio::test]
async fn the_example_asks_for_a_second_factor_and_makes_accounts() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origins = vec![origin_of(&listener)];
    let app = TestApp::start_configured(|config| {
        config.api = Some(ApiConfig { client_id: CLIENT.to_owned(), origins });
    });
    let served = Served::start(listener, app.issuer());
    let world = World::on(app, |it| it).await;
    let phone = world.app.add_app(ALICE).await;
    let agent = world.app.signed_in_with_app(ALICE, &phone).await;
    let codes = world.app.recovery_codes_in(&agent).await;
    world.app.sign_out(&agent).await;
    let sessions = world.app.sessions(ALICE).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    let sign_out = async || {
        browser.wait_for("#person:not([hidden])").await;
        assert_eq!(text(&browser, "email").await, ALICE);
        browser.click("#sign-out").await;
    };

    // A code of an app, a wrong one first.
    browser.goto(&served.origin).await;
    sign_in(&browser, true).await;
    browser.wait_for("#step-code:not([hidden])").await;
    assert_eq!(text(&browser, "code-label").await, "Code of your app");
    browser.fill("#code", &phone.wrong_code(&world.app)).await;
    browser.click("#give-code").await;
    browser.wait_for("#problem:not(:empty)").await;
    assert_eq!(world.app.sessions(ALICE).await, sessions, "nobody is in before the last factor");
    browser.fill("#code", &phone.next_code(&world.app)).await;
    browser.click("#give-code").await;
    sign_out().await;

    // A recovery code instead.
    sign_in(&browser, false).await;
    browser.wait_for("#others:not([hidden]) #way-recovery-code").await;
    browser.click("#way-recovery-code").await;
    browser.fill("#code", &codes[0]).await;
    browser.click("#give-code").await;
    sign_out().await;

    // A new account.
    browser.wait_for("#step-password:not([hidden])").await;
    browser.click("#create").await;
    browser.fill("#new-name", "Ada").await;
    browser.fill("#new-email", "ada@example.com").await;
    browser.fill("#new-password", PASSWORD).await;
    browser.click("#register").await;
    browser.wait_for("#step-code:not([hidden])").await;
    browser.fill("#code", &world.app.mailed_code("ada@example.com").await).await;
    browser.click("#give-code").await;
    browser.wait_for("#person:not([hidden])").await;
    assert_eq!(text(&browser, "email").await, "ada@example.com");
    browser.click("#sign-out").await;

    // A forgotten password.
    browser.wait_for("#step-password:not([hidden])").await;
    browser.click("#forgot").await;
    browser.fill("#forgotten", "ada@example.com").await;
    world.app.clock.advance(chrono::TimeDelta::seconds(1));
    browser.click("#mail-link").await;
    browser.wait_for("#step-reset:not([hidden])").await;
    browser.fill("#link", &world.app.mailed_link("ada@example.com").await).await;
    browser.fill("#changed", "a quite different one").await;
    browser.click("#reset").await;
    browser.wait_for("#step-password:not([hidden])").await;
    browser.fill("#identifier", "ada@example.com").await;
    browser.fill("#password", "a quite different one").await;
    browser.click("#sign-in").await;
    browser.wait_for("#person:not([hidden])").await;
}

#[tokio::test]
async fn the_example_signs_in_with_a_passkey() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origins = vec![origin_of(&listener)];
    let app = TestApp::start_configured(|config| {
        config.api = Some(ApiConfig { client_id: CLIENT.to_owned(), origins });
    });
    let served = Served::start(listener, app.issuer());
    let world = World::on(app, |it| it).await;
    let browser = Browser::start(BrowserOptions::default()).await;
    passkeys::authenticator(&browser).await;
    passkeys::sign_in_with_password(&world.app, &browser).await;
    passkeys::add(&world.app, &browser).await;
    passkeys::sign_out(&world.app, &browser).await;
    browser.goto(&served.origin).await;
    browser.wait_for("#use-passkey:not([hidden])").await;
    browser.click("#use-passkey").await;
    browser.wait_for("#person:not([hidden])").await;
    assert_eq!(text(&browser, "email").await, ALICE);
    browser.click("#sign-out").await;
    // After a password it is the second factor.
    sign_in(&browser, false).await;
    browser.wait_for("#step-passkey:not([hidden])").await;
    browser.click("#give-passkey").await;
    browser.wait_for("#person:not([hidden])").await;
}

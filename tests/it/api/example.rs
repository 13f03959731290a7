//! The front end in `examples/spa`, in Chromium, at another origin of the same site.

use std::net::TcpListener;
use std::thread::JoinHandle;

use actix_web::{App, HttpResponse, HttpServer, web};
use latchkey::config::ApiConfig;

use super::{ALICE, CLIENT, World};
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

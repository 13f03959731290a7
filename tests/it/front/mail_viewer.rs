//! The mail viewer, which `latchkey dev` adds and nobody else has.

use std::convert::Infallible;
use std::net::TcpListener;
use std::thread::JoinHandle;

use chrono::TimeDelta;
use latchkey::config::Profile;
use latchkey::demo::mailbox::{Mailbox, viewer};
use latchkey::domain::address::EmailAddress;
use latchkey::domain::mail::{Letter, MessageKind};
use latchkey::i18n::Locale;
use latchkey::kernel::env::Env;
use latchkey::kernel::ids::MailId;
use latchkey::kernel::urls::Issuer;
use latchkey::mail::Posted;
use latchkey::mail::message::{Message, Occasion, Writing};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::strict::assert_strict;

/// A node with the viewer, as `latchkey dev` serves it.
struct Viewer {
    app: TestApp,
    agent: Agent,
    port: u16,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Viewer {
    fn start() -> Self {
        // What is written stays, where there is no server for it.
        let app = TestApp::start_configured(|config| config.profile = Profile::Dev { port: None });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let node = app.node().clone();
        let (http, more) = (app.config_with(|_| {}).http, viewer::mount(Mailbox::of(&node)));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = node.serve_with(vec![listener], &http, more).unwrap();
                let told = async {
                    // Dropping the other end is as good as a word.
                    let _ = stopped.await;
                    false
                };
                running.until(told).await.unwrap();
            });
        });
        let agent = app.machine();
        Self { app, agent, port, stop: Some(stop), thread: Some(thread) }
    }

    async fn get(&self, path: &str) -> Page {
        self.agent.get(&format!("http://localhost:{}{path}", self.port)).await
    }

    /// Sends a message to somebody.
    fn send(&self, message: &Message, brand: &str) -> (Letter, String) {
        let issuer = Issuer::parse(self.app.issuer()).unwrap();
        let writing =
            Writing { issuer: &issuer, brand, locale: Locale::default(), person: None, help: None };
        let letter = message.letter(&writing, &EmailAddress::parse("ada@example.org").unwrap());
        let (node, sent) = (self.app.node(), letter.clone());
        let (outbox, until) =
            (node.identity().outbox().clone(), self.app.now() + TimeDelta::hours(1));
        let posted = node
            .db()
            .write_blocking::<_, Infallible>(move |tx| Ok(outbox.enqueue(tx, &sent, until, None)?));
        let Posted::Enqueued(id) = posted.unwrap().unwrap() else { panic!("it is not kept") };
        (letter, format!("/dev/mail/{id}"))
    }

    fn code(&self) -> Message {
        let occasion = Occasion::new(self.app.now(), Some("192.0.2.7"), None);
        let lifetime = TimeDelta::minutes(10);
        Message::SignInCode { code: "270915".into(), lifetime, occasion }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has failed the test already.
            let _ = thread.join();
        }
    }
}

#[tokio::test]
async fn mail_is_shown_newest_first_with_its_code_and_its_link() {
    let viewer = Viewer::start();
    assert!(viewer.get("/dev/mail").await.body.contains("No mail has come yet"));
    let (_, welcome_at) = viewer.send(&Message::Welcome, "ACME");
    viewer.app.clock.advance(TimeDelta::seconds(5));
    let (_, code_at) = viewer.send(&viewer.code(), "ACME");

    let list = viewer.get("/dev/mail").await;
    assert_eq!(list.text("#letters li:first-child h2"), "270 915 is your ACME code");
    assert!(list.text("#letters li:first-child").contains("ada@example.org"));
    assert_eq!(list.text("#letters li:last-child h2"), "Welcome to ACME");
    assert_eq!(list.attribute("#letters li:first-child a", "href").as_ref(), Some(&code_at));

    let code = viewer.get(&code_at).await;
    assert_eq!(code.text("#code"), "270 915");
    assert!(!code.has("#link"));
    assert!(code.text("#text").contains("Enter this code"));
    let welcome = viewer.get(&welcome_at).await;
    let account = format!("{}/account", viewer.app.issuer());
    assert_eq!(welcome.attribute("#link", "href"), Some(account));
    assert!(!welcome.has("#code") && !welcome.has("script"));
    let html = welcome.attribute("#html", "href").unwrap();
    assert_eq!(viewer.get(&html).await.text("h1"), "Welcome to ACME");

    let nobodys = MailId::new(&Env::system());
    for path in [format!("/dev/mail/{nobodys}"), "/dev/mail/x".into(), "/dev/mail/x/html".into()] {
        assert_eq!(viewer.get(&path).await.status, 404, "{path}");
    }
}

/// Every page and every sample; a letter's document allows nothing but its own style.
#[tokio::test]
async fn case_270_case_276_the_viewer_is_as_strict_as_all_pages() {
    let viewer = Viewer::start();
    let hostile = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    let (letter, at) = viewer.send(&viewer.code(), hostile);
    assert!(letter.subject.contains("<script>"));
    let mut documents = vec![format!("{at}/html")];
    let mut pages = vec!["/dev/mail".to_owned(), at];
    pages.extend(
        ["/dev/mail/samples", "/dev/mail/nothing", "/dev/mail/style.css"].map(str::to_owned),
    );
    for language in Locale::all() {
        pages.push(format!("/dev/mail/samples/{}", language.tag()));
        for kind in MessageKind::ALL {
            pages.push(format!("/dev/mail/samples/{}/{kind}", language.tag()));
            documents.push(format!("/dev/mail/samples/{}/{kind}/html", language.tag()));
        }
    }
    for path in pages {
        let page = viewer.get(&path).await;
        assert_eq!(page.status == 404, path.ends_with("nothing"), "{path}");
        assert_strict(&page, false, &path);
        assert!(!page.has("[onerror]") && !page.body.contains("<script>alert"), "{path}");
    }
    // As browsers ask for what a page refers to.
    let browser = viewer.agent.clone().with_header("sec-fetch-dest", "style");
    let browser = browser.with_header("sec-fetch-site", "same-origin");
    let browser = browser.with_header("sec-fetch-mode", "no-cors");
    let style = browser.get(&format!("http://localhost:{}/dev/mail/style.css", viewer.port)).await;
    assert_eq!(style.status, 200);
    for path in documents {
        let page = viewer.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'none'", "form-action 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("'self'"), "{path}: {policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.has("script") && !page.has("img"), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_no_development_server_has_no_viewer() {
    let app = TestApp::start();
    for path in ["/dev/mail", "/dev/mail/1", "/dev/mail/samples", "/dev/mail/style.css", "/dev"] {
        let page = Agent::new().get(&app.at(path)).await;
        assert_eq!(page.status, 404, "{path}");
        assert_strict(&page, false, path);
    }
}

//! The account pages: addresses, username, data, activity, and what mail about them leads to.

mod activity;
mod addresses;
mod browsers;
mod closing;
mod data;
mod deactivation;
mod foreign;
mod journeys;
mod keeping;
mod picture;
mod places;
mod region;
mod silenced;
mod taken_back;
mod theft;
mod twice;
mod uploads;
mod username;
mod way_on;

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::config::Profile;
use latchkey::kernel::ids::UserId;
use latchkey::kernel::token_hash::TokenHash;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const NEW: &str = "alice@new.example";
const BOB: &str = "bob@example.com";

/// A letter that was written down.
#[derive(Clone, Debug)]
struct Mail {
    to: String,
    kind: String,
    text: String,
}

/// A server whose mail stays in the database, and somebody with an account.
struct Home {
    app: TestApp,
    alice: UserId,
}

impl Home {
    async fn new() -> Self {
        let app = TestApp::start_configured(|config| config.profile = Profile::Dev { port: None });
        let alice = app.person(ALICE).await;
        Self { app, alice }
    }

    fn at(&self, path: &str) -> String {
        self.app.at(path)
    }

    /// A browser in which somebody is signed in.
    async fn browser(&self, who: &str) -> Agent {
        let agent = Agent::new();
        let page = self.try_sign_in(&agent, who, PASSWORD).await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    async fn try_sign_in(&self, agent: &Agent, who: &str, password: &str) -> Page {
        let page = agent.get(&self.at("/login")).await.follow_all().await;
        let form = page.form("#login-form");
        form.fill("identifier", who).fill("password", password).submit().await
    }

    async fn signs_in(&self, who: &str) -> bool {
        self.try_sign_in(&Agent::new(), who, PASSWORD).await.status.is_redirection()
    }

    async fn is_signed_in(&self, agent: &Agent) -> bool {
        agent.get(&self.at("/account")).await.status == 200
    }

    async fn asks(&self, agent: &Agent, email: &str, replaces: bool) -> Page {
        let page = agent.get(&self.at("/account/addresses/add")).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        let form = page.form("#add-address-form").fill("email", email);
        let form = if replaces { form.set("replaces", "on") } else { form };
        form.submit().await
    }

    /// Asks for an address and confirms it, in another browser.
    async fn adds(&self, agent: &Agent, email: &str, replaces: bool) {
        let page = self.asks(agent, email, replaces).await;
        assert_eq!(page.status, 303, "{}", page.summary());
        let page = self.press(&Agent::new(), &self.link(email, "/confirm-address").await).await;
        assert!(page.has("#mailed-done"), "{}", page.summary());
    }

    /// Opens the link of a mail.
    async fn open(&self, agent: &Agent, link: &str) -> Page {
        agent.get(&self.at(link)).await.follow_all().await
    }

    /// Opens the link of a mail, and presses the button.
    async fn press(&self, agent: &Agent, link: &str) -> Page {
        let page = self.open(agent, link).await;
        assert!(page.has("#mailed-form"), "{}", page.summary());
        page.form("#mailed-form").submit().await
    }

    /// All mails, newest first.
    async fn mails(&self) -> Vec<Mail> {
        let outbox = self.app.node().identity().outbox().clone();
        let kept = self.app.node().db().load(move |tx| outbox.kept(tx, 100)).await.unwrap();
        let mail = |kept: latchkey::mail::outbox::KeptLetter| Mail {
            to: kept.record.recipient,
            kind: kept.record.kind,
            text: kept.text,
        };
        kept.into_iter().map(|kept| mail(kept.unwrap())).collect()
    }

    /// Those to an address, but for the ones that tell of a browser.
    async fn mails_to(&self, to: &str) -> Vec<Mail> {
        let mails = self.mails().await;
        mails.into_iter().filter(|mail| mail.to == to && mail.kind != "new-sign-in").collect()
    }

    /// The path of the newest link to `path` that was mailed to `to`.
    async fn link(&self, to: &str, path: &str) -> String {
        let mails = self.mails_to(to).await;
        let found = mails.iter().find_map(|mail| {
            let from = mail.text.find(&format!("{path}?token="))?;
            mail.text[from..].split_whitespace().next().map(str::to_owned)
        });
        found.unwrap_or_else(|| panic!("no link to {path} for {to} in {mails:?}"))
    }

    async fn book(&self) -> Vec<(String, bool)> {
        let book = self.app.node().identity().addresses(self.alice).await.unwrap();
        book.addresses.iter().map(|it| (it.email.as_typed().to_owned(), it.is_primary)).collect()
    }

    async fn pending(&self) -> usize {
        self.app.node().identity().addresses(self.alice).await.unwrap().pending.len()
    }

    fn pass(&self, time: TimeDelta) {
        self.app.clock.advance(time);
    }

    fn run(&self, statement: &str) {
        sql_query(statement).execute(&mut self.app.raw()).unwrap();
    }

    fn session(&self, agent: &Agent) -> TokenHash {
        let cookie = agent.cookie("localhost", &self.app.cookie_name("session"));
        TokenHash::of(&cookie.expect("a session"))
    }

    /// How many entries of the trail have this action.
    fn trail(&self, action: &str) -> usize {
        let dump = self.app.dump();
        dump.lines().filter(|line| line.contains(&format!(",{action},"))).count()
    }
}

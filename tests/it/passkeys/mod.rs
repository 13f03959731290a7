//! Passkeys, over HTTP and on two nodes: adding them, signing in with them, removing them.

mod account;
mod alone;
mod attempts;
mod disowned;
mod register;
mod set_up;
mod sign_in;
mod two_factors;

use latchkey::http::pages::account::passkeys;
use latchkey::kernel::ids::UserId;
use serde_json::Value;

use crate::support::agent::{Agent, Form, Page};
use crate::support::app::{Running, TestApp};
use crate::support::authenticator::{Authenticator, Bent};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const AS_IT_IS: Bent = Bent {
    origin: None,
    cross_origin: None,
    top_origin: None,
    kind: None,
    challenge: None,
    rp_id: None,
    flags: None,
    signature: None,
    algorithm: None,
    attestation: None,
    object: None,
};

/// Two nodes and a person.
struct World {
    app: TestApp,
    other: Running,
    alice: UserId,
}

/// A question of the server and the form that its answer goes into.
#[derive(Clone)]
struct Question {
    options: Value,
    form: Form,
}

impl Question {
    fn answer(&self, credential: &str) -> Form {
        self.form.clone().set("credential", credential)
    }
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start();
        let other = app.second_node();
        let alice = app.person(ALICE).await;
        Self { app, other, alice }
    }

    /// The one origin of both nodes.
    fn origin(&self) -> &str {
        self.app.issuer()
    }

    /// A browser in which somebody is signed in with their password.
    async fn browser(&self, email: &str) -> Agent {
        let agent = self.app.machine();
        let page = agent.get(&self.app.at("/account")).await;
        let page = self.app.sign_in(page, email).await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    /// Presses the button of the form for passkeys on a page: what the script asks, and what it fills in.
    async fn ask(&self, page: &Page) -> Question {
        let answer = self.try_to_ask(page).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
        let question = answer.json();
        let ceremony = question["ceremony"].as_str().unwrap();
        let form = page.form("#passkey-form").fill("ceremony", ceremony);
        Question { options: question["publicKey"].clone(), form }
    }

    async fn try_to_ask(&self, page: &Page) -> Page {
        let options = page.attribute("#passkey-form", "data-options").expect("a form");
        page.form("#passkey-form").to(page.url.join(&options).unwrap().as_str()).submit().await
    }

    async fn add_page(&self, agent: &Agent) -> Page {
        agent.get(&self.app.at(passkeys::ADD)).await
    }

    /// Adds a passkey in a browser in which somebody has just signed in.
    async fn add(&self, agent: &Agent, key: &mut Authenticator) -> Page {
        let question = self.ask(&self.add_page(agent).await).await;
        let credential = key.create(&question.options, self.origin(), &AS_IT_IS);
        question.answer(&credential).submit().await
    }

    /// Somebody's new passkey.
    async fn passkey_of(&self, email: &str) -> Authenticator {
        self.passkey(email, Authenticator::new()).await
    }

    async fn passkey(&self, email: &str, mut key: Authenticator) -> Authenticator {
        let agent = self.browser(email).await;
        let page = self.add(&agent, &mut key).await;
        assert_eq!(page.status, 303, "{}", page.summary());
        key
    }

    /// The login page of a new sign-in.
    async fn login_page(&self, agent: &Agent) -> Page {
        agent.get(&self.app.at("/login")).await.follow_all().await
    }

    /// A challenge for whoever signs in.
    async fn challenge(&self, agent: &Agent) -> Question {
        self.ask(&self.login_page(agent).await).await
    }

    /// Signs in with a passkey, bent or not.
    async fn sign_in(&self, agent: &Agent, key: &mut Authenticator, bent: &Bent) -> Page {
        let question = self.challenge(agent).await;
        let credential = key.get(&question.options, self.origin(), bent);
        question.answer(&credential).submit().await
    }

    /// Whether a browser is signed in, asked of the other node.
    async fn is_signed_in(&self, agent: &Agent) -> bool {
        agent.get(&self.other.at("/account")).await.status == 200
    }

    /// The same answer for every reason, and nobody is signed in by it.
    #[track_caller]
    fn assert_refused(page: &Page, what: &str) {
        assert_eq!(page.status, 400, "{what}: {}", page.summary());
        assert_eq!(
            page.text("#error-summary"),
            "This passkey was not accepted. Try again, or use another way.",
            "{what}"
        );
        assert!(page.set_cookies().is_empty(), "{what}");
    }

    /// Entries of the trail that hold this text.
    fn trail(&self, text: &str) -> Vec<String> {
        let dump = self.app.dump_without(&["mails", "passkey_ceremonies"]);
        let of_trail = dump.into_iter().filter(|line| line.starts_with("audit_events "));
        of_trail.filter(|line| line.contains(text)).collect()
    }

    /// Reasons of refused sign-ins, in an order that says nothing.
    fn reasons(&self) -> Vec<String> {
        let reason = |line: &String| {
            let (_, rest) = line.split_once("\"\"reason\"\": \"\"")?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        self.trail("wrong_passkey").iter().filter_map(reason).collect()
    }

    /// The link of the newest mail to somebody whose address begins so.
    async fn mailed(&self, to: &str, path: &str) -> String {
        let letters = self.app.letters(to).await;
        let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
        words.find(|word| word.contains(path) && word.contains("token=")).unwrap().to_owned()
    }

    fn mails(&self, kind: &str) -> usize {
        let dump = self.app.dump_without(&["audit_events"]);
        dump.iter().filter(|line| line.starts_with("mails ") && line.contains(kind)).count()
    }

    /// Signs in with a password up to where the second factor is asked for.
    async fn password_only(&self, agent: &Agent, email: &str) -> Page {
        let page = self.login_page(agent).await;
        let form = page.form("#login-form");
        form.fill("identifier", email).fill("password", PASSWORD).submit().await.follow_all().await
    }
}

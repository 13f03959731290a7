//! Codes and links that are mailed, on two nodes, over HTTP and in a browser.

mod codes;
mod dead;
mod guessing;
mod journeys;
mod links;
mod registration;
mod second_factor;
mod sending;
mod twice;
mod uniform;

use chrono::TimeDelta;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::credential::mailed_code::{Code, CodePurpose};
use latchkey::i18n::Locale;
use latchkey::identity::login::factors::mailed_code::{MailRequest, Mailing};
use latchkey::identity::login::factors::typed_code::TypedCode;
use latchkey::identity::login::{Advanced, FlowError, Input};
use latchkey::identity::register::Registration;
use latchkey::kernel::ids::FlowId;
use latchkey::mail::outbox::KeptLetter;

use crate::identity::world::{Browser, PASSWORD, World};
use crate::support::mailbox;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
/// Nobody has it.
const NOBODY: &str = "nobody@example.org";

impl World {
    /// What was mailed to an address, the newest first.
    async fn letters(&self, to: &str) -> Vec<KeptLetter> {
        let mut all = mailbox::letters(&self.db, self.identity.outbox()).await;
        all.retain(|letter| letter.record.recipient == to);
        all
    }

    /// The code that was mailed last.
    async fn code(&self, to: &str) -> String {
        self.letters(to).await.iter().find_map(mailbox::code).expect("a mail with a code")
    }

    /// Asks for a code, or a link, in a flow of this browser.
    async fn ask(
        &self,
        browser: &Browser,
        flow: FlowId,
        to: &str,
        link: bool,
    ) -> Result<Advanced, FlowError> {
        // The clock stands still, and the newest letter is to be known.
        self.pass(TimeDelta::milliseconds(1));
        self.advance(&mut browser.clone(), flow, asked(to, link)).await
    }

    /// A flow in which a code was asked for, and the code.
    async fn with_code(&self, browser: &Browser, to: &str) -> (FlowId, String) {
        let flow = self.account_flow(browser).await;
        self.ask(browser, flow, to, false).await.unwrap();
        (flow, self.code(to).await)
    }

    /// Types a code to sign in with.
    async fn type_code(
        &self,
        browser: &mut Browser,
        flow: FlowId,
        code: &str,
    ) -> Result<Advanced, FlowError> {
        self.advance(browser, flow, typed(CodePurpose::SignIn, code)).await
    }

    async fn register(
        &self,
        browser: &Browser,
        flow: FlowId,
        registration: Registration,
    ) -> Result<Advanced, FlowError> {
        self.advance(&mut browser.clone(), flow, Input::Register(registration)).await
    }

    /// Types a code to confirm the address of a new account with.
    async fn confirm(
        &self,
        browser: &mut Browser,
        flow: FlowId,
        code: &str,
    ) -> Result<Advanced, FlowError> {
        self.advance(browser, flow, typed(CodePurpose::Register, code)).await
    }
}

fn asked(to: &str, link: bool) -> Input {
    let email = EmailAddress::parse(to).unwrap();
    mail(Mailing::SignIn { email, link })
}

fn mail(what: Mailing) -> Input {
    Input::Mail(MailRequest { what, locale: Locale::default() })
}

fn typed(purpose: CodePurpose, code: &str) -> Input {
    Input::MailedCode(TypedCode {
        purpose,
        code: Code::parse(code).unwrap(),
        remember: (purpose == CodePurpose::SignIn).then_some(false),
        trust_browser: false,
        username: None,
        locale: Locale::default(),
    })
}

fn registration(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        name: "Alice Smith".to_owned(),
        password: Some(PASSWORD.into()),
        ..Registration::default()
    }
}

fn is_wrong<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> bool {
    match answer {
        Err(FlowError::WrongCode(_)) => true,
        Ok(_) => false,
        Err(other) => panic!("{other:?}"),
    }
}

//! The post office, with real mail servers.

mod commands;
mod failing;
mod secrecy;
mod sending;
pub(crate) mod server;
mod tls;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::config::MailConfig;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::mail::{Letter, MailBudget, MailRecord, MailState, MessageKind};
use latchkey::kernel::ids::{LeaseId, MailId};
use latchkey::mail::{Outbox, Posted, Sender};
use latchkey::storage::repo::mails::Leased;
use latchkey::storage::{Stop, StorageError, Tx};

use crate::support::app::TestApp;

const ADA: &str = "ada@example.com";

/// A code that must be nowhere but in the mail.
const CANARY: &str = "canary-code-4711";

/// An app whose nodes send mail to this server.
fn app(mail: MailConfig) -> TestApp {
    TestApp::start_configured(|config| config.mail = Some(mail))
}

fn letter(to: &str) -> Letter {
    Letter {
        to: EmailAddress::parse(to).unwrap(),
        kind: MessageKind::SignInCode,
        budget: MailBudget::Strangers,
        language: "de-CH".to_owned(),
        subject: format!("Grüezi {CANARY}"),
        text: format!("Your code:\n.\n{CANARY}\n"),
        html: format!("<p>Your code: <b>{CANARY}</b></p>"),
    }
}

/// One that tells of an act.
fn notice(to: &str) -> Letter {
    Letter { kind: MessageKind::PasswordChanged, budget: MailBudget::Acts, ..letter(to) }
}

impl TestApp {
    async fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> T {
        let done: Result<T, ()> =
            self.node().db().write(move |tx| act(tx).map_err(Stop::Failed)).await.unwrap();
        done.unwrap()
    }

    fn outbox(&self) -> Outbox {
        self.node().identity().outbox().clone()
    }

    fn sender(&self) -> &Sender {
        self.node().mail().expect("mail is configured")
    }

    fn in_an_hour(&self) -> DateTime<Utc> {
        self.now() + TimeDelta::hours(1)
    }

    async fn post(&self, letter: Letter) -> Posted {
        let (outbox, expires_at) = (self.outbox(), self.in_an_hour());
        self.act(move |tx| outbox.enqueue(tx, &letter, expires_at, None)).await
    }

    async fn posted(&self, letter: Letter) -> MailId {
        match self.post(letter).await {
            Posted::Enqueued(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// Writes a letter down that a node leases before anybody else can, and which then says no more.
    async fn posted_and_leased(&self, letter: Letter) -> (LeaseId, Leased) {
        let (outbox, expires_at, now) = (self.outbox(), self.in_an_hour(), self.now());
        let lease = LeaseId::new(&self.env());
        let until = now + latchkey::domain::mail::LEASE;
        let mut leased = self
            .act(move |tx| {
                outbox.enqueue(tx, &letter, expires_at, None)?;
                tx.mails().lease(lease, until, 9, now)
            })
            .await;
        assert_eq!(leased.len(), 1);
        (lease, leased.remove(0))
    }

    async fn mail(&self, id: MailId) -> MailRecord {
        self.act(move |tx| tx.mails().find(id)).await.expect("a known mail")
    }

    /// Lets the node send what is due until this is so. The clock stands still.
    async fn until(&self, id: MailId, is_so: impl Fn(&MailRecord) -> bool) -> MailRecord {
        for _ in 0..3000 {
            self.sender().round().await.unwrap();
            let mail = self.mail(id).await;
            if is_so(&mail) {
                return mail;
            }
            // Another one is at it.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it stays at {:?}", self.mail(id).await);
    }

    async fn until_state(&self, id: MailId, state: MailState) -> MailRecord {
        self.until(id, |mail| mail.state == state).await
    }

    /// Whether what a mail says is gone.
    fn is_wiped(&self, id: MailId) -> bool {
        !self.row(id).contains("\\\\x") && !self.row(id).contains("sealed_letter\":\"")
    }

    /// All of a mail's row as text.
    fn row(&self, id: MailId) -> String {
        use diesel::sql_types::Text;
        use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            row: String,
        }
        let query = format!(
            "SELECT to_jsonb(m)::text || coalesce(encode(sealed_letter, 'escape'), '') AS row \
             FROM mails m WHERE id = '{id}'"
        );
        sql_query(query).get_result::<Row>(&mut self.raw()).unwrap().row
    }
}

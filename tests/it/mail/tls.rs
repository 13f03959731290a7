//! Encryption with the mail server: always, with whom it should be, or nothing is said.

use std::fs;

use latchkey::config::{Encryption, MailConfig, MailCredentials};
use latchkey::domain::mail::MailState;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::MailServer;
use super::{ADA, app, letter};
use crate::support::certificates::Certificate;
use crate::support::cluster::scratch;

/// A server with a certificate, and the authority that a node is to trust.
struct Encrypted {
    server: MailServer,
    directory: TempDir,
}

impl Encrypted {
    fn start(certificate: &Certificate, authority: &Certificate, immediate: bool) -> Self {
        let directory = tempfile::tempdir_in(scratch()).unwrap();
        let write = |name: &str, content: Vec<u8>| {
            let path = directory.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        write("authority.pem", authority.pem());
        let settings = json!({
            "certificate": write("server.pem", certificate.pem()),
            "key": write("server.key", certificate.key_pem()),
            "tls": immediate,
            "require_tls": !immediate,
            "user": "latchkey",
            "password": "right",
        });
        let server = MailServer::with(&settings);
        Self { server, directory }
    }

    fn config(&self, encryption: Encryption) -> MailConfig {
        let (username, password) = ("latchkey".to_owned(), "right".into());
        MailConfig {
            encryption,
            credentials: Some(MailCredentials { username, password }),
            ca_file: Some(self.directory.path().join("authority.pem")),
            ..self.server.config()
        }
    }
}

fn spoken_of(told: &[Value]) -> bool {
    told.iter().any(|it| it["event"] == "AUTH" || it["event"] == "MAIL")
}

const KINDS: [(Encryption, bool); 2] = [(Encryption::StartTls, false), (Encryption::Tls, true)];

#[tokio::test]
async fn mail_is_sent_over_encrypted_connections() {
    for (encryption, immediate) in KINDS {
        let authority = Certificate::self_signed("authority.example");
        let server = Encrypted::start(&authority.sign("localhost"), &authority, immediate);
        let app = app(server.config(encryption));
        let id = app.posted(letter(ADA)).await;
        app.until_state(id, MailState::Sent).await;
        assert_eq!(server.server.next("MAIL")["encrypted"], true, "{encryption}");
        assert_eq!(server.server.taken().user.as_deref(), Some("latchkey"));
    }
}

#[tokio::test]
async fn case_323_case_f38_a_certificate_that_is_not_the_servers_is_refused() {
    let authority = Certificate::self_signed("authority.example");
    let stranger = Certificate::self_signed("authority.example");
    for (encryption, immediate) in KINDS {
        for (what, certificate) in [
            ("self-signed", Certificate::self_signed("localhost")),
            ("of another authority", stranger.sign("localhost")),
            ("of another host", authority.sign("mail.example")),
            ("that has ended", authority.sign_ended("localhost")),
        ] {
            let server = Encrypted::start(&certificate, &authority, immediate);
            let app = app(server.config(encryption));
            let id = app.posted(letter(ADA)).await;
            let waits = app.until(id, |it| it.last_error.is_some()).await;
            assert_eq!((waits.state, waits.attempts), (MailState::Queued, 0), "{what}");
            let why = waits.last_error.unwrap();
            let expected = "there is no trustworthy encryption with the mail server";
            assert_eq!(why, expected, "{encryption}, one {what}");
            assert!(!spoken_of(&server.server.told()), "{encryption}, one {what}");
        }
    }
}

/// Who is on the way can take STARTTLS out of the server's answer.
#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let server = MailServer::with(&json!({ "user": "latchkey", "password": "right" }));
    let (username, password) = ("latchkey".to_owned(), "right".into());
    let app = app(MailConfig {
        encryption: Encryption::StartTls,
        credentials: Some(MailCredentials { username, password }),
        ..server.config()
    });
    let id = app.posted(letter(ADA)).await;
    let waits = app.until(id, |it| it.last_error.is_some()).await;
    let why = waits.last_error.unwrap();
    assert_eq!(why, "the mail server does not offer STARTTLS");
    assert!(!spoken_of(&server.told()));
}

//! Mail servers that refuse, hang, or change their mind.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use chrono::TimeDelta;
use latchkey::config::MailCredentials;
use latchkey::domain::mail::MailState;
use serde_json::json;

use super::server::{MailServer, closed_port, config};
use super::{ADA, app, letter};

#[tokio::test]
async fn a_mail_that_is_not_taken_this_time_is_tried_again() {
    for command in ["RCPT", "DATA"] {
        let server = MailServer::answering(&json!({ command: ["451 4.7.1 come back later"] }));
        let app = app(server.config());
        let id = app.posted(letter(ADA)).await;
        let waits = app.until(id, |it| it.last_error.is_some()).await;
        assert_eq!((waits.state, waits.attempts), (MailState::Queued, 1), "{command}");
        assert_eq!(waits.last_error.as_deref(), Some("the mail server answered 451"));
        let wait = waits.due_at - app.now();
        assert!(wait >= TimeDelta::seconds(8) && wait <= TimeDelta::seconds(12), "{wait}");
        assert_eq!(app.sender().round().await.unwrap(), 0, "it is not due");
        app.clock.advance(TimeDelta::seconds(12));
        let sent = app.until_state(id, MailState::Sent).await;
        assert_eq!(sent.attempts, 2);
        server.taken();
        assert!(!app.sender().is_open());
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_dead_at_once() {
    for command in ["RCPT", "DATA"] {
        let server = MailServer::answering(&json!({ command: ["550 5.1.1 canary-reply-4711"] }));
        let app = app(server.config());
        let id = app.posted(letter(ADA)).await;
        let dead = app.until_state(id, MailState::Dead).await;
        // Nothing of what the server says is kept but the code.
        assert_eq!(dead.last_error.as_deref(), Some("the mail server answered 550"));
        assert!(!app.row(id).contains("canary"), "{}", app.row(id));
        assert_eq!(dead.attempts, 1);
        assert!(!app.sender().is_open(), "the server is well");
        // It can be tried again for as long as it is worth it.
        let now = app.now();
        assert!(app.act(move |tx| tx.mails().retry(&dead, now)).await);
        app.until_state(id, MailState::Sent).await;
        server.taken();
    }
}

#[tokio::test]
async fn what_a_dead_mail_says_is_wiped_when_it_is_over() {
    let server = MailServer::answering(&json!({ "RCPT": ["550 no"] }));
    let app = app(server.config());
    let id = app.posted(letter(ADA)).await;
    app.until_state(id, MailState::Dead).await;
    assert!(!app.is_wiped(id));
    app.clock.advance(TimeDelta::hours(1));
    let over = app.until(id, |it| !it.is_sealed).await;
    assert_eq!(over.state, MailState::Dead);
    assert!(app.is_wiped(id));
    assert!(over.may_retry(app.now()).is_err());
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_left_alone_and_then_probed() {
    let port = closed_port();
    let app = app(config(port));
    let ids = [app.posted(letter(ADA)).await, app.posted(letter("bob@example.com")).await];
    for _ in 0..10 {
        if app.sender().is_open() {
            break;
        }
        app.sender().round().await.unwrap();
        app.clock.advance(TimeDelta::seconds(12));
    }
    assert!(app.sender().is_open(), "it is asked for every mail");
    for id in ids {
        let waits = app.mail(id).await;
        assert_eq!((waits.state, waits.attempts), (MailState::Queued, 0), "no mail is to blame");
        let why = waits.last_error.unwrap_or_default();
        assert_eq!(why, "the mail server cannot be reached");
    }
    let server = MailServer::with(&json!({ "port": port }));
    app.clock.advance(TimeDelta::minutes(6));
    for id in ids {
        app.until_state(id, MailState::Sent).await;
        server.taken();
    }
    assert!(!app.sender().is_open());
}

#[tokio::test]
async fn wrong_credentials_kill_no_mail_and_are_tried_once() {
    let settings = json!({ "user": "latchkey", "password": "right" });
    let server = MailServer::with(&settings);
    let mut mail = server.config();
    let password = "wrong-canary-4711".into();
    mail.credentials = Some(MailCredentials { username: "latchkey".to_owned(), password });
    let app = app(mail);
    let id = app.posted(letter(ADA)).await;
    let waits = app.until(id, |it| it.last_error.is_some()).await;
    assert_eq!((waits.state, waits.attempts), (MailState::Queued, 0));
    let why = waits.last_error.unwrap();
    assert_eq!(why, "the mail server does not accept user and password");
    assert!(app.sender().is_open());
    app.posted(letter(ADA)).await;
    assert_eq!(app.sender().round().await.unwrap(), 0);
    // Once: it tells of it after it has answered.
    server.next("AUTH");
    let told = server.told();
    assert!(told.iter().all(|it| it["event"] != "AUTH"), "{told:?}");
    assert!(told.iter().all(|it| it["event"] != "MAIL"), "{told:?}");
}

#[tokio::test]
async fn right_credentials_are_accepted() {
    let server = MailServer::with(&json!({ "user": "latchkey", "password": "right" }));
    let mut mail = server.config();
    let (username, password) = ("latchkey".to_owned(), "right".into());
    mail.credentials = Some(MailCredentials { username, password });
    let app = app(mail);
    let id = app.posted(letter(ADA)).await;
    app.until_state(id, MailState::Sent).await;
    assert_eq!(server.taken().user.as_deref(), Some("latchkey"));
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_no_longer_than_configured() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut mail = config(silent.local_addr().unwrap().port());
    mail.connect_timeout = Duration::from_secs(1);
    mail.command_timeout = Duration::from_secs(1);
    let app = app(mail);
    let id = app.posted(letter(ADA)).await;
    let waits = app.until(id, |it| it.last_error.is_some()).await;
    assert_eq!((waits.state, waits.attempts), (MailState::Queued, 0));
    assert_eq!(waits.last_error.as_deref(), Some("the mail server did not answer in time"));
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_given_up_and_the_mail_is_not() {
    for (answer, why) in [
        ("hang", "the mail server did not answer in time"),
        ("drop", "the connection to the mail server broke"),
    ] {
        let server = MailServer::answering(&json!({ "DATA": [answer] }));
        let mut mail = server.config();
        mail.command_timeout = Duration::from_secs(1);
        let app = app(mail);
        let id = app.posted(letter(ADA)).await;
        let waits = app.until(id, |it| it.last_error.is_some()).await;
        assert_eq!((waits.state, waits.attempts), (MailState::Queued, 1), "{answer}");
        assert_eq!(waits.last_error.as_deref(), Some(why));
        app.clock.advance(TimeDelta::seconds(12));
        app.until_state(id, MailState::Sent).await;
        server.taken();
    }
}

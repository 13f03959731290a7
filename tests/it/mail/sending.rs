//! Mail that arrives: once, in time, and not too much of it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use latchkey::domain::mail::{LEASE, Letter, MailBudget, MailState, MessageKind};
use latchkey::kernel::ids::UserId;
use latchkey::mail::{Office, Posted};
use serde_json::json;

use super::server::MailServer;
use super::{ADA, CANARY, app, letter, notice};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

/// Changes the password on the account's page, in a browser that has just signed in.
async fn change_password(app: &TestApp, email: &str) {
    let agent = Agent::new();
    let page = agent.get(&app.at("/login")).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", email).fill("password", PASSWORD);
    form.submit().await.follow_all().await;
    let page = agent.get(&app.at("/account/password")).await;
    let form = page.form("#change-password-form").fill("current_password", PASSWORD);
    let page = form.fill("password", "another quite long one").submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_185_a_changed_password_is_told_by_mail() {
    let server = MailServer::start();
    let app = app(server.config());
    app.person(ADA).await;
    change_password(&app, ADA).await;
    let taken = server.taken();
    assert_eq!(taken.sender, "no-reply@id.example");
    assert_eq!(taken.recipients, [ADA]);
    assert_eq!(taken.header("From"), ["Latchkey <no-reply@id.example>"]);
    assert_eq!(taken.header("To"), [ADA]);
    assert_eq!(taken.header("Auto-Submitted"), ["auto-generated"]);
    assert!(taken.header("Content-Type")[0].starts_with("multipart/alternative"));
    assert_eq!(taken.header("Date").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f09_nothing_waits_for_a_mail_server_that_is_not_there() {
    let app = app(super::server::config(super::server::closed_port()));
    app.person(ADA).await;
    change_password(&app, ADA).await;
    let mails = app.act(|tx| tx.mails().list(None, 9)).await;
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].kind.as_str(), mails[0].finished_at), ("password-changed", None));
    assert_eq!(mails[0].recipient, ADA);
}

/// The act and its mail are one transaction.
#[tokio::test]
async fn a_mail_of_an_act_that_fails_is_never_sent() {
    let server = MailServer::start();
    let app = app(server.config());
    let (outbox, expires_at, lost) = (app.outbox(), app.in_an_hour(), letter(ADA));
    let failed: Result<Result<(), ()>, _> = app
        .node()
        .db()
        .write(move |tx| {
            outbox.enqueue(tx, &lost, expires_at, None)?;
            let why = "the act fails".to_owned();
            Err(latchkey::storage::Stop::Failed(latchkey::storage::StorageError::Other(why)))
        })
        .await;
    assert!(failed.is_err());
    let id = app.posted(letter("bob@example.com")).await;
    app.until_state(id, MailState::Sent).await;
    assert_eq!(server.taken().recipients, ["bob@example.com"]);
    assert!(server.told().iter().all(|it| it["event"] != "taken"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_race_send_each_mail_once() {
    let server = MailServer::start();
    let app = app(server.config());
    let other = app.second_node();
    let mut ids = BTreeSet::new();
    for n in 0..20 {
        ids.insert(app.posted(letter(&format!("p{n}@example.com"))).await.to_string());
    }
    let senders = [app.sender(), other.node.mail().unwrap(), app.sender()];
    futures_util::future::join_all(senders.map(latchkey::mail::Sender::round)).await;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let taken = server.taken();
        assert_eq!(taken.recipients.len(), 1);
        let id = taken.header("Message-ID")[0].trim_matches(['<', '>']).to_owned();
        assert!(seen.insert(id.split('@').next().unwrap().to_owned()), "{id} came twice");
    }
    assert_eq!(seen, ids);
    for id in ids {
        app.until_state(id.parse().unwrap(), MailState::Sent).await;
    }
    assert!(server.told().iter().all(|it| it["event"] != "taken"));
}

#[tokio::test]
async fn what_a_dead_node_has_leased_another_one_sends() {
    let server = MailServer::start();
    let app = app(server.config());
    let (lease, leased) = app.posted_and_leased(letter(ADA)).await;
    assert_eq!(app.sender().round().await.unwrap(), 0, "its lease holds");
    app.clock.advance(LEASE);
    let sent = app.until_state(leased.id, MailState::Sent).await;
    assert_eq!(sent.attempts, 2);
    let id = format!("<{}@id.example>", leased.id);
    assert_eq!(server.taken().header("Message-ID"), [id], "a second copy would be recognised");
    // The first node was not dead, but slow: its word does not count any more.
    let (id, now) = (leased.id, app.now());
    assert!(!app.act(move |tx| tx.mails().died(id, lease, "too late", now)).await);
    assert_eq!(app.mail(id).await.state, MailState::Sent);
}

#[tokio::test]
async fn a_code_is_not_mailed_after_its_end() {
    let server = MailServer::start();
    let app = app(server.config());
    let (_, leased) = app.posted_and_leased(letter(ADA)).await;
    app.clock.advance(TimeDelta::hours(1));
    let ended = app.until_state(leased.id, MailState::Expired).await;
    assert_eq!(ended.finished_at, Some(app.now()));
    assert!(app.is_wiped(leased.id));
    let told = server.told();
    assert!(told.is_empty(), "{told:?}");
}

/// Nor in the minute until somebody notes that it is over.
#[tokio::test]
async fn what_has_just_ended_is_not_sent_either() {
    let server = MailServer::start();
    let app = app(server.config());
    app.sender().round().await.unwrap();
    let (outbox, now, over) = (app.outbox(), app.now(), letter(ADA));
    let posted = app.act(move |tx| outbox.enqueue(tx, &over, now, None)).await;
    let Posted::Enqueued(id) = posted else { panic!("{posted:?}") };
    assert_eq!(app.sender().round().await.unwrap(), 0);
    assert_eq!(app.mail(id).await.state, MailState::Queued);
    app.clock.advance(TimeDelta::minutes(1));
    app.until_state(id, MailState::Expired).await;
    let told = server.told();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_205_an_address_gets_so_many_mails_an_hour_and_no_more() {
    let server = MailServer::start();
    let app = app(server.config());
    let other = app.second_node();
    let posting = (0..30).map(|n| {
        // However it is written, it is one mailbox.
        let to = if n % 3 == 0 { "Ada@EXAMPLE.com" } else { ADA };
        let (node, letter) = (if n % 2 == 0 { app.node() } else { &other.node }, letter(to));
        let (outbox, expires_at) = (node.identity().outbox().clone(), app.in_an_hour());
        node.db().write(move |tx| {
            Ok::<_, latchkey::storage::Stop<()>>(outbox.enqueue(tx, &letter, expires_at, None)?)
        })
    });
    let posted = futures_util::future::join_all(posting).await;
    let posted: Vec<Posted> = posted.into_iter().map(|it| it.unwrap().unwrap()).collect();
    let bounded = posted.iter().filter(|it| **it == Posted::Bounded).count();
    assert_eq!((posted.len(), bounded), (30, 20), "{posted:?}");
    for _ in 0..10 {
        app.sender().round().await.unwrap();
        server.taken();
    }
    // Nobody else is worse off, and an hour later there is room again.
    app.posted(letter("bob@example.com")).await;
    app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(app.post(letter(ADA)).await, Posted::Bounded);
    app.clock.advance(TimeDelta::minutes(1));
    app.posted(letter(ADA)).await;
}

/// Posts such letters to Ada at once, on two nodes, and tells how many were written down.
async fn race(
    app: &TestApp,
    user: Option<UserId>,
    letter: fn(&str) -> Letter,
    tries: usize,
) -> usize {
    let other = app.second_node();
    let posting = (0..tries).map(|n| {
        let (node, letter) = (if n % 2 == 0 { app.node() } else { &other.node }, letter(ADA));
        let (outbox, expires_at) = (node.identity().outbox().clone(), app.in_an_hour());
        node.db().write(move |tx| {
            Ok::<_, latchkey::storage::Stop<()>>(outbox.enqueue(tx, &letter, expires_at, user)?)
        })
    });
    let posted = futures_util::future::join_all(posting).await;
    posted.into_iter().filter(|it| matches!(it, Ok(Ok(Posted::Enqueued(_))))).count()
}

fn attempt(to: &str) -> Letter {
    let (kind, budget) = (MessageKind::RegistrationAttempt, MailBudget::Attempts);
    Letter { kind, budget, ..letter(to) }
}

/// However much strangers cause, what tells of an act has room, and what is done to one account takes
/// none from another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_205_each_kind_of_mail_has_room_of_its_own_over_all_nodes() {
    let app = TestApp::start();
    let (ada, bob) = (app.person(ADA).await, app.person("bob@example.com").await);
    // A few a day, however many there would be room for.
    assert_eq!(race(&app, Some(ada), attempt, 12).await, 3);
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(race(&app, Some(ada), attempt, 2).await, 0);
    assert_eq!(race(&app, Some(ada), letter, 30).await, 8);
    assert_eq!(race(&app, Some(ada), notice, 50).await, 30);
    assert_eq!(race(&app, Some(bob), notice, 50).await, 30);
    app.clock.advance(TimeDelta::hours(23));
    assert_eq!(race(&app, Some(ada), notice, 2).await, 2);
    assert_eq!(race(&app, Some(ada), attempt, 12).await, 3);
}

#[tokio::test]
async fn case_203_there_is_one_recipient_and_no_header_more() {
    let server = MailServer::start();
    let app = app(server.config());
    let mut smuggled = letter(ADA);
    smuggled.subject = "Hi\r\nBcc: e@y.example\r\n\r\nbody".to_owned();
    smuggled.language = "en".to_owned();
    smuggled.text = "\r\n.\r\nMAIL FROM:<e@y.example>\r\n".to_owned();
    let id = app.posted(smuggled).await;
    app.until_state(id, MailState::Sent).await;
    let told = server.told_to_the_end();
    let of = |event: &str| told.iter().filter(|it| it["event"] == event).collect::<Vec<_>>();
    assert_eq!(of("RCPT").len(), 1, "{told:?}");
    assert_eq!(of("RCPT")[0]["address"], ADA);
    assert_eq!(of("MAIL").len(), 1);
    let taken = super::server::Taken::from(of("taken")[0]);
    assert_eq!(taken.recipients, [ADA]);
    assert_eq!(taken.header("Bcc"), Vec::<String>::new());
    assert_eq!(taken.header("Subject"), ["Hi  Bcc: e@y.example    body"]);
    assert!(!taken.content.to_lowercase().contains("\nbcc:"), "{}", taken.content);
}

#[tokio::test]
async fn letters_that_mail_servers_may_not_know_are_asked_for() {
    for (utf8, state) in [(true, MailState::Sent), (false, MailState::Dead)] {
        let server = MailServer::with(&json!({ "utf8": utf8 }));
        let app = app(server.config());
        let id = app.posted(letter("jörg@bücher.example")).await;
        let ended = app.until_state(id, state).await;
        if utf8 {
            assert_eq!(server.taken().recipients, ["jörg@xn--bcher-kva.example"]);
        } else {
            assert!(ended.last_error.unwrap().contains("SMTPUTF8"));
        }
    }
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_written() {
    let app = TestApp::start_configured(|config| config.profile = latchkey::config::Profile::Serve);
    assert_eq!(app.post(letter(ADA)).await, Posted::Closed);
    assert!(!app.outbox().is_open());
    assert!(app.node().mail().is_none());
    app.person(ADA).await;
    change_password(&app, ADA).await;
    assert!(app.act(|tx| tx.mails().list(None, 9)).await.is_empty());
}

#[tokio::test]
async fn under_dev_mail_stays_to_be_looked_at() {
    let app = TestApp::start();
    assert_eq!(app.outbox().office(), Office::Kept);
    let id = app.posted(letter(ADA)).await;
    assert_eq!(app.mail(id).await.state, MailState::Kept);
    let outbox = app.outbox();
    let mut kept = app.act(move |tx| outbox.kept(tx, 9)).await;
    assert_eq!(kept.len(), 1);
    let kept = kept.remove(0).unwrap();
    assert_eq!(kept.record.id, id);
    assert!(kept.subject.contains(CANARY) && kept.text.contains(CANARY));
    assert!(kept.html.contains(CANARY));
}

#[tokio::test]
async fn mail_goes_seven_days_after_it_was_sent() {
    let server = MailServer::start();
    let app = app(server.config());
    let id = app.posted(letter(ADA)).await;
    app.until_state(id, MailState::Sent).await;
    for (days, is_there) in [(6, true), (1, false)] {
        app.clock.advance(TimeDelta::days(days));
        while app.node().jobs().run_now("purge", &latchkey::jobs::Stopping::never()).await.is_err()
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(app.act(move |tx| tx.mails().find(id)).await.is_some(), is_there);
    }
}

/// Nobody waits for a letter that another node is just taking.
#[tokio::test]
async fn a_letter_that_is_being_taken_keeps_no_other_one_back() {
    let server = MailServer::start();
    let app = app(server.config());
    let mut node = app.raw();
    let statement = |text: String, node: &mut _| {
        diesel::RunQueryDsl::execute(diesel::sql_query(text), node).unwrap();
    };
    statement("BEGIN".to_owned(), &mut node);
    // The node itself may be faster than we are, and has sent it then.
    let taken = loop {
        let taken = app.posted(letter(ADA)).await;
        statement(format!("SELECT 1 FROM mails WHERE id = '{taken}' FOR UPDATE"), &mut node);
        if app.mail(taken).await.state == MailState::Queued {
            break taken;
        }
    };
    let other = app.posted(letter("bob@example.com")).await;
    app.sender().round().await.unwrap();
    app.until_state(other, MailState::Sent).await;
    assert_eq!(app.mail(taken).await.state, MailState::Queued);
    statement("ROLLBACK".to_owned(), &mut node);
    app.until_state(taken, MailState::Sent).await;
}

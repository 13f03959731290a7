//! What a mail says is in the mail, and nowhere else.

use latchkey::config::{Config, MasterKeySource};
use latchkey::domain::mail::MailState;
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::protocol::keys::{self, Keeper};

use super::server::{MailServer, closed_port, config};
use super::{ADA, CANARY, app, letter};
use crate::support::clock::TestRng;

#[tokio::test]
async fn case_326_no_code_is_readable_in_the_database() {
    let waiting = app(config(closed_port()));
    let id = waiting.posted(letter(ADA)).await;
    let row = waiting.row(id);
    assert!(row.contains(ADA) && row.contains("sign-in-code"), "{row}");
    for part in [CANARY, "Gr\u{fc}ezi", "Your code", "<p>"] {
        assert!(!row.contains(part), "{part} is in {row}");
    }

    let server = MailServer::start();
    let sending = app(server.config());
    let id = sending.posted(letter(ADA)).await;
    assert!(!sending.row(id).contains(CANARY));
    sending.until_state(id, MailState::Sent).await;
    assert!(server.taken().content.contains(CANARY));
    assert!(sending.is_wiped(id), "{}", sending.row(id));
}

/// A sealed letter opens in its own row only.
#[tokio::test]
async fn a_letter_that_was_moved_to_another_row_is_not_sent() {
    let app = app(config(closed_port()));
    let (mine, theirs) =
        (app.posted(letter(ADA)).await, app.posted(letter("eve@example.com")).await);
    // Nobody is at either of them any more, and the one that is moved comes first.
    for id in [mine, theirs] {
        app.until(id, |mail| mail.last_error.is_some()).await;
    }
    let statement = format!(
        "UPDATE mails SET (sealed_letter, seal_nonce, due_at) = (SELECT sealed_letter, seal_nonce, \
         mails.created_at FROM mails m WHERE m.id = '{mine}') WHERE id = '{theirs}'"
    );
    diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut app.raw()).unwrap();
    app.clock.advance(chrono::TimeDelta::minutes(10));
    let dead = app.until_state(theirs, MailState::Dead).await;
    assert_eq!(dead.last_error.as_deref(), Some("the letter cannot be read any more"));
}

fn both(config: &mut Config) {
    let mut bytes = [0; 32];
    TestRng::new(99).fill(&mut bytes);
    let new = MasterKeySource::Given(Secret::new(bytes));
    config.keys.previous_master_key = Some(std::mem::replace(&mut config.keys.master_key, new));
}

#[tokio::test]
async fn letters_that_wait_move_to_another_master_key() {
    let server = MailServer::start();
    let app = app(config(closed_port()));
    let id = app.posted(letter(ADA)).await;
    let ring = latchkey::app::master_ring(&app.config_with(both)).unwrap();
    let (old, new) = (ring.previous().unwrap().id().to_owned(), ring.current().id().to_owned());
    assert!(app.row(id).contains(&old));
    let keeper = Keeper { ring, ..app.keeper() };
    let resealed = app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await.unwrap();
    assert_eq!(resealed.unwrap().mails, 1);
    assert!(app.row(id).contains(&new) && !app.row(id).contains(&old), "{}", app.row(id));

    // The old node cannot open it, and leaves it to those that can.
    app.clock.advance(chrono::TimeDelta::minutes(10));
    app.sender().round().await.unwrap();
    assert_eq!(app.mail(id).await.finished_at, None);
    let after = app.node_with(|config| {
        both(config);
        config.keys.previous_master_key = None;
        config.mail = Some(server.config());
    });
    // Nor does it write any under a key that is not the database's.
    let (outbox, expires_at, lost) = (app.outbox(), app.in_an_hour(), letter(ADA));
    let refused: Result<Result<_, ()>, _> =
        app.node().db().write(move |tx| Ok(outbox.enqueue(tx, &lost, expires_at, None)?)).await;
    assert!(refused.is_err(), "{refused:?}");
    for _ in 0..3000 {
        app.clock.advance(chrono::TimeDelta::seconds(15));
        after.node.mail().unwrap().round().await.unwrap();
        if app.mail(id).await.state == MailState::Sent {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(server.taken().content.contains(CANARY));
}

//! The mail of `latchkey dev`, which has no mail server: shown at `/dev/mail`.

mod pages;
mod read;
pub mod viewer;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::app::Node;
use crate::domain::address::EmailAddress;
use crate::domain::mail::{Letter, MailBudget};
use crate::kernel::ids::MailId;
use crate::mail::Outbox;
use crate::mail::outbox::KeptLetter;
use crate::storage::{Db, StorageError};

/// How many letters are shown: the newest.
const SHOWN: u32 = 200;

/// The letters that stay in the database. Clones are the same mailbox.
#[derive(Clone)]
pub struct Mailbox {
    db: Db,
    outbox: Outbox,
}

/// A letter in the mailbox.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its row.
    pub id: MailId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What it says.
    pub letter: Letter,
}

impl Mailbox {
    /// What this node, and others on its database, have written.
    pub fn of(node: &Node) -> Self {
        Self { db: node.db().clone(), outbox: node.identity().outbox().clone() }
    }

    /// The letters that are shown, the newest first. What cannot be read, because another master key
    /// sealed it, is left out.
    pub async fn newest_first(&self) -> Result<Vec<Delivered>, StorageError> {
        let outbox = self.outbox.clone();
        let kept = self.db.load(move |tx| outbox.kept(tx, SHOWN)).await?;
        Ok(kept.into_iter().filter_map(|letter| delivered(letter.ok()?)).collect())
    }

    /// One of them.
    pub async fn find(&self, id: MailId) -> Result<Option<Delivered>, StorageError> {
        Ok(self.newest_first().await?.into_iter().find(|delivered| delivered.id == id))
    }
}

fn delivered(kept: KeptLetter) -> Option<Delivered> {
    let KeptLetter { record, subject, text, html } = kept;
    let (to, kind) = (EmailAddress::parse(&record.recipient).ok()?, record.kind.parse().ok()?);
    // It was counted when it was written.
    let budget = MailBudget::Strangers;
    let letter = Letter { to, kind, budget, language: record.language, subject, text, html };
    Some(Delivered { id: record.id, at: record.created_at, letter })
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

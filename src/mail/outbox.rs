//! Where letters are written down.

mod room;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use zeroize::Zeroizing;

use crate::crypto::master_ring::MasterRing;
use crate::crypto::seal::{MasterKey, OpenError};
use crate::domain::mail::{Letter, MailRecord};
use crate::domain::sealed::Sealed;
use crate::kernel::env::Env;
use crate::kernel::ids::{MailId, UserId};
use crate::kernel::metric;
use crate::storage::repo::mails::NewMail;
use crate::storage::{SettingsCache, StorageError, Tx};
use room::Count;

/// What becomes of the letters that are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// None is: there is no mail server.
    Closed,
    /// They stay in the database, where the page of `latchkey dev` shows them.
    Kept,
    /// They are sent.
    Sending,
}

/// Where letters are written down. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    env: Env,
    settings: SettingsCache,
    /// For the counters of recipients.
    hashing: Arc<MasterKey>,
    /// For what letters say.
    ring: MasterRing,
    office: Office,
    wake: Notify,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is written down.
    Enqueued(MailId),
    /// It is not, because its recipient got too many of its budget. Whoever asked for it is not to notice,
    /// unless it tells of an act of theirs.
    Bounded,
    /// It is not, because there is no mail server.
    Closed,
}

/// What is sealed of a letter.
#[derive(Serialize, Deserialize)]
struct Contents {
    subject: String,
    text: String,
    html: String,
}

/// A letter that stays in the database, to be looked at.
#[derive(Debug)]
pub struct KeptLetter {
    /// What is known of it.
    pub record: MailRecord,
    /// The subject.
    pub subject: String,
    /// The message for programs that show no HTML.
    pub text: String,
    /// The message as an HTML document.
    pub html: String,
}

/// Why a letter cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// What was sealed is no letter.
    #[error("what was sealed is no letter")]
    NoLetter,
}

const TABLE: &str = "mails";
const COLUMN: &str = "sealed_letter";

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbox({:?})", self.0.office)
    }
}

impl Outbox {
    /// An outbox. `hashing` is the key of this database's keyed hashes, `ring` has the key that its
    /// values are sealed under.
    pub fn new(
        env: Env,
        settings: SettingsCache,
        hashing: Arc<MasterKey>,
        ring: MasterRing,
        office: Office,
    ) -> Self {
        Self(Arc::new(Inner { env, settings, hashing, ring, office, wake: Notify::new() }))
    }

    /// What becomes of the letters that are written down.
    pub fn office(&self) -> Office {
        self.0.office
    }

    /// Whether letters reach anybody: where not, what needs mail is not offered.
    pub fn is_open(&self) -> bool {
        self.0.office != Office::Closed
    }

    /// The master keys under which the values of this database are sealed.
    pub fn ring(&self) -> &MasterRing {
        &self.0.ring
    }

    /// The master key to seal with, which stays the right one until the transaction ends: nobody moves
    /// everything to another key meanwhile and misses what is sealed in it.
    pub fn sealing_key(&self, tx: &mut Tx<'_>) -> Result<&MasterKey, StorageError> {
        let ring = &self.0.ring;
        let key_id = tx.instance().sealing_key_id()?;
        key_id.map_or(Some(ring.current()), |id| ring.by_id(&id)).ok_or_else(|| {
            StorageError::Other("the database is sealed under another master key".to_owned())
        })
    }

    /// Writes a letter down, in the transaction of the act that it tells of. It is not sent any more
    /// from `expires_at` on: give a code's own end.
    ///
    /// Counts the letter last of all counters, so other budgets come before this; whoever writes several
    /// letters does so in the order of their budgets, and then of the canonical forms of the addresses.
    /// After the commit call [`Outbox::wake`].
    pub fn enqueue(
        &self,
        tx: &mut Tx<'_>,
        letter: &Letter,
        expires_at: DateTime<Utc>,
        user: Option<UserId>,
    ) -> Result<Posted, StorageError> {
        if !self.is_open() {
            return Ok(Posted::Closed);
        }
        let key = self.sealing_key(tx)?;
        if !self.has_room(tx, letter, user, Count::OfMail)? {
            return Ok(bounded());
        }
        self.write(tx, key, letter, expires_at, user, true)
    }

    /// [`Outbox::enqueue`] where nobody is to learn by the work whether the letter is written: the
    /// statements are the same if it is, if there is no room for it, and if it is not `real`.
    pub fn enqueue_unseen(
        &self,
        tx: &mut Tx<'_>,
        letter: &Letter,
        expires_at: DateTime<Utc>,
        user: Option<UserId>,
        real: bool,
    ) -> Result<Posted, StorageError> {
        if !self.is_open() {
            return Ok(Posted::Closed);
        }
        let key = self.sealing_key(tx)?;
        let count = if real { Count::OfMail } else { Count::OfNothing };
        let has_room = self.has_room(tx, letter, user, count)?;
        let posted = self.write(tx, key, letter, expires_at, user, real && has_room)?;
        Ok(if real && !has_room { bounded() } else { posted })
    }

    fn write(
        &self,
        tx: &mut Tx<'_>,
        key: &MasterKey,
        letter: &Letter,
        expires_at: DateTime<Utc>,
        user: Option<UserId>,
        real: bool,
    ) -> Result<Posted, StorageError> {
        let Inner { env, office, .. } = &*self.0;
        let id = MailId::new(env);
        let sealed = seal(key, env, id, &Contents::of(letter))?;
        let mail = NewMail {
            id,
            user_id: user,
            recipient: &letter.to,
            kind: letter.kind,
            language: &letter.language,
            sealed: &sealed,
            expires_at,
            is_kept: *office == Office::Kept,
        };
        tx.mails().insert_if(real, &mail, env.now())?;
        if real {
            metrics::counter!(metric::MAILS_QUEUED, "kind" => letter.kind.as_str()).increment(1);
        }
        Ok(Posted::Enqueued(id))
    }

    /// Tells this node's sender that a letter was committed. Without it, the letter waits for the next
    /// look: a second.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Waits for [`Outbox::wake`].
    pub(super) fn woken(&self) -> Notified<'_> {
        self.0.wake.notified()
    }

    /// The latest letters that stay here, with what they say.
    pub fn kept(
        &self,
        tx: &mut Tx<'_>,
        limit: u32,
    ) -> Result<Vec<Result<KeptLetter, Unreadable>>, StorageError> {
        let kept = tx.mails().kept(limit)?;
        let open = |(record, sealed): (MailRecord, Sealed)| {
            let (subject, text, html) = self.open(record.id, &sealed)?;
            Ok(KeptLetter { record, subject, text, html })
        };
        Ok(kept.into_iter().map(open).collect())
    }

    /// Subject, text and HTML of a letter.
    pub(super) fn open(
        &self,
        id: MailId,
        sealed: &Sealed,
    ) -> Result<(String, String, String), Unreadable> {
        let opened = self.0.ring.open(TABLE, COLUMN, &id.to_string(), sealed)?;
        let contents: Contents =
            serde_json::from_slice(opened.expose()).map_err(|_| Unreadable::NoLetter)?;
        Ok((contents.subject, contents.text, contents.html))
    }
}

/// The letter's contents sealed anew under the ring's current key.
pub fn reseal(
    ring: &MasterRing,
    env: &Env,
    id: MailId,
    sealed: &Sealed,
) -> Result<Sealed, OpenError> {
    let opened = ring.open(TABLE, COLUMN, &id.to_string(), sealed)?;
    Ok(ring.current().seal(env, TABLE, COLUMN, &id.to_string(), opened.expose()))
}

fn bounded() -> Posted {
    metrics::counter!(metric::MAILS_BOUNDED).increment(1);
    Posted::Bounded
}

impl Contents {
    fn of(letter: &Letter) -> Self {
        let Letter { subject, text, html, .. } = letter;
        Self { subject: subject.clone(), text: text.clone(), html: html.clone() }
    }
}

fn seal(
    key: &MasterKey,
    env: &Env,
    id: MailId,
    contents: &Contents,
) -> Result<Sealed, StorageError> {
    let json = serde_json::to_vec(contents)
        .map_err(|error| StorageError::Other(format!("a letter has no JSON form: {error}")))?;
    let json = Zeroizing::new(json);
    Ok(key.seal(env, TABLE, COLUMN, &id.to_string(), &json))
}

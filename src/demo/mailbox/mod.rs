//! The mail of `latchkey dev`: kept in memory, and shown at `/dev/mail`.

mod pages;
mod read;
pub mod viewer;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use crate::domain::mail::Letter;

/// How many letters are kept: the newest.
pub const KEPT: usize = 200;

/// Letters that were sent. Clones are the same mailbox.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    /// How many have ever come.
    count: u64,
    newest_first: VecDeque<Arc<Delivered>>,
}

/// A letter in the mailbox.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its number; the first one has 1.
    pub number: u64,
    /// When it came.
    pub at: DateTime<Utc>,
    /// What came.
    pub letter: Letter,
}

impl Mailbox {
    /// Puts a letter in that came at `at`. The oldest one goes when there are too many.
    pub fn deliver(&self, letter: Letter, at: DateTime<Utc>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let number = kept.count;
        kept.newest_first.push_front(Arc::new(Delivered { number, at, letter }));
        kept.newest_first.truncate(KEPT);
    }

    /// All letters, the newest first.
    pub fn newest_first(&self) -> Vec<Arc<Delivered>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.newest_first.iter().cloned().collect()
    }

    /// The letter with this number, as long as it is kept.
    pub fn find(&self, number: u64) -> Option<Arc<Delivered>> {
        self.newest_first().into_iter().find(|delivered| delivered.number == number)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::MessageKind;
    use crate::mail::samples;

    #[test]
    fn the_newest_letters_are_kept() {
        let mailbox = Mailbox::default();
        let shared = mailbox.clone();
        for number in 1..=u64::try_from(KEPT).unwrap() + 3 {
            let letter = Letter {
                to: samples::reader().unwrap(),
                kind: MessageKind::Welcome,
                subject: number.to_string(),
                text: String::new(),
                html: String::new(),
                language: "en".to_owned(),
            };
            mailbox.deliver(letter, DateTime::UNIX_EPOCH);
        }
        let letters = shared.newest_first();
        assert_eq!(letters.len(), KEPT);
        assert_eq!((letters[0].number, letters[0].letter.subject.as_str()), (203, "203"));
        assert_eq!(letters.last().unwrap().number, 4);
        assert_eq!(shared.find(203).unwrap().letter.subject, "203");
        assert!(shared.find(3).is_none());
    }
}

//! Whether there is room for a letter: what its recipient gets is counted over all nodes.

use chrono::{DateTime, Utc};

use super::Outbox;
use crate::domain::address::EmailAddress;
use crate::domain::mail::{Letter, MailBudget};
use crate::domain::rate_limit::AttemptKind;
use crate::kernel::ids::UserId;
use crate::storage::repo::attempts::CounterId;
use crate::storage::{StorageError, Tx};

/// What a letter is counted as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// Mail to its recipient.
    OfMail,
    /// One that nobody gets: whoever can make us pretend uses up nothing that its recipient needs.
    OfNothing,
}

impl Outbox {
    /// Until when an address gets no more letters that tell of what is done to this account; `None`: there
    /// is room for one. For acts that are not to happen unseen, before their first write: as long as the
    /// account's row is locked, the answer holds.
    pub fn full_until(
        &self,
        tx: &mut Tx<'_>,
        to: &EmailAddress,
        user: UserId,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        if !self.is_open() {
            return Ok(None);
        }
        let limits = MailBudget::Acts.limits(&self.0.settings.get());
        let named = |kind| self.counter(kind, to, Some(user), Count::OfMail);
        let wanted: Vec<_> = limits.iter().map(|(kind, _)| named(*kind)).collect();
        let counted = tx.attempts().load(&wanted, self.0.env.now())?;
        let full = counted.into_iter().zip(&limits).filter_map(|(counted, (_, limit))| {
            counted.filter(|it| it.is_full(*limit)).map(|it| it.window_ends_at)
        });
        Ok(full.max())
    }

    /// Counts the letter against what its recipient may get.
    pub(super) fn has_room(
        &self,
        tx: &mut Tx<'_>,
        letter: &Letter,
        user: Option<UserId>,
        count: Count,
    ) -> Result<bool, StorageError> {
        let now = self.0.env.now();
        let limits = letter.budget.limits(&self.0.settings.get());
        let named = |kind| self.counter(kind, &letter.to, user, count);
        let wanted: Vec<_> =
            limits.iter().map(|(kind, limit)| (named(*kind), now + limit.window)).collect();
        let counted = tx.attempts().reserve(&wanted, now)?;
        Ok(counted.iter().zip(&limits).all(|(counted, (_, limit))| !counted.is_beyond(*limit)))
    }

    fn counter(
        &self,
        kind: AttemptKind,
        to: &EmailAddress,
        user: Option<UserId>,
        count: Count,
    ) -> CounterId {
        let purpose = match count {
            Count::OfMail => format!("attempts:{kind}"),
            Count::OfNothing => format!("attempts:{kind} of nothing"),
        };
        let subject = match (kind, user) {
            (AttemptKind::MailOfActs, Some(user)) => format!("user {user} {}", to.canonical()),
            _ => to.canonical().to_owned(),
        };
        (kind, self.0.hashing.keyed_hash(&purpose, subject.as_bytes()).into())
    }
}

//! What becomes of a letter.

use chrono::{DateTime, TimeDelta, Utc};

use super::Problem;
use crate::domain::client::text_enum;
use crate::kernel::ids::{MailId, UserId};

/// How long a node has for one attempt; far longer than an attempt may take ([`LONGEST_ATTEMPT`]), so
/// that only a node that died or hangs loses its turn.
pub const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How long one attempt may take, from the first look for a connection on, in seconds.
pub const LONGEST_ATTEMPT: u64 = 100;

/// How often a letter is given to the server before it is given up.
pub const MAX_ATTEMPTS: u32 = 16;

/// How long after the first failed attempt the next one follows; three times as long each time.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// The longest wait between two attempts.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

text_enum! {
    /// What has become of a letter.
    MailState {
        /// It waits until it is due.
        Queued = "queued",
        /// A node has its lease and sends it.
        Sending = "sending",
        /// A server has taken it.
        Sent = "sent",
        /// It stays where it is, to be looked at (`latchkey dev`).
        Kept = "kept",
        /// No server took it, and none is asked again.
        Dead = "dead",
        /// An operator took it out.
        Dropped = "dropped",
        /// What it says was over before a server took it.
        Expired = "expired",
    }
}

/// A letter as operators see it: without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// The row, and the Message-ID.
    pub id: MailId,
    /// Whose account it concerns.
    pub user_id: Option<UserId>,
    /// Where it goes.
    pub recipient: String,
    /// What it is about; perhaps something that only a newer release knows.
    pub kind: String,
    /// Its language.
    pub language: String,
    /// What has become of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it is tried next; while it is being sent, when the lease ends.
    pub due_at: DateTime<Utc>,
    /// From when on it is not sent any more.
    pub expires_at: DateTime<Utc>,
    /// When nothing more was to be done about it.
    pub finished_at: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// Whether what it says is still there.
    pub is_sealed: bool,
}

/// Why an operator cannot do that to a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// It was sent, dropped or kept.
    #[error("the letter is {0}, and nothing more can be done about it")]
    Finished(MailState),
    /// What it says is over.
    #[error("what the letter says is over, so it is not sent any more")]
    Expired,
    /// A node is sending it.
    #[error("the letter is being sent at this moment")]
    Sending,
}

impl MailRecord {
    /// Whether a node is at it at `now`.
    pub fn is_leased(&self, now: DateTime<Utc>) -> bool {
        self.state == MailState::Sending && now < self.due_at
    }

    /// Whether it can be tried at once.
    pub fn may_retry(&self, now: DateTime<Utc>) -> Result<(), NotChanged> {
        match self.state {
            _ if self.is_leased(now) => Err(NotChanged::Sending),
            MailState::Expired => Err(NotChanged::Expired),
            MailState::Queued | MailState::Sending | MailState::Dead => {
                let is_live = now < self.expires_at && self.is_sealed;
                if is_live { Ok(()) } else { Err(NotChanged::Expired) }
            }
            MailState::Sent | MailState::Kept | MailState::Dropped => {
                Err(NotChanged::Finished(self.state))
            }
        }
    }

    /// Whether it can be taken out.
    pub fn may_drop(&self, now: DateTime<Utc>) -> Result<(), NotChanged> {
        match self.state {
            _ if self.is_leased(now) => Err(NotChanged::Sending),
            MailState::Queued | MailState::Sending | MailState::Dead | MailState::Kept => Ok(()),
            MailState::Sent | MailState::Dropped | MailState::Expired => {
                Err(NotChanged::Finished(self.state))
            }
        }
    }
}

/// How an attempt to send a letter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A server took it.
    Sent,
    /// There was no server to give it to; this is no fault of the letter's, and does not count.
    Unreached(Problem),
    /// The server did not take it this time.
    Later(Problem),
    /// It never will.
    Never(Problem),
}

/// What becomes of a letter after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It was sent.
    Sent,
    /// It is tried again then, unless what it says is over.
    Queued {
        /// Not before this.
        due_at: DateTime<Utc>,
        /// Whether the attempt counts.
        counts: bool,
        /// What went wrong.
        problem: Problem,
    },
    /// It is given up.
    Dead(Problem),
}

/// A letter that a node has leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt this is, from 1.
    pub number: u32,
    /// From when on it is not sent any more.
    pub expires_at: DateTime<Utc>,
}

impl Attempt {
    /// What becomes of the letter after this attempt. `jitter` of 0 to 255 spreads the waits by a
    /// fifth in either direction.
    pub fn ended(self, outcome: Outcome, now: DateTime<Utc>, jitter: u8) -> Next {
        // Not later than its end, so that it is not forgotten beyond that.
        let again = |counts, problem, failures| Next::Queued {
            due_at: (now + backoff(failures, jitter)).min(self.expires_at),
            counts,
            problem,
        };
        match outcome {
            Outcome::Sent => Next::Sent,
            Outcome::Never(problem) => Next::Dead(problem),
            Outcome::Unreached(problem) => again(false, problem, 1),
            Outcome::Later(problem) if self.number >= MAX_ATTEMPTS => Next::Dead(problem),
            Outcome::Later(problem) => again(true, problem, self.number),
        }
    }
}

/// How long to wait after so many failures in a row: ten seconds, then three times as long each time,
/// but never much more than an hour.
fn backoff(failures: u32, jitter: u8) -> TimeDelta {
    let steps = failures.saturating_sub(1).min(10);
    let wait = (FIRST_WAIT * 3_i32.saturating_pow(steps)).min(LONGEST_WAIT);
    // From four fifths to six fifths.
    wait * 4 / 5 + wait * i32::from(jitter) / 255 * 2 / 5
}

#[cfg(test)]
mod tests {
    use super::MailState::{Dead, Dropped, Expired, Kept, Queued, Sending, Sent};
    use super::*;

    const NOW: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;
    const BUSY: Problem = Problem::Refused(451);

    fn attempt(number: u32) -> Attempt {
        Attempt { number, expires_at: NOW + TimeDelta::days(2) }
    }

    #[test]
    fn waits_grow_up_to_an_hour_and_are_spread() {
        let waits: Vec<i64> =
            [0, 1, 2, 3, 4, 5, 6, 7, 16, u32::MAX].map(|it| backoff(it, 128).num_seconds()).into();
        assert_eq!(waits, [10, 10, 30, 90, 270, 810, 2431, 3602, 3602, 3602]);
        assert_eq!(
            (backoff(1, 0), backoff(1, 255)),
            (TimeDelta::seconds(8), TimeDelta::seconds(12))
        );
    }

    #[test]
    fn a_letter_is_given_up_after_its_last_attempt() {
        let busy = Outcome::Later(BUSY);
        for number in 1..MAX_ATTEMPTS {
            let Next::Queued { due_at, counts: true, .. } = attempt(number).ended(busy, NOW, 9)
            else {
                panic!("it was given up at attempt {number}");
            };
            assert!(due_at > NOW);
        }
        assert_eq!(attempt(MAX_ATTEMPTS).ended(busy, NOW, 9), Next::Dead(BUSY));
        let gone = Problem::Refused(550);
        assert_eq!(attempt(1).ended(Outcome::Never(gone), NOW, 9), Next::Dead(gone));
    }

    #[test]
    fn a_server_that_is_not_there_kills_no_letter() {
        let outcome = Outcome::Unreached(Problem::Unreachable);
        let next = attempt(MAX_ATTEMPTS + 1).ended(outcome, NOW, 9);
        assert!(matches!(next, Next::Queued { counts: false, .. }), "{next:?}");
    }

    #[test]
    fn nobody_waits_beyond_the_end_of_a_letter() {
        let end = NOW + TimeDelta::seconds(3);
        let short = Attempt { number: 5, expires_at: end };
        let next = short.ended(Outcome::Later(BUSY), NOW, 9);
        assert_eq!(next, Next::Queued { due_at: end, counts: true, problem: BUSY });
    }

    #[test]
    fn what_operators_can_do_follows_from_the_state() {
        let record = |state, is_sealed| MailRecord {
            id: MailId(uuid::Uuid::nil()),
            user_id: None,
            recipient: "ada@example.com".to_owned(),
            kind: "welcome".to_owned(),
            language: "en".to_owned(),
            state,
            attempts: 1,
            created_at: NOW,
            due_at: NOW + LEASE,
            expires_at: NOW + TimeDelta::days(1),
            finished_at: None,
            last_error: None,
            is_sealed,
        };
        let (later, over) = (NOW + LEASE, NOW + TimeDelta::days(1));
        for (state, at, retried, dropped) in [
            (Queued, NOW, true, true),
            (Sending, NOW, false, false),
            (Sending, later, true, true),
            (Sent, NOW, false, false),
            (Kept, NOW, false, true),
            (Dead, NOW, true, true),
            (Dead, over, false, true),
            (Dropped, NOW, false, false),
            (Expired, NOW, false, false),
        ] {
            let record = record(state, true);
            assert_eq!(record.may_retry(at).is_ok(), retried, "{state}");
            assert_eq!(record.may_drop(at).is_ok(), dropped, "{state}");
        }
        assert_eq!(record(Dead, false).may_retry(NOW), Err(NotChanged::Expired));
    }
}

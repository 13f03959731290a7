//! What becomes of the budgets when the outcome of an attempt is known.

use chrono::{DateTime, Utc};

use super::{Budget, Taken, ids};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::rate_limit::{AttemptKind, Counted, Standing, lock_length};
use crate::domain::setting::{Settings, seconds};
use crate::storage::error::StorageError;
use crate::storage::repo::attempts::CounterId;
use crate::storage::tx::Tx;

/// An attempt that failed.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Missed {
    /// The locks that it set, for the trail: once per lock, by whoever took the last attempt.
    pub(in crate::identity) events: Vec<AuditEvent>,
    /// What is left of which budget.
    pub(in crate::identity) standing: Standing,
    /// That it used up the last attempt at an account, or at what stands in for one; and until when.
    pub(in crate::identity) locked: Option<LockedUntil>,
    /// The same of a second factor, or of mailed codes, of a real account.
    pub(in crate::identity) factor_locked: Option<DateTime<Utc>>,
}

/// Until when an account is locked; `None`: until its password is set, or it is unlocked.
pub(in crate::identity) type LockedUntil = Option<DateTime<Utc>>;

impl Taken {
    /// The attempt failed. Whoever took the last one of a budget locks it, each time for longer.
    pub(in crate::identity) fn missed(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<Missed, StorageError> {
        let mut counted = self.counted.clone();
        let (mut events, mut locked) = (vec![], None);
        let mut factor_locked: Option<DateTime<Utc>> = None;
        let filled = || counted.iter().filter(|(budget, state)| state.just_filled(budget.limit));
        let growing: Vec<Budget> =
            filled().map(|(budget, _)| *budget).filter(|it| it.id.0.grows()).collect();
        let ends = lock_ends(tx, &growing, settings, now)?;
        for (budget, state) in &mut counted {
            if !state.just_filled(budget.limit) {
                continue;
            }
            if let Some((_, until)) = ends.iter().find(|(id, _)| *id == budget.id) {
                state.window_ends_at = *until;
            }
            match budget.id.0 {
                AttemptKind::Account => locked = locked.or(Some(Some(state.window_ends_at))),
                AttemptKind::AccountRun => locked = Some(None),
                AttemptKind::Totp
                | AttemptKind::TotpRun
                | AttemptKind::RecoveryCode
                | AttemptKind::RecoveryCodeRun
                | AttemptKind::CodeMisses
                | AttemptKind::CodeMissesOfDay
                    if !self.feigned =>
                {
                    factor_locked = factor_locked.max(Some(state.window_ends_at));
                }
                _ => {}
            }
            events.extend(self.lock_event(budget.id.0, state));
        }
        Ok(Missed { events, standing: standing_of(&counted, now), locked, factor_locked })
    }

    /// The attempt succeeded: it was none, and the account's failures before it are forgotten. What
    /// a stranger can see is only given back, so that nobody learns who signs in when.
    pub(in crate::identity) fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        let (shared, own): (Vec<CounterId>, Vec<CounterId>) =
            self.ids().into_iter().partition(|(kind, _)| is_shared(*kind));
        let own = own.into_iter().map(|id| (id, u32::MAX));
        // Too many in a row stay too many for strangers, until the password is set anew.
        let run = self.run.map(|run| (run.id, run.limit.attempts));
        tx.attempts().settle(&shared, &own.chain(run).collect::<Vec<_>>())
    }

    /// The attempt was never looked at.
    pub(in crate::identity) fn withdrawn(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        tx.attempts().release(&self.ids())
    }

    /// What is left when the attempt has succeeded.
    pub(in crate::identity) fn standing(&self, now: DateTime<Utc>) -> Standing {
        let given_back = |(budget, counted): &(Budget, Counted)| {
            (*budget, Counted { count: counted.count.saturating_sub(1), ..*counted })
        };
        standing_of(&self.counted.iter().map(given_back).collect::<Vec<_>>(), now)
    }

    pub(super) fn ids(&self) -> Vec<CounterId> {
        ids(&self.counted.iter().map(|(budget, _)| *budget).collect::<Vec<_>>())
    }

    /// What the trail says of a lock. What was typed and the account behind it fill up together,
    /// so one of them speaks.
    fn lock_event(&self, kind: AttemptKind, state: &Counted) -> Option<AuditEvent> {
        let user = self.subject.user;
        let locked = |until: Option<DateTime<Utc>>| match user {
            Some(user) if !self.feigned => AuditEvent::new(Action::UserLocked, Actor::System)
                .target("user", user)
                .details(serde_json::json!({ "until": until, "failures": state.count })),
            _ => self.beyond("account"),
        };
        match kind {
            AttemptKind::Account => Some(locked(Some(state.window_ends_at))),
            AttemptKind::AccountRun => Some(locked(None)),
            AttemptKind::Address => Some(self.beyond("address")),
            AttemptKind::AccountAtAddress => Some(self.beyond("pair")),
            AttemptKind::Device | AttemptKind::DeviceRun => Some(self.beyond("device")),
            AttemptKind::Confirmation | AttemptKind::ConfirmationRun => {
                Some(self.beyond("confirmation"))
            }
            AttemptKind::Totp | AttemptKind::TotpRun => Some(self.beyond("totp")),
            AttemptKind::RecoveryCode | AttemptKind::RecoveryCodeRun => {
                Some(self.beyond("recovery_code"))
            }
            AttemptKind::CodeMisses | AttemptKind::CodeMissesOfDay => {
                Some(self.beyond("mailed_code"))
            }
            AttemptKind::Identifier
            | AttemptKind::IdentifierAtAddress
            | AttemptKind::ForgottenPassword
            | AttemptKind::CodeSends
            | AttemptKind::CodeSendsOfHour
            | AttemptKind::AddressChange
            | AttemptKind::UsernameChange
            | AttemptKind::PictureChange
            | AttemptKind::Locks
            | AttemptKind::Mail
            | AttemptKind::MailOfAttempts
            | AttemptKind::MailOfActs => None,
        }
    }

    fn beyond(&self, budget: &str) -> AuditEvent {
        let event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .refused("too_many_attempts")
            .details(serde_json::json!({ "budget": budget }));
        match self.subject.user {
            Some(user) => event.target("user", user),
            None => event,
        }
    }
}

/// Locks these budgets, and tells until when. Locks are forgotten when there was none for as long as
/// the longest one takes.
fn lock_ends(
    tx: &mut Tx<'_>,
    budgets: &[Budget],
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<(CounterId, DateTime<Utc>)>, StorageError> {
    if budgets.is_empty() {
        return Ok(vec![]);
    }
    let longest = seconds(settings.lockout_longest);
    let remembered = now + longest + longest;
    // The counts of locks come behind all others, so the others are taken first.
    tx.attempts().hold(&ids(budgets), &[])?;
    let locks: Vec<_> =
        budgets.iter().map(|it| ((AttemptKind::Locks, it.id.1), remembered)).collect();
    let counted = tx.attempts().reserve(&locks, now)?;
    let mut ends = vec![];
    for ((budget, (lock, _)), nth) in budgets.iter().zip(&locks).zip(counted) {
        let until = now + lock_length(seconds(settings.lockout), longest, nth.count);
        tx.attempts().prolong(*lock, remembered)?;
        tx.attempts().prolong(budget.id, until)?;
        ends.push((budget.id, until));
    }
    Ok(ends)
}

fn standing_of(counted: &[(Budget, Counted)], now: DateTime<Utc>) -> Standing {
    counted.iter().filter_map(|(budget, it)| budget.allowance(Some(*it), now)).collect()
}

/// Whether a success gives back its own attempt and forgets no other. Of mailed codes that keeps the
/// chance to guess one as small as it is, however often the owner signs in.
fn is_shared(kind: AttemptKind) -> bool {
    matches!(
        kind,
        AttemptKind::Address
            | AttemptKind::Identifier
            | AttemptKind::IdentifierAtAddress
            | AttemptKind::CodeMisses
            | AttemptKind::CodeMissesOfDay
    )
}

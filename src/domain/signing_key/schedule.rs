//! When a key is published, signs, retires and goes. Pure: a chain of keys, the times, the present.
//!
//! The moment of a change-over is written into the next key's row long before. Whoever has read the
//! row changes over by the clock, so nodes agree without hearing of each other, and a server that
//! slept through the moment wakes up after it. [`KeyChain::advance`] only notes what is so already.

mod change;

pub use change::{Change, Due, NotRevoked};

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyState, SigningKey};
use crate::domain::setting::{Settings, seconds};

/// How far ahead a change-over is announced at least: twice the time within which every node reads
/// the keys anew.
pub const NOTICE: TimeDelta = TimeDelta::seconds(10);

/// The longest lifetime of an ID or access token that a client may be given, in seconds.
const LONGEST_PUBLIC_TOKEN: u32 = 86_400;

/// The longest lifetime of a refresh token that a client may be given, in seconds.
const LONGEST_REFRESH_TOKEN: u32 = 365 * 86_400;

/// What is added to a token's life before its key goes: clocks may differ by 30 s, whoever checks
/// may allow a minute, and a node that has not heard of a change-over signs on for a moment.
const SLACK: TimeDelta = TimeDelta::minutes(5);

/// The times of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a key signs.
    pub lifetime: TimeDelta,
    /// How long a key is published, at least, before it signs.
    pub publication: TimeDelta,
    /// How long a key stays published after it has signed.
    pub published: TimeDelta,
    /// How long its row is kept after it has signed, because refresh tokens live longer than that.
    pub kept: TimeDelta,
}

impl Timing {
    /// The times that follow from the settings. How long a retired key is kept follows from the
    /// longest lifetimes that any client may have, and not from those of the day: a token was
    /// issued under what was set then.
    pub fn of(settings: &Settings) -> Self {
        let public = LONGEST_PUBLIC_TOKEN
            .max(settings.access_token_lifetime)
            .max(settings.id_token_lifetime);
        let refresh = LONGEST_REFRESH_TOKEN
            .max(settings.refresh_absolute_lifetime)
            .max(settings.refresh_idle_lifetime);
        Self {
            lifetime: seconds(settings.signing_key_lifetime),
            publication: seconds(settings.signing_key_publication),
            published: seconds(public) + SLACK,
            kept: seconds(refresh) + SLACK,
        }
    }
}

/// All signing keys of an installation, and the steps taken since they were read.
#[derive(Clone, Debug, Default)]
pub struct KeyChain {
    keys: Vec<SigningKey>,
    changes: Vec<Change>,
}

impl KeyChain {
    /// The keys as they are stored.
    pub fn new(keys: Vec<SigningKey>) -> Self {
        Self { keys, changes: Vec::new() }
    }

    /// The keys with every step that was taken.
    pub fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// The steps that were taken, in the order in which they are to be written.
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// The key that signs at this instant. `None` only before the first key was made.
    pub fn signing(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        self.next().filter(|next| next.takes_over(now)).or_else(|| self.active())
    }

    /// How long the key that signs has yet to sign for; negative when a successor is overdue.
    pub fn remaining(&self, timing: &Timing, now: DateTime<Utc>) -> Option<TimeDelta> {
        let began = |key: &SigningKey| match key.state {
            // It has taken over, and nobody has noted it yet.
            KeyState::Next => key.activates_at.unwrap_or(key.created_at),
            _ => since(key),
        };
        self.signing(now).map(|key| began(key) + timing.lifetime - now)
    }

    /// Whether a key is published that has yet to take over.
    pub fn has_successor(&self, now: DateTime<Utc>) -> bool {
        self.next().is_some_and(|next| !next.takes_over(now))
    }

    /// The key that is published for its turn, noted as such.
    pub fn next(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.state == KeyState::Next)
    }

    /// Where a key stands at this instant, noted already or not.
    pub fn state_at(&self, key: &SigningKey, now: DateTime<Utc>) -> KeyState {
        let taken_over = self.next().is_some_and(|next| next.takes_over(now));
        match key.state {
            KeyState::Next if taken_over => KeyState::Active,
            KeyState::Active if taken_over => KeyState::Retiring,
            state => state,
        }
    }

    /// What becomes of a key next, and when: another state, or none when its row is removed. `None`
    /// for a key that signs until there is a next one.
    pub fn ahead(
        &self,
        key: &SigningKey,
        timing: &Timing,
        now: DateTime<Utc>,
    ) -> Option<(Option<KeyState>, DateTime<Utc>)> {
        let turn = self.next().and_then(|next| next.activates_at);
        match (key.state, self.state_at(key, now)) {
            (_, KeyState::Next) => Some((Some(KeyState::Active), turn?)),
            // It has taken over, so there is no key behind it yet.
            (KeyState::Next, _) => None,
            (_, KeyState::Active) => Some((Some(KeyState::Retiring), turn?)),
            (_, KeyState::Retiring) => {
                let ended = key.retiring_at.or(turn).unwrap_or(now);
                Some((Some(KeyState::Gone), ended + timing.published))
            }
            (_, KeyState::Gone) => Some((None, ended(key) + timing.kept)),
        }
    }

    /// What [`KeyChain::advance`] and [`KeyChain::publish`] would do at this instant.
    pub fn due(&self, timing: &Timing, now: DateTime<Utc>) -> Due {
        let mut ahead = Self::new(self.keys.clone());
        ahead.advance(timing, now);
        if ahead.active().is_some() && ahead.next().is_none() {
            Due::Spare
        } else if ahead.changes.is_empty() {
            Due::Nothing
        } else {
            Due::Steps
        }
    }

    /// Makes the very first key the active one. Nobody can have an older key set, so it may sign
    /// at once. Nothing happens where a key is active.
    pub fn begin(&mut self, mut first: SigningKey, now: DateTime<Utc>) {
        if self.active().is_none() {
            first.state = KeyState::Active;
            first.activated_at = Some(now);
            self.add(first);
        }
    }

    /// Publishes `spare` as the next key, if there is none; else it was made in vain. It takes over
    /// when the active key has signed for its lifetime, and not before it was published for long
    /// enough.
    pub fn publish(&mut self, mut spare: SigningKey, timing: &Timing) {
        let Some(active) = self.active() else { return };
        if self.next().is_none() {
            let turn = since(active) + timing.lifetime;
            spare.state = KeyState::Next;
            spare.activates_at = Some(turn.max(spare.created_at + timing.publication));
            self.add(spare);
        }
    }

    /// Notes what has come to pass: the change-over at its instant however long ago, the keys whose
    /// last token has died, and a lifetime that was shortened meanwhile.
    pub fn advance(&mut self, timing: &Timing, now: DateTime<Utc>) {
        let due =
            self.next().filter(|next| next.takes_over(now)).and_then(|next| next.activates_at);
        if let Some(at) = due {
            self.change_over(at);
        }
        for index in 0..self.keys.len() {
            if self.keys[index].state == KeyState::Retiring
                && ended(&self.keys[index]) + timing.published <= now
            {
                self.withdraw(index, now);
            }
        }
        let (gone, keys) = std::mem::take(&mut self.keys)
            .into_iter()
            .partition(|key| key.state == KeyState::Gone && ended(key) + timing.kept <= now);
        self.keys = keys;
        let forgotten: Vec<SigningKey> = gone;
        self.changes.extend(forgotten.into_iter().map(|key| Change::Forgotten { kid: key.kid }));
        if let (Some(active), Some(next)) = (self.active(), self.next()) {
            let turn = since(active) + timing.lifetime;
            self.bring_forward(turn.max(next.created_at + timing.publication).max(now + NOTICE));
        }
    }

    /// Lets the next key take over as soon as it was published for long enough and every node has
    /// heard of it, or with `at_once` this instant. A moment that was set before is never put off.
    /// Returns the key with that moment; `None` where there is no next key.
    pub fn rotate(
        &mut self,
        timing: &Timing,
        now: DateTime<Utc>,
        at_once: bool,
    ) -> Option<(String, DateTime<Utc>)> {
        let next = self.next()?;
        let (kid, created_at) = (next.kid.clone(), next.created_at);
        if at_once {
            self.bring_forward(now);
            self.change_over(now);
            return Some((kid, now));
        }
        self.bring_forward((created_at + timing.publication).max(now + NOTICE));
        let at = self.next()?.activates_at?;
        Some((kid, at))
    }

    /// Ends a key whose private half somebody else may have. Where it is the one that signs, the
    /// next key takes over this instant, or else `spare`, so that there always is one; a `spare`
    /// that is left becomes the next key.
    pub fn revoke(
        &mut self,
        kid: &str,
        spare: SigningKey,
        timing: &Timing,
        now: DateTime<Utc>,
    ) -> Result<(), NotRevoked> {
        self.advance(timing, now);
        let key = self.keys.iter_mut().find(|key| key.kid == kid).ok_or(NotRevoked::Unknown)?;
        if key.revoked_at.is_some() {
            return Err(NotRevoked::Already);
        }
        let was = key.state;
        key.state = KeyState::Gone;
        key.revoked_at = Some(now);
        key.gone_at = key.gone_at.or(Some(now));
        self.changes.push(Change::Revoked { kid: kid.to_owned(), at: now, was });
        if self.active().is_some() {
            self.publish(spare, timing);
        } else if self.next().is_some() {
            self.change_over(now);
            self.publish(spare, timing);
        } else {
            self.begin(spare, now);
        }
        Ok(())
    }

    fn active(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.state == KeyState::Active)
    }

    fn add(&mut self, key: SigningKey) {
        self.changes.push(Change::Published(Box::new(key.clone())));
        self.keys.push(key);
    }

    /// Sets an earlier moment for the change-over; a later one is none.
    fn bring_forward(&mut self, at: DateTime<Utc>) {
        let next = self.keys.iter_mut().find(|key| key.state == KeyState::Next);
        if let Some(next) = next.filter(|next| next.activates_at.is_none_or(|set| set > at)) {
            next.activates_at = Some(at);
            self.changes.push(Change::Scheduled { kid: next.kid.clone(), at });
        }
    }

    /// The active key ends and the next one begins, in this order: the database has room for one.
    fn change_over(&mut self, at: DateTime<Utc>) {
        if let Some(active) = self.keys.iter_mut().find(|key| key.state == KeyState::Active) {
            active.state = KeyState::Retiring;
            active.retiring_at = Some(at);
            self.changes.push(Change::Retired { kid: active.kid.clone(), at });
        }
        if let Some(next) = self.keys.iter_mut().find(|key| key.state == KeyState::Next) {
            next.state = KeyState::Active;
            next.activated_at = Some(at);
            self.changes.push(Change::Activated { kid: next.kid.clone(), at });
        }
    }

    fn withdraw(&mut self, index: usize, now: DateTime<Utc>) {
        let key = &mut self.keys[index];
        key.state = KeyState::Gone;
        key.gone_at = Some(now);
        self.changes.push(Change::Withdrawn { kid: key.kid.clone(), at: now });
    }
}

/// Since when a key signs.
fn since(active: &SigningKey) -> DateTime<Utc> {
    active.activated_at.unwrap_or(active.created_at)
}

/// When a key signed for the last time. One that never did ended when it went.
fn ended(key: &SigningKey) -> DateTime<Utc> {
    key.retiring_at.or(key.gone_at).unwrap_or(key.created_at)
}

#[cfg(test)]
mod tests;

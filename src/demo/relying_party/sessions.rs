//! The app's own sessions, kept in memory: who is signed in, and which sign-ins are under way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

use super::tokens::SignedIn;

/// How many sessions are kept; beyond that the least recently used one goes.
const MAX_SESSIONS: usize = 256;
/// How many sign-ins one browser may have under way, in as many tabs.
const MAX_ATTEMPTS: usize = 8;
/// How long a sign-in may take, in minutes.
const ATTEMPT_MINUTES: i64 = 60;

/// A sign-in under way: what the provider's answer is checked against.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// The `state` sent along, which the answer must carry (RFC 6749 §10.12).
    pub(super) state: String,
    /// The `nonce` the ID token must carry (OIDC Core §3.1.2.1).
    pub(super) nonce: String,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub(super) verifier: Secret<String>,
    /// When it began.
    pub(super) begun_at: DateTime<Utc>,
}

/// What the app knows about one browser.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    /// The person signed in, if any.
    pub(super) signed_in: Option<SignedIn>,
    /// The `state` of a sign-out that was sent to the provider.
    pub(super) sign_out: Option<String>,
    attempts: VecDeque<Attempt>,
    last_used: Option<DateTime<Utc>>,
}

impl Session {
    /// Notes that a sign-in began.
    pub(super) fn begin(&mut self, attempt: Attempt) {
        if self.attempts.len() == MAX_ATTEMPTS {
            self.attempts.pop_front();
        }
        self.attempts.push_back(attempt);
    }

    /// Takes out the sign-in that `state` belongs to: an answer is accepted once.
    fn take(&mut self, state: &str, now: DateTime<Utc>) -> Option<Attempt> {
        let position = self.attempts.iter().position(|attempt| attempt.state == state)?;
        let attempt = self.attempts.remove(position)?;
        (now - attempt.begun_at < TimeDelta::minutes(ATTEMPT_MINUTES)).then_some(attempt)
    }
}

/// All sessions, by the random id in the browser's cookie.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// A copy of the session `id`, if it exists.
    pub(super) fn read(&self, id: &str) -> Option<Session> {
        self.lock().get(id).cloned()
    }

    /// Stores `session` under a new random id and returns that.
    pub(super) fn insert(&self, env: &Env, mut session: Session) -> String {
        let id = env.random_token("").expose().clone();
        session.last_used = Some(env.now());
        let mut sessions = self.lock();
        while sessions.len() >= MAX_SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, s)| s.last_used).map(|(id, _)| id.clone());
            oldest.and_then(|id| sessions.remove(&id));
        }
        sessions.insert(id.clone(), session);
        id
    }

    /// Changes the session `id` in place; `None` when it is gone.
    pub(super) fn update<T>(
        &self,
        env: &Env,
        id: &str,
        change: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(id)?;
        session.last_used = Some(env.now());
        Some(change(session))
    }

    /// Takes the sign-in with this `state` out of the session `id`.
    pub(super) fn take_attempt(&self, env: &Env, id: &str, state: &str) -> Option<Attempt> {
        let now = env.now();
        self.update(env, id, |session| session.take(state, now)).flatten()
    }

    /// Gives the session a new id when its person changes, so that an id known before the sign-in
    /// is worth nothing after it.
    pub(super) fn renew(&self, env: &Env, id: &str, change: impl FnOnce(&mut Session)) -> String {
        let mut session = self.lock().remove(id).unwrap_or_default();
        change(&mut session);
        self.insert(env, session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        // No change leaves a session half made, so a panic elsewhere spoils nothing here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(env: &Env, state: &str) -> Attempt {
        Attempt {
            state: state.to_owned(),
            nonce: String::new(),
            verifier: Secret::from(""),
            begun_at: env.now(),
        }
    }

    #[test]
    fn an_answer_is_accepted_once_and_only_with_its_state() {
        let env = Env::system();
        let sessions = Sessions::default();
        let id = sessions.insert(&env, Session::default());
        sessions.update(&env, &id, |session| {
            session.begin(attempt(&env, "one"));
            session.begin(attempt(&env, "two"));
        });
        assert!(sessions.take_attempt(&env, &id, "three").is_none());
        assert!(sessions.take_attempt(&env, "another", "one").is_none());
        assert_eq!(sessions.take_attempt(&env, &id, "one").unwrap().state, "one");
        assert!(sessions.take_attempt(&env, &id, "one").is_none());
        assert!(sessions.take_attempt(&env, &id, "two").is_some());
    }

    #[test]
    fn an_old_sign_in_is_refused() {
        let env = Env::system();
        let mut session = Session::default();
        session.begin(attempt(&env, "one"));
        assert!(session.take("one", env.now() + TimeDelta::hours(2)).is_none());
    }

    #[test]
    fn both_numbers_are_bounded() {
        let env = Env::system();
        let sessions = Sessions::default();
        let first = sessions.insert(&env, Session::default());
        let second = sessions.insert(&env, Session::default());
        sessions.update(&env, &first, |session| {
            for number in 0..=MAX_ATTEMPTS {
                session.begin(attempt(&env, &number.to_string()));
            }
            assert_eq!(session.attempts.len(), MAX_ATTEMPTS);
            assert_eq!(session.attempts[0].state, "1");
        });
        for _ in 2..=MAX_SESSIONS {
            sessions.insert(&env, Session::default());
        }
        assert!(sessions.read(&first).is_some(), "used last");
        assert!(sessions.read(&second).is_none(), "the least recently used one");
    }

    #[test]
    fn a_change_of_person_changes_the_id() {
        let env = Env::system();
        let sessions = Sessions::default();
        let id = sessions.insert(&env, Session::default());
        sessions.update(&env, &id, |session| session.begin(attempt(&env, "one")));
        let renewed = sessions.renew(&env, &id, |session| session.sign_out = Some("x".to_owned()));
        assert!(sessions.read(&id).is_none());
        assert!(sessions.take_attempt(&env, &renewed, "one").is_some(), "the other tab goes on");
    }
}

//! What is fetched once for all who want it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::error::FederationError;

/// For how long it is not fetched again.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// For how long it is used while the provider is away.
const KEPT: TimeDelta = TimeDelta::days(1);

/// How often it is fetched anew, at most, because something is missing in it: forged key ids make nobody
/// ask the provider again and again.
const COOLDOWN: TimeDelta = TimeDelta::minutes(1);

/// For how long a failure stands: whoever comes within it is told, and the provider is not asked. It is
/// short, so that nothing but the next one who asks is needed when the provider is there again.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// Something that a provider tells everybody. Those who want it at the same time wait for one fetch, and
/// share its failure, too.
#[derive(Debug)]
pub(super) struct Cached<T> {
    held: RwLock<Option<Held<T>>>,
    /// Held by whoever fetches.
    fetching: Mutex<Fetching>,
    /// Fetches that have ended.
    rounds: AtomicU64,
}

#[derive(Debug)]
struct Held<T> {
    value: Arc<T>,
    at: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Fetching {
    failed: Option<Failed>,
    renewed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
struct Failed {
    error: FederationError,
    at: DateTime<Utc>,
}

impl Failed {
    /// Whether it speaks for a fetch at `now`. That nobody was asked, because a breaker is open, says nothing
    /// that the breaker does not say better.
    fn stands(&self, now: DateTime<Utc>) -> bool {
        self.error != FederationError::Resting && self.at <= now && now < self.at + PAUSE
    }
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self { held: RwLock::default(), fetching: Mutex::default(), rounds: AtomicU64::new(0) }
    }
}

impl<T> Cached<T> {
    /// What is held, or what `fetch` yields; its failure stands for a moment. While the provider is away,
    /// what it said within the last day still holds.
    pub(super) async fn get<F>(
        &self,
        now: DateTime<Utc>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, FederationError>
    where
        F: Future<Output = Result<T, FederationError>>,
    {
        if let Some(value) = self.younger_than(FRESH, now) {
            return Ok(value);
        }
        let seen = self.rounds.load(Ordering::Acquire);
        let mut fetching = self.fetching.lock().await;
        if let Some(value) = self.younger_than(FRESH, now) {
            return Ok(value);
        }
        // Whoever waited while it failed does not wait for another failure.
        let has_waited = self.rounds.load(Ordering::Acquire) != seen;
        let known = fetching.failed.as_ref().filter(|it| has_waited || it.stands(now));
        let fetched = if let Some(failed) = known {
            Err(failed.error.clone())
        } else {
            let fetched = fetch().await;
            fetching.failed =
                fetched.as_ref().err().map(|error| Failed { error: error.clone(), at: now });
            self.rounds.fetch_add(1, Ordering::AcqRel);
            fetched
        };
        match fetched {
            Ok(value) => Ok(self.hold(value, now)),
            Err(error) if error.is_away() => self.younger_than(KEPT, now).ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Something newer than `known`, in which something is missing. `None`: there is nothing newer, and
    /// it was fetched anew a moment ago.
    pub(super) async fn renew<F>(
        &self,
        known: &Arc<T>,
        now: DateTime<Utc>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, FederationError>
    where
        F: Future<Output = Result<T, FederationError>>,
    {
        let mut fetching = self.fetching.lock().await;
        let newer = self.younger_than(KEPT, now).filter(|held| !Arc::ptr_eq(held, known));
        if newer.is_some() {
            return Ok(newer);
        }
        if fetching.renewed_at.is_some_and(|at| now < at + COOLDOWN) {
            return Ok(None);
        }
        // Before the fetch, so that a failure counts as well.
        fetching.renewed_at = Some(now);
        Ok(Some(self.hold(fetch().await?, now)))
    }

    fn younger_than(&self, age: TimeDelta, now: DateTime<Utc>) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| now < held.at + age).map(|held| Arc::clone(&held.value))
    }

    fn hold(&self, value: T, at: DateTime<Utc>) -> Arc<T> {
        let value = Arc::new(value);
        let held = Held { value: Arc::clone(&value), at };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;

    fn after(minutes: i64) -> DateTime<Utc> {
        NOW + TimeDelta::minutes(minutes)
    }

    /// Counts fetches, which fail or yield their number.
    #[derive(Default)]
    struct Source {
        fetches: AtomicUsize,
        failure: Option<FederationError>,
    }

    impl Source {
        async fn fetch(&self) -> Result<usize, FederationError> {
            let number = self.fetches.fetch_add(1, Ordering::SeqCst);
            // Lets the others come to wait.
            tokio::task::yield_now().await;
            self.failure.clone().map_or(Ok(number), Err)
        }

        fn count(&self) -> usize {
            self.fetches.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn those_who_come_at_once_share_a_fetch_or_its_failure() {
        for failure in [None, Some(FederationError::Resting)] {
            let (cached, source) =
                (Cached::default(), Source { failure: failure.clone(), ..Source::default() });
            let one = || cached.get(NOW, || source.fetch());
            let (a, b, c) = tokio::join!(one(), one(), one());
            for outcome in [a, b, c] {
                assert_eq!(outcome.map(|value| *value).err(), failure);
            }
            assert_eq!(source.count(), 1);
        }
    }

    #[tokio::test]
    async fn what_was_said_holds_for_a_while_when_the_provider_is_away() {
        let (cached, there) = (Cached::default(), Source::default());
        cached.get(NOW, || there.fetch()).await.unwrap();
        cached.get(after(59), || there.fetch()).await.unwrap();
        assert_eq!(there.count(), 1);
        let away = Source { failure: Some(FederationError::Status(503)), ..Source::default() };
        assert_eq!(*cached.get(after(60), || away.fetch()).await.unwrap(), 0);
        assert_eq!(*cached.get(after(24 * 60 - 1), || away.fetch()).await.unwrap(), 0);
        assert!(cached.get(after(24 * 60), || away.fetch()).await.is_err());
        // Somebody who answers something else is not away.
        let other = Source { failure: Some(FederationError::Metadata("")), ..Source::default() };
        assert!(cached.get(after(61), || other.fetch()).await.is_err());
    }

    #[tokio::test]
    async fn case_f12_a_failure_stands_for_a_moment_and_goes_by_itself() {
        let at = |seconds| NOW + TimeDelta::seconds(seconds);
        for failure in [FederationError::Status(503), FederationError::Metadata("")] {
            let (cached, there) = (Cached::default(), Source::default());
            let away = Source { failure: Some(failure.clone()), ..Source::default() };
            for seconds in [0, 0, 5, 9] {
                let told = cached.get(at(seconds), || away.fetch()).await;
                assert_eq!(told.unwrap_err(), failure);
            }
            assert_eq!(away.count(), 1);
            // A clock that was set back does not keep it for longer.
            cached.get(at(-1), || away.fetch()).await.unwrap_err();
            cached.get(at(9), || away.fetch()).await.unwrap_err();
            assert_eq!(away.count(), 3);
            cached.get(at(19), || there.fetch()).await.unwrap();
        }
        // That the breaker is open is the breaker's to say.
        let (cached, there) = (Cached::default(), Source::default());
        let resting = Source { failure: Some(FederationError::Resting), ..Source::default() };
        cached.get(NOW, || resting.fetch()).await.unwrap_err();
        cached.get(NOW, || there.fetch()).await.unwrap();
    }

    #[tokio::test]
    async fn case_f14_something_missing_is_fetched_once_in_a_while() {
        let (cached, source) = (Cached::default(), Source::default());
        let known = cached.get(NOW, || source.fetch()).await.unwrap();
        let newer = cached.renew(&known, NOW, || source.fetch()).await.unwrap().unwrap();
        // Who comes late gets what the other one has fetched.
        let same = cached.renew(&known, NOW, || source.fetch()).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&newer, &same));
        for _ in 0..1000 {
            assert!(cached.renew(&newer, NOW, || source.fetch()).await.unwrap().is_none());
        }
        assert_eq!(source.count(), 2);
        assert!(cached.renew(&newer, after(1), || source.fetch()).await.unwrap().is_some());
        let away = Source { failure: Some(FederationError::Resting), ..Source::default() };
        let held = cached.get(after(1), || source.fetch()).await.unwrap();
        assert!(cached.renew(&held, after(2), || away.fetch()).await.is_err());
        assert!(cached.renew(&held, after(2), || away.fetch()).await.unwrap().is_none());
        assert_eq!(away.count(), 1);
    }
}

//! The way to a provider: the guarded client, and a breaker before it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use url::Url;

use super::cached::Cached;
use super::error::FederationError;
use super::openid::Discovered;
use crate::domain::breaker::{Allowed, Breaker};
use crate::kernel::env::Env;
use crate::outbound::{Answer, Outbound, OutboundError};

/// What is remembered of a provider.
#[derive(Debug)]
pub(super) struct Upstream {
    issuer: String,
    pulse: Mutex<Pulse>,
    pub(super) discovered: Cached<Discovered>,
}

#[derive(Debug, Default)]
struct Pulse {
    breaker: Breaker,
    /// Somebody is looking whether it is there again.
    probing: bool,
}

/// May ask once. When it goes without a word, as it does when whoever asked has left, the next one may
/// look.
struct Permit<'a> {
    upstream: &'a Upstream,
    is_probe: bool,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.upstream.pulse().probing = false;
        }
    }
}

impl Upstream {
    /// The provider of this issuer, of which nothing is known yet.
    pub(super) fn of(issuer: &str) -> Self {
        let (issuer, pulse, discovered) = (issuer.to_owned(), Mutex::default(), Cached::default());
        Self { issuer, pulse, discovered }
    }

    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, now: DateTime<Utc>) -> Result<Permit<'_>, FederationError> {
        let mut pulse = self.pulse();
        let is_probe = match pulse.breaker.allows(now) {
            Allowed::All => false,
            Allowed::Probe if !pulse.probing => true,
            Allowed::Probe | Allowed::Nothing => return Err(FederationError::Resting),
        };
        pulse.probing = is_probe;
        Ok(Permit { upstream: self, is_probe })
    }

    fn note(&self, reached: bool, now: DateTime<Utc>) {
        let mut pulse = self.pulse();
        let was_open = pulse.breaker.is_open();
        if reached {
            pulse.breaker.reached();
        } else {
            pulse.breaker.unreached(false, now);
        }
        match (was_open, pulse.breaker.is_open()) {
            (false, true) => {
                tracing::error!(
                    issuer = self.issuer,
                    "a provider does not answer, and is left alone"
                );
            }
            (true, false) => tracing::info!(issuer = self.issuer, "a provider is there again"),
            (true, true) | (false, false) => {}
        }
    }

    /// Whether it is left alone, because it did not answer several times.
    pub(super) fn is_resting(&self) -> bool {
        self.pulse().breaker.is_open()
    }
}

/// The way to one provider. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) env: Env,
    pub(super) outbound: Outbound,
    pub(super) upstream: Arc<Upstream>,
}

impl Wire {
    /// Fetches an address.
    pub(super) async fn get(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, FederationError> {
        self.ask(self.outbound.get(address(url)?, fields)).await
    }

    /// Sends a body.
    pub(super) async fn post(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, FederationError> {
        self.ask(self.outbound.post(address(url)?, fields, body)).await
    }

    async fn ask(
        &self,
        call: impl Future<Output = Result<Answer, OutboundError>>,
    ) -> Result<Answer, FederationError> {
        let _permit = self.upstream.admit(self.env.now())?;
        let answer = call.await.map_err(FederationError::Outbound);
        let answer = answer.and_then(|answer| match answer.status {
            500.. => Err(FederationError::Status(answer.status)),
            _ => Ok(answer),
        });
        let reached = match &answer {
            // What is against the rules here says nothing of whether it is there.
            Err(FederationError::Outbound(error)) => {
                !error.is_passing() || *error == OutboundError::NoClient
            }
            // That of a server that is there, and fails at what somebody sent it, turns it off for nobody.
            Err(FederationError::Status(status)) => !(502..=504).contains(status),
            Err(_) => false,
            Ok(_) => true,
        };
        self.upstream.note(reached, self.env.now());
        answer
    }
}

fn address(url: &str) -> Result<Url, FederationError> {
    Url::parse(url).map_err(|_| FederationError::Metadata("an address in it is none"))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn one_looks_whether_a_provider_is_there_again() {
        let (upstream, now) = (Upstream::of("https://up.example"), DateTime::<Utc>::UNIX_EPOCH);
        for _ in 0..3 {
            assert!(upstream.admit(now).is_ok());
            upstream.note(false, now);
        }
        assert!(upstream.admit(now).is_err());
        let later = now + TimeDelta::minutes(1);
        let probe = upstream.admit(later).ok().unwrap();
        assert!(upstream.admit(later).is_err(), "somebody is looking");
        drop(probe);
        let probe = upstream.admit(later).ok().unwrap();
        upstream.note(true, later);
        drop(probe);
        assert!(upstream.admit(later).is_ok() && upstream.admit(later).is_ok());
    }
}

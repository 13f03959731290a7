//! Signing in elsewhere: what is said to a provider, and what of its answer is true.
//!
//! A file in `connectors/` for each kind of provider has what is particular about it; `openid.rs`, with
//! the folder beside it the only place that names the library, speaks OpenID Connect for all who do, and
//! `oauth.rs` plain OAuth for the others. Who may sign in here, and as whom, is decided elsewhere: this room only says who somebody
//! is there.

mod cached;
mod call;
mod connector;
mod connectors;
mod error;
mod logout_token;
mod oauth;
mod openid;
mod sign_out;
mod strict;
mod trip;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use self::call::Call;
use self::connector::Connector;
use self::wire::{Upstream, Wire};
use crate::crypto::master_ring::MasterRing;
use crate::domain::provider::Provider;
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::env::Env;
use crate::outbound::{Bounds, Outbound, OutboundError, Reach};

pub use error::{FederationError, TokenProblem};
pub use sign_out::Goodbye;
pub use trip::{Hints, Trip, UpstreamAnswer};

/// The way to all providers. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

struct Inner {
    env: Env,
    ring: MasterRing,
    anywhere: Outbound,
    /// Where providers on this machine may be asked.
    here: Option<Outbound>,
    /// By issuer, because that is who answers.
    upstreams: Arc<Mutex<HashMap<String, Arc<Upstream>>>>,
    patience: Duration,
}

/// How long somebody waits for a provider, all that is asked of it together.
pub const PATIENCE: Duration = Duration::from_secs(9);

/// What a provider says within so much time.
async fn in_time<T>(
    patience: Duration,
    asking: impl Future<Output = Result<T, FederationError>>,
) -> Result<T, FederationError> {
    let answered = tokio::time::timeout(patience, asking).await;
    answered.unwrap_or(Err(FederationError::Outbound(OutboundError::TimedOut)))
}

/// Whether a browser may be sent to an address that a provider names: https only, but where the provider
/// itself is on this machine.
fn may_go(provider: &Provider, url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && provider.issuer.is_loopback()
}

impl fmt::Debug for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Federation")
    }
}

impl Federation {
    /// The way to providers whose secrets `ring` opens. `on_loopback`: Latchkey itself is reached on this
    /// machine only, as in development, so providers may be on it too.
    pub fn new(env: Env, ring: MasterRing, on_loopback: bool) -> Result<Self, OutboundError> {
        let client = |reach| Outbound::new(reach, Bounds::default());
        let here = on_loopback.then(|| client(Reach::ThisMachine)).transpose()?;
        let (anywhere, upstreams) = (client(Reach::Public)?, Arc::default());
        let patience = PATIENCE;
        Ok(Self(Arc::new(Inner { env, ring, anywhere, here, upstreams, patience })))
    }

    /// The same for people who wait for so long instead of [`PATIENCE`]. It shares what this one knows.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        let Inner { env, ring, anywhere, here, upstreams, .. } = &*self.0;
        let (env, ring, anywhere) = (env.clone(), ring.clone(), anywhere.clone());
        let (here, upstreams) = (here.clone(), Arc::clone(upstreams));
        Self(Arc::new(Inner { env, ring, anywhere, here, upstreams, patience }))
    }

    /// Where to send the browser to sign in (OIDC Core §3.1.2.1, RFC 7636 §4.3). Asks the provider when
    /// nothing is known of it yet.
    pub async fn begin(
        &self,
        provider: &Provider,
        trip: &Trip,
        hints: &Hints,
    ) -> Result<Url, FederationError> {
        let call = self.call(provider)?;
        let url = match Connector::of(provider.kind) {
            Connector::OpenId(kind) => {
                in_time(self.0.patience, openid::begin(&call, kind, trip, hints)).await?
            }
            Connector::OAuth(kind) => oauth::begin(&call, kind, trip, hints)?,
        };
        if !may_go(provider, &url) {
            return Err(FederationError::Metadata("its authorization endpoint is not https"));
        }
        Ok(url)
    }

    /// Who came back from the provider. The caller has seen to it that the answer's `state` is the one of
    /// this trip, which was used up by that.
    pub async fn complete(
        &self,
        provider: &Provider,
        answer: &UpstreamAnswer,
        trip: &Trip,
    ) -> Result<UpstreamPerson, FederationError> {
        let call = self.call(provider)?;
        let person = in_time(self.0.patience, async {
            match Connector::of(provider.kind) {
                Connector::OpenId(kind) => openid::complete(&call, kind, answer, trip).await,
                Connector::OAuth(kind) => oauth::complete(&call, kind, answer, trip).await,
            }
        });
        let person = person.await?;
        provider.policy.admits(&person)?;
        Ok(person)
    }

    /// Whether the settings fit what the provider tells about itself. Yields what is worth a thought;
    /// an error that [`FederationError::is_away`] says nothing about the settings.
    pub async fn check(&self, provider: &Provider) -> Result<Vec<String>, FederationError> {
        let call = self.call(provider)?;
        match Connector::of(provider.kind) {
            Connector::OpenId(kind) => openid::check(&call, kind).await,
            Connector::OAuth(_) => {
                call.opened_secret()?;
                Ok(vec!["it tells nothing about itself, so only a sign-in shows more".to_owned()])
            }
        }
    }

    /// Whether a provider is left alone, because it did not answer several times.
    pub fn is_resting(&self, provider: &Provider) -> bool {
        let upstreams = self.0.upstreams.lock().unwrap_or_else(PoisonError::into_inner);
        upstreams.get(provider.issuer.as_str()).is_some_and(|upstream| upstream.is_resting())
    }

    fn call<'a>(&'a self, provider: &'a Provider) -> Result<Call<'a>, FederationError> {
        let inner = &*self.0;
        let outbound = if provider.issuer.is_loopback() {
            let nowhere = "its issuer is on this machine, where only a development server asks";
            inner.here.as_ref().ok_or(FederationError::Misconfigured(nowhere))?
        } else {
            &inner.anywhere
        };
        let mut upstreams = inner.upstreams.lock().unwrap_or_else(PoisonError::into_inner);
        let issuer = provider.issuer.as_str();
        let upstream = upstreams.entry(issuer.to_owned());
        let upstream = upstream.or_insert_with(|| Arc::new(Upstream::of(issuer)));
        let (env, outbound) = (inner.env.clone(), outbound.clone());
        let wire = Wire { env, outbound, upstream: Arc::clone(upstream) };
        Ok(Call { provider, ring: &inner.ring, wire })
    }
}

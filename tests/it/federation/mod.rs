//! Signing in elsewhere, as far as no page is needed: what is said to a provider, and what of its answers
//! is taken.

mod answers;
mod begin;
mod faults;
mod kinds;
mod nodes;
mod proofs;
mod rows;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::crypto::master_ring::MasterRing;
use latchkey::crypto::provider_secret;
use latchkey::crypto::seal::MasterKey;
use latchkey::domain::provider::{Provider, ProviderKind, ProviderPolicy};
use latchkey::domain::upstream::UpstreamPerson;
use latchkey::federation::{
    Federation, FederationError, Hints, TokenProblem, Trip, UpstreamAnswer,
};
use latchkey::kernel::clock::Clock as _;
use latchkey::kernel::env::Env;
use latchkey::kernel::ids::ProviderId;
use latchkey::kernel::secret::Secret;
use latchkey::kernel::token_hash::TokenHash;
use serde_json::{Value, json};

use crate::support::clock::{TestClock, TestRng};
use crate::support::upstream::{Script, Upstream, object};

/// What the providers call us.
const CLIENT_ID: &str = "latchkey-there";

/// What we prove ourselves with.
const CLIENT_SECRET: &str = "s3cret+/&=-long-enough-to-be-the-key-of-an-hmac";

const REDIRECT_URI: &str = "https://id.example/auth/up/callback";

/// Latchkey's side of the way to a provider, and the provider.
struct World {
    upstream: Upstream,
    federation: Federation,
    provider: Provider,
    trip: Trip,
    env: Env,
    clock: Arc<TestClock>,
    key: MasterKey,
}

/// A provider as an operator sets it up.
pub(crate) fn provider(env: &Env, kind: ProviderKind, issuer: &str) -> Provider {
    let now = env.now();
    Provider {
        id: ProviderId::new(env),
        slug: "up".parse().unwrap(),
        kind,
        label: "Up".to_owned(),
        issuer: issuer.parse().unwrap(),
        client_id: CLIENT_ID.to_owned(),
        auth: kind.auth(),
        secret: None,
        policy: ProviderPolicy {
            scopes: kind.scopes().iter().map(|scope| (*scope).to_owned()).collect(),
            ..ProviderPolicy::default()
        },
        position: 10,
        hidden: false,
        created_at: now,
        updated_at: now,
        disabled_at: None,
    }
}

impl World {
    fn new() -> Self {
        Self::of(ProviderKind::Oidc)
    }

    fn of(kind: ProviderKind) -> Self {
        let clock = Arc::new(TestClock::new());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(TestRng::new(11)));
        let (upstream, key) = (Upstream::start(), MasterKey::generate(&env));
        let federation = Federation::new(env.clone(), MasterRing::from(key.clone()), true).unwrap();
        let mut provider = provider(&env, kind, &upstream.issuer());
        provider.secret =
            Some(provider_secret::seal(&key, &env, provider.id, &Secret::from(CLIENT_SECRET)));
        let browser = TokenHash::of("browser");
        let trip = Trip::new(&key, Secret::from("state"), browser, REDIRECT_URI.to_owned(), None);
        let world = Self { upstream, federation, provider, trip, env, clock, key };
        world.tells(json!({}));
        world
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets the ID token be right, but for these claims.
    fn tells(&self, claims: Value) {
        let now = self.now().timestamp();
        let mut all = object(json!({
            "aud": CLIENT_ID, "nonce": self.trip.nonce.expose(), "iat": now, "exp": now + 300,
            "email": "ada@example.com", "email_verified": true,
        }));
        all.extend(object(claims));
        self.upstream.says(|script| script.claims = all);
    }

    fn says(&self, change: impl FnOnce(&mut Script)) {
        self.upstream.says(change);
    }

    async fn complete(&self) -> Result<UpstreamPerson, FederationError> {
        self.complete_with(&UpstreamAnswer::of_code("the-code")).await
    }

    async fn complete_with(
        &self,
        answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError> {
        self.federation.complete(&self.provider, answer, &self.trip).await
    }

    async fn begin(&self, hints: &Hints) -> Result<url::Url, FederationError> {
        self.federation.begin(&self.provider, &self.trip, hints).await
    }

    /// Why the ID token is not taken.
    async fn problem(&self) -> TokenProblem {
        match self.complete().await {
            Err(FederationError::Token(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

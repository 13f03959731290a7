//! Providers that people sign in with, as an installation has them.

use latchkey::domain::provider::{Provider, ProviderKind, ProviderPolicy, UpstreamAuth};
use latchkey::kernel::ids::ProviderId;
use latchkey::storage::Stop;
use serde_json::{Value, json};
use url::Url;

use super::agent::Agent;
use super::app::TestApp;
use super::upstream::{Upstream, object};

/// What providers call us.
pub const CLIENT_ID: &str = "latchkey-there";

/// Somebody who was sent to a provider.
pub struct Trip {
    /// Where the browser was sent.
    pub to: Url,
    pub agent: Agent,
}

impl Trip {
    pub fn param(&self, name: &str) -> String {
        let found = self.to.query_pairs().find(|(it, _)| it == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.to)).1.into_owned()
    }
}

impl TestApp {
    /// A provider on the same machine, which takes us without a secret.
    pub fn provider(&self, slug: &str, up: &Upstream) -> Provider {
        let (env, now) = (self.env(), self.now());
        Provider {
            id: ProviderId::new(&env),
            slug: slug.parse().unwrap(),
            kind: ProviderKind::Oidc,
            label: slug.to_uppercase(),
            issuer: up.issuer().parse().unwrap(),
            client_id: CLIENT_ID.to_owned(),
            auth: UpstreamAuth::None,
            secret: None,
            policy: ProviderPolicy {
                scopes: ["openid", "email"].map(str::to_owned).to_vec(),
                ..ProviderPolicy::default()
            },
            position: 10,
            hidden: false,
            created_at: now,
            updated_at: now,
            disabled_at: None,
        }
    }

    /// Adds a provider, as a command does, and lets the node see it.
    pub async fn add_provider(&self, provider: Provider) {
        let db = self.node().db();
        let added = db.write(move |tx| Ok::<_, Stop<()>>(tx.providers().insert(&provider)?)).await;
        assert!(added.unwrap().unwrap());
        self.refresh().await;
    }
}

impl Upstream {
    /// Lets the provider know somebody, for this trip.
    pub fn knows(&self, app: &TestApp, trip: &Trip, who: Value) {
        let now = app.now().timestamp();
        let mut claims = object(json!({
            "aud": CLIENT_ID, "nonce": trip.param("nonce"), "iat": now, "exp": now + 300,
        }));
        claims.extend(object(who));
        self.says(|script| script.claims = claims);
    }
}

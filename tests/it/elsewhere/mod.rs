//! Signing in with another provider: through the pages, to an account, and what must never happen on the
//! way.

mod another_latchkey;
mod back_channel;
mod certified;
mod connecting;
mod journeys;
mod mapping;
mod newcomers;
mod refused;
mod routing;
mod second_factor;
mod sign_out;
mod stepping_up;
mod strangers;
mod told;

use latchkey::config::Profile;
use latchkey::domain::provider::{Provider, ProviderPolicy};
use latchkey::kernel::token_hash::TokenHash;
use serde_json::{Value, json};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::providers::Trip;
use crate::support::upstream::Upstream;

const ALICE: &str = "alice@example.com";

/// A server that keeps its mail, and a provider called `up` on the same machine.
struct Home {
    app: TestApp,
    up: Upstream,
}

impl Home {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(policy: impl FnOnce(&mut ProviderPolicy)) -> Self {
        let app = TestApp::start_configured(|config| config.profile = Profile::Dev { port: None });
        let home = Self { app, up: Upstream::start() };
        let (up, provider) = (home.up.issuer(), home.provider("up", &home.up));
        assert_eq!(provider.issuer.as_str(), up);
        home.add(provider, policy).await;
        home
    }

    fn provider(&self, slug: &str, up: &Upstream) -> Provider {
        self.app.provider(slug, up)
    }

    async fn add(&self, mut provider: Provider, policy: impl FnOnce(&mut ProviderPolicy)) {
        policy(&mut provider.policy);
        self.app.add_provider(provider).await;
    }

    fn at(&self, path: &str) -> String {
        self.app.at(path)
    }

    /// Presses the button of the login page.
    async fn leaves(&self, agent: &Agent) -> Trip {
        let page = agent.get(&self.at("/login")).await.follow_all().await;
        self.leaves_from(agent, &page).await
    }

    async fn leaves_from(&self, agent: &Agent, page: &Page) -> Trip {
        assert!(page.has("#provider-up"), "{}", page.summary());
        let gone = page.click("#provider-up").await;
        assert_eq!(gone.status, 303, "{}", gone.summary());
        Trip { to: gone.location(), agent: agent.clone() }
    }

    /// Lets the provider know somebody, for this trip.
    fn knows(&self, trip: &Trip, who: Value) {
        self.up.knows(&self.app, trip, who);
    }

    fn way_back(&self, trip: &Trip) -> String {
        self.at(&format!("/auth/up/callback?code=c&state={}", trip.param("state")))
    }

    /// Comes back.
    async fn returns(&self, trip: &Trip) -> Page {
        trip.agent.get(&self.way_back(trip)).await
    }

    /// All of it, until the pages have nothing more to ask.
    async fn signs_in(&self, agent: &Agent, who: Value) -> Page {
        let trip = self.leaves(agent).await;
        self.knows(&trip, who);
        self.returns(&trip).await.follow_all().await
    }

    async fn is_signed_in(&self, agent: &Agent) -> bool {
        agent.get(&self.at("/account")).await.status == 200
    }

    /// The `sub` of who is signed in.
    async fn account_of(&self, agent: &Agent) -> String {
        let cookie =
            agent.cookie("localhost", &self.app.cookie_name("session")).expect("a session");
        let found = self.app.node().identity().signed_in(TokenHash::of(&cookie)).await;
        found.unwrap().expect("somebody is signed in").profile.user.subject
    }

    fn run(&self, statement: &str) {
        diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut self.app.raw()).unwrap();
    }

    fn count(&self, table: &str) -> i64 {
        self.app.rows(table)
    }
}

/// Ada, as the provider tells of her.
fn ada() -> Value {
    json!({ "sub": "ada", "email": "ada@example.com", "email_verified": true, "name": "Ada" })
}

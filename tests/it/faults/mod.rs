//! What the product does when the database is killed, hangs, fills up, takes no writes or is far away
//! (part 2 of the security cases), on a Postgres server of the test's own and over two nodes.

mod clocks;
mod disk;
mod frozen;
mod keys;
mod killed;
mod network;
mod standby;
mod stores;

use std::future::Future;
use std::time::Duration;

use latchkey::config::{Config, DatabaseTarget};
use latchkey::kernel::secret::Secret;

use crate::support::agent::{Agent, Page};
use crate::support::app::{Running, TestApp};
use crate::support::flow::{
    Client, Params, assert_error, authorization_request, code_request, refresh_request,
};
use crate::support::postgres::Postgres;

const ALICE: &str = "alice@example.com";

/// How long an answer or a change of state is waited for: far longer than the five seconds that
/// the product may take, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the nodes look at the database by themselves: a good deal more often than in service, so
/// that the tests have less to wait for.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Two nodes on a server of their own.
struct World {
    // The server goes first: a node whose connections hang would not end.
    postgres: Postgres,
    other: Running,
    app: TestApp,
    client: Client,
}

impl World {
    async fn start() -> Self {
        Self::start_on(Postgres::start(), |_| {}).await
    }

    async fn start_on(postgres: Postgres, change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_configured(|config| {
            config.database.target = target(postgres.url());
            config.database.look_every = LOOK_EVERY;
            change(config);
        });
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let other = app.second_node();
        Self { postgres, other, app, client }
    }

    async fn code_request(&self) -> Params {
        let request = authorization_request(&self.client);
        code_request(&self.client, &self.app.code_for(&Agent::new(), &request, ALICE).await)
    }

    async fn token(&self, request: &Params) -> Page {
        answered(self.app.token(&self.client, request)).await
    }

    async fn token_at_other(&self, request: &Params) -> Page {
        answered(self.app.token_at(&self.other.at("/oauth2/token"), &self.client, request)).await
    }

    async fn get(&self, path: &str) -> Page {
        answered(self.app.machine().get(&self.app.at(path))).await
    }

    fn nodes(&self) -> [String; 2] {
        [self.app.at(""), self.other.at("")]
    }

    /// Both nodes say so by themselves.
    async fn becomes_ready(&self) {
        for node in self.nodes() {
            becomes_ready(&node).await;
        }
    }

    /// Both nodes say by themselves that the database is in the way, and that they live; what needs
    /// no database is answered.
    async fn says_that_the_database_is_away(&self) {
        for node in self.nodes() {
            becomes_unready(&node).await;
            assert_eq!(health(&node, "live").await.status, 200);
        }
        for path in ["/oauth2/jwks", "/.well-known/openid-configuration"] {
            assert_eq!(self.get(path).await.status, 200, "{path}");
        }
    }

    /// The request was as if it had never been: it works now, once, and so do its tokens.
    async fn assert_works_once(&self, request: &Params) {
        let page = self.token_at_other(request).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        let tokens = page.json();
        let access_token = tokens["access_token"].as_str().unwrap();
        assert_eq!(self.app.userinfo(access_token).await.status, 200);
        let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
        assert_eq!(self.token(&refresh).await.status, 200);
        assert_error(&self.token(request).await, 400, "invalid_grant");
        assert_error(&self.app.userinfo(access_token).await, 401, "invalid_token");
    }

    /// Ends all connections but the test's.
    fn end_connections(&self) {
        self.postgres.execute_in(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'latchkey'",
        );
    }
}

fn target(url: String) -> DatabaseTarget {
    DatabaseTarget::External(Secret::new(url))
}

/// The answer, which has to come.
async fn answered<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, answer).await.expect("it was never answered")
}

async fn health(node: &str, which: &str) -> Page {
    answered(Agent::new().get(&format!("{node}/health/{which}"))).await
}

async fn becomes_ready(node: &str) {
    eventually("it is ready", || async { health(node, "ready").await.status == 200 }).await;
}

/// The node notices by itself that it is of no use.
async fn becomes_unready(node: &str) {
    eventually("it is unready", || async { health(node, "ready").await.status == 503 }).await;
}

/// Waits for what becomes true by itself in another process or task.
async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(std::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Refused for now, and told when to come again.
#[track_caller]
fn assert_unavailable(page: &Page) {
    assert_error(page, 503, "temporarily_unavailable");
    assert!(page.header("retry-after").is_some());
}

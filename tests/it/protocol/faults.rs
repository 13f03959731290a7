//! Fault cases of the token endpoint: its connection to Postgres is killed while it works.
//!
//! A statement is made to wait for a lock, so that it is known where the request is.

use diesel::PgConnection;

use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::faults;
use crate::support::flow::{
    Client, Params, assert_error, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

struct World {
    app: TestApp,
    client: Client,
    agent: Agent,
}

impl World {
    async fn start() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        Self { app, client, agent: Agent::new() }
    }

    async fn code_request(&self) -> Params {
        let request = authorization_request(&self.client);
        code_request(&self.client, &self.app.code_for(&self.agent, &request, ALICE).await)
    }

    /// Sends a token request, and kills its connection once it waits for a lock of `holder`'s.
    async fn killed_while_waiting(&self, request: &Params, mut holder: PgConnection) -> Page {
        let kill = async {
            until("the request waits", || self.app.waiting() > 0).await;
            faults::kill_waiting(&mut self.app.raw());
            until("it is gone", || self.app.waiting() == 0).await;
            faults::let_go(&mut holder);
        };
        tokio::join!(self.app.token(&self.client, request), kill).0
    }

    async fn health(&self, which: &str) -> u16 {
        Agent::new().get(&self.app.at(&format!("/health/{which}"))).await.status.as_u16()
    }

    /// The request was as if it had never been: it works now, once, and so do its tokens.
    async fn assert_works_once(&self, request: &Params) {
        let page = self.app.token(&self.client, request).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        let tokens = page.json();
        let access_token = tokens["access_token"].as_str().unwrap();
        assert_eq!(self.app.userinfo(access_token).await.status, 200);
        let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
        assert_eq!(self.app.token(&self.client, &refresh).await.status, 200);
        assert_error(&self.app.token(&self.client, request).await, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn case_f01_a_connection_killed_before_the_code_is_spent_leaves_it_unspent() {
    let it = World::start().await;
    let request = it.code_request().await;
    let mut holder = it.app.raw();
    faults::hold_rows(&mut holder, "grants");
    let page = it.killed_while_waiting(&request, holder).await;
    assert_error(&page, 503, "temporarily_unavailable");
    assert!(page.header("retry-after").is_some());
    assert_eq!(it.health("live").await, 200);
    it.assert_works_once(&request).await;
}

/// The code is spent, its tokens' rows are written and the entry in the trail as well: the connection
/// dies in the very COMMIT.
#[tokio::test]
async fn case_f01_a_connection_killed_in_the_commit_leaves_the_code_unspent() {
    let it = World::start().await;
    let request = it.code_request().await;
    let mut holder = it.app.raw();
    faults::hold_commits(&mut holder, "audit_events");
    let page = it.killed_while_waiting(&request, holder).await;
    assert_error(&page, 503, "temporarily_unavailable");
    it.assert_works_once(&request).await;
}

/// All of Postgres is away in the middle of a redemption.
#[tokio::test]
async fn case_f01_the_node_says_it_is_not_ready_and_comes_back_by_itself() {
    let it = World::start().await;
    let request = it.code_request().await;
    assert_eq!((it.health("live").await, it.health("ready").await), (200, 200));
    it.app.refuse_connections();
    assert_error(&it.app.token(&it.client, &request).await, 503, "temporarily_unavailable");
    // The look for new settings, which the node takes every five seconds.
    assert!(it.app.node().refresh().await.is_err());
    assert_eq!((it.health("live").await, it.health("ready").await), (200, 503));
    let page = Agent::new().get(&it.app.at("/oauth2/jwks")).await;
    assert_eq!(page.status, 200, "{}", page.summary());

    it.app.take_connections();
    it.app.refresh().await;
    assert_eq!((it.health("live").await, it.health("ready").await), (200, 200));
    it.assert_works_once(&request).await;
}

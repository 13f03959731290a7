//! `latchkey serve`, killed without a word (SIGKILL) and started again (F19, F21): nothing that an app
//! was promised lives in the process only, and a refresh that was cut off never makes two families.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::{Connection as _, PgConnection};
use serde_json::Value;

use super::installation::Installation;
use super::servers::{Server, free_port, wait_until_ready};
use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::faults;
use crate::support::flow::{
    Client, Params, assert_error, authorization_request, code_request, refresh_request,
};

const PERSON: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";
const REDIRECT_URI: &str = "https://app.example/cb";

struct Node {
    installation: Installation,
    server: Option<Server>,
    port: u16,
    client: Client,
}

impl Node {
    fn start() -> Self {
        let installation = Installation::ready();
        let add = ["user", "add", PERSON, "--password-stdin"];
        installation.run_with(&add, &format!("{PASSWORD}\n")).ok();
        let add = ["client", "add", "notes", "--redirect-uri", REDIRECT_URI, "--scope", "openid"];
        let added = installation.json(&[&add[..], &["--scope", "offline_access"]].concat());
        let client = Client {
            id: "notes".to_owned(),
            secret: Some(added["client_secret"].as_str().unwrap().to_owned()),
            redirect_uri: REDIRECT_URI.to_owned(),
        };
        // A start on a busy machine may take longer than the ten seconds of the default.
        installation.execute("INSERT INTO settings VALUES ('refresh_grace', '60', now(), 'test')");
        let mut node = Self { installation, server: None, port: free_port(), client };
        node.serve();
        node
    }

    fn serve(&mut self) {
        let mut command = self.installation.command(&["serve"]);
        command
            .env("LATCHKEY_ISSUER", format!("http://localhost:{}", self.port))
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{}", self.port))
            .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
            .env_remove("LATCHKEY_HASHING__ITERATIONS");
        self.server = Some(Server::start(command));
        wait_until_ready(self.port);
    }

    /// Kills it on the spot.
    fn kill(&mut self) {
        drop(self.server.take().expect("it runs"));
    }

    fn database(&self) -> PgConnection {
        PgConnection::establish(&self.installation.url()).unwrap()
    }

    fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    fn app(&self) -> Agent {
        let credentials = format!("notes:{}", self.client.secret.as_ref().unwrap());
        Agent::new()
            .with_header("authorization", &format!("Basic {}", STANDARD.encode(credentials)))
    }

    async fn token(&self, request: &Params) -> Page {
        self.app().post(&self.at("/oauth2/token"), &request.pairs()).await
    }

    /// The token request of a person who has just signed in and said yes.
    async fn code_request(&self) -> Params {
        let request = authorization_request(&self.client).with("scope", "openid offline_access");
        let url = self.at(&format!("/oauth2/authorize?{}", request.encoded()));
        let mut page = Agent::new().get(&url).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", PERSON).fill("password", PASSWORD);
        page = form.submit().await.follow_all().await;
        page = page.form("#allow").submit().await;
        while !page.location().as_str().starts_with(REDIRECT_URI) {
            page = page.follow().await;
        }
        code_request(&self.client, &page.location_param("code").unwrap())
    }

    async fn refresh_request(&self) -> Params {
        let tokens = ok(&self.token(&self.code_request().await).await);
        next(&tokens)
    }

    /// Sends the request, kills the server once it waits for a lock of `holder`'s, and starts it
    /// again when Postgres is done with what the dead one had begun.
    async fn killed_while_waiting(&mut self, request: &Params, mut holder: PgConnection) {
        let (app, url) = (self.app(), self.at("/oauth2/token"));
        let form: Vec<_> =
            request.pairs().into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let asking = tokio::spawn(async move {
            let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            app.post(&url, &form).await.status
        });
        let mut watcher = self.database();
        until("the request waits", || faults::waiting(&mut watcher) > 0).await;
        self.kill();
        assert!(asking.await.is_err(), "nobody answers");
        faults::let_go(&mut holder);
        drop(holder);
        until("Postgres has noticed", || faults::others(&mut watcher) == 0).await;
        self.serve();
    }

    /// From `old`, by whatever answer, there is one family and no other.
    async fn assert_one_family(&self, old: &Params) {
        let first = next(&ok(&self.token(old).await));
        let again = next(&ok(&self.token(old).await));
        assert_eq!(first.pairs(), again.pairs(), "one successor, however often it is asked for");
        let newest = next(&ok(&self.token(&first).await));
        assert_error(&self.token(old).await, 400, "invalid_grant");
        assert_error(&self.token(&newest).await, 400, "invalid_grant");
    }
}

fn ok(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()
}

fn next(tokens: &Value) -> Params {
    refresh_request(tokens["refresh_token"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f19_a_code_outlives_the_server_that_issued_it() {
    let mut node = Node::start();
    let request = node.code_request().await;
    node.kill();
    node.serve();
    ok(&node.token(&request).await);
    assert_error(&node.token(&request).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f21_a_refresh_cut_off_before_it_rotated_goes_on_with_the_old_token() {
    let mut node = Node::start();
    let old = node.refresh_request().await;
    let mut holder = node.database();
    faults::hold_rows(&mut holder, "grants");
    node.killed_while_waiting(&old, holder).await;
    node.assert_one_family(&old).await;
}

/// The successor's row is written, but nothing is committed.
#[tokio::test(flavor = "multi_thread")]
async fn case_f21_a_refresh_cut_off_before_its_commit_goes_on_with_the_old_token() {
    let mut node = Node::start();
    let old = node.refresh_request().await;
    let mut holder = node.database();
    faults::hold_table(&mut holder, "audit_events");
    node.killed_while_waiting(&old, holder).await;
    node.assert_one_family(&old).await;
}

/// Postgres commits what the dead server had asked for: the token is rotated, and nobody was told.
#[tokio::test(flavor = "multi_thread")]
async fn case_f21_a_refresh_cut_off_in_its_commit_gives_the_same_successor_again() {
    let mut node = Node::start();
    let old = node.refresh_request().await;
    let mut holder = node.database();
    faults::hold_commits(&mut holder, "audit_events");
    let rotated = "action = 'token.issued' AND details->>'grant_type' = 'refresh_token'";
    assert_eq!(node.installation.audited(rotated), 0);
    node.killed_while_waiting(&old, holder).await;
    assert_eq!(node.installation.audited(rotated), 1, "it is committed");
    node.assert_one_family(&old).await;
}

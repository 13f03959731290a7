//! A server in its own process whose figures are its own, with its operations listener.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::installation::{Ended, Installation};
use super::servers::{Server, free_port, wait_until_ready};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{Client, Params, authorization_request, code_request};

pub(super) const PERSON: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "the password of ada";
const REDIRECT_URI: &str = "https://app.example/cb";

/// A server that somebody watches.
pub(super) struct Watched {
    pub(super) installation: Installation,
    pub(super) port: u16,
    pub(super) operations: u16,
    server: Server,
}

impl Watched {
    pub(super) fn start(environment: &[(&str, &str)]) -> Self {
        let (port, operations) = (free_port(), free_port());
        let bind = format!("127.0.0.1:{operations}");
        let environment = [environment, &[("LATCHKEY_OPERATIONS__BIND", &bind)]].concat();
        Self::start_on(port, operations, &environment)
    }

    fn start_on(port: u16, operations: u16, environment: &[(&str, &str)]) -> Self {
        let installation = Installation::ready();
        let mut command = installation.command(&["serve"]);
        command
            .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
            .env("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1")
            .env("LATCHKEY_HTTP__WORKERS", "2")
            .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
            .env_remove("LATCHKEY_HASHING__ITERATIONS")
            .envs(environment.iter().copied());
        let log = File::create(installation.path().join("log")).unwrap();
        let server = Server::start_logging_to(command, log);
        wait_until_ready(port);
        Self { installation, port, operations, server }
    }

    /// Without an operations listener.
    pub(super) fn start_unwatched(environment: &[(&str, &str)]) -> Self {
        Self::start_on(free_port(), 0, environment)
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub(super) async fn operations(&self, path: &str) -> Page {
        Agent::new().get(&format!("http://127.0.0.1:{}{path}", self.operations)).await
    }

    pub(super) async fn figures(&self) -> Figures {
        let page = self.operations("/metrics").await;
        assert_eq!(page.status, 200, "{}", page.summary());
        Figures(page.body)
    }

    /// Waits until a figure has a value.
    pub(super) async fn until(&self, name: &str, is_so: impl Fn(f64) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_so(self.figures().await.get(name)) {
            assert!(Instant::now() < deadline, "{name} stays as it is");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) fn add_person(&self) {
        let add = ["user", "add", PERSON, "--password-stdin"];
        self.installation.run_with(&add, &format!("{PASSWORD}\n")).ok();
    }

    pub(super) fn add_client(&self, id: &str) -> Client {
        let add = ["client", "add", id, "--redirect-uri", REDIRECT_URI, "--first-party"];
        let scopes = ["--scope", "openid", "--scope", "offline_access"];
        let added = self.installation.json(&[&add[..], &scopes].concat());
        let secret = Some(added["client_secret"].as_str().unwrap().to_owned());
        Client { id: id.to_owned(), secret, redirect_uri: REDIRECT_URI.to_owned() }
    }

    /// Begins a sign-in in a browser, up to the login page.
    pub(super) async fn login_page(&self, agent: &Agent, client: &Client) -> Page {
        let request = authorization_request(client).with("scope", "openid offline_access");
        let request = request.with("prompt", "login").encoded();
        agent.get(&self.at(&format!("/oauth2/authorize?{request}"))).await.follow_all().await
    }

    /// Signs in and brings the code back.
    pub(super) async fn code(&self, agent: &Agent, client: &Client) -> String {
        let page = self.login_page(agent, client).await;
        let form = page.form("#login-form").fill("identifier", PERSON).fill("password", PASSWORD);
        let mut page = form.submit().await;
        while !page.location().as_str().starts_with(REDIRECT_URI) {
            page = page.follow().await;
        }
        page.location_param("code").unwrap()
    }

    /// A token request with the client's secret in the form.
    pub(super) async fn token(&self, client: &Client, params: &Params) -> Page {
        let params = params.clone().with("client_id", &client.id);
        let params = params.with("client_secret", client.secret.as_deref().unwrap_or_default());
        Agent::new().post(&self.at("/oauth2/token"), &params.pairs()).await
    }

    pub(super) async fn tokens(&self, client: &Client) -> Value {
        let code = self.code(&Agent::new(), client).await;
        let page = self.token(client, &code_request(client, &code)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()
    }

    pub(super) fn stop(self) -> (Ended, Vec<Value>) {
        let log = self.installation.path().join("log");
        let ended = self.server.interrupt();
        let lines = fs::read_to_string(log).unwrap();
        (ended, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

/// What `/metrics` said.
pub(super) struct Figures(pub(super) String);

impl Figures {
    /// Every series with its value.
    pub(super) fn all(&self) -> BTreeMap<&str, f64> {
        let lines = self.0.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').unwrap();
                (series, value.parse().unwrap())
            })
            .collect()
    }

    /// One series, whose labels are written as they are there; zero when there is none.
    pub(super) fn get(&self, series: &str) -> f64 {
        self.all().get(series).copied().unwrap_or_default()
    }

    /// The sum of all series of a name.
    pub(super) fn sum(&self, name: &str) -> f64 {
        let is_of = |series: &str| {
            series.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
        };
        self.all().iter().filter(|(series, _)| is_of(series)).map(|(_, value)| value).sum()
    }
}

//! `latchkey serve` as a process with a person and an app, for tests that end or starve it.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};

use super::installation::Installation;
use super::servers::{Server, free_port, wait_until_ready};
use crate::support::agent::{Agent, Form, Page};
use crate::support::flow::{Client, authorization_request, code_request, refresh_request};

pub(super) const PERSON: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "correct horse battery staple";
const REDIRECT_URI: &str = "https://app.example/cb";

/// How long something in another process may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database with a person and an app, for one node or more.
pub(super) struct House {
    pub(super) installation: Installation,
    pub(super) client: Client,
    issuer: String,
}

/// A node of it. It is killed when it is still there at the end of a test.
pub(super) struct Node {
    pub(super) server: Server,
    pub(super) port: u16,
}

impl House {
    pub(super) fn new() -> Self {
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
        Self { installation, client, issuer: format!("http://localhost:{}", free_port()) }
    }

    /// Starts a node whose log goes to `log`, with further settings.
    pub(super) fn serve(&self, log: impl Into<Stdio>, settings: &[(&str, &str)]) -> Node {
        self.serve_at(free_port(), log, settings)
    }

    pub(super) fn serve_at(
        &self,
        port: u16,
        log: impl Into<Stdio>,
        settings: &[(&str, &str)],
    ) -> Node {
        let mut command = self.installation.command(&["serve"]);
        command
            .env("LATCHKEY_ISSUER", &self.issuer)
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
            .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
            .env_remove("LATCHKEY_HASHING__ITERATIONS")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log);
        let node = Node { server: Server(command.spawn().unwrap()), port };
        wait_until_ready(port);
        node
    }

    /// A file in the installation's directory for a log, and how to read it.
    pub(super) fn log(&self) -> (File, impl Fn() -> String + use<>) {
        let path = self.installation.path().join("log");
        (File::create(&path).unwrap(), move || std::fs::read_to_string(&path).unwrap())
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A browser or program that asks for the issuer's host, whichever node it talks to.
    pub(super) fn machine(&self) -> Agent {
        Agent::new().with_header("host", self.issuer.split_once("://").unwrap().1)
    }

    /// The app's own program.
    pub(super) fn app(&self) -> Agent {
        self.machine().with_header("authorization", &self.credentials())
    }

    /// How the app proves itself.
    pub(super) fn credentials(&self) -> String {
        let credentials = format!("notes:{}", self.client.secret.as_ref().unwrap());
        format!("Basic {}", STANDARD.encode(credentials))
    }

    /// The address of the issuer's, at a node.
    fn moved(&self, node: &Node, url: &str) -> String {
        url.replacen(&self.issuer, &node.at(""), 1)
    }

    /// Follows redirects within the provider, at this node.
    pub(super) async fn follow(&self, node: &Node, agent: &Agent, page: Page) -> Page {
        let mut page = page;
        while page.status.is_redirection() && !page.location().as_str().starts_with(REDIRECT_URI) {
            page = agent.get(&self.moved(node, page.location().as_str())).await;
        }
        page
    }

    /// The login form of a new sign-in for the app, filled in.
    pub(super) async fn login_form(&self, node: &Node, agent: &Agent, password: &str) -> Form {
        let request = authorization_request(&self.client).with("scope", "openid offline_access");
        let page = agent.get(&node.at(&format!("/oauth2/authorize?{}", request.encoded()))).await;
        let page = self.follow(node, agent, page).await;
        let form = page.form("#login-form");
        let action = self.moved(node, form.action());
        form.to(&action).fill("identifier", PERSON).fill("password", password)
    }

    /// A refresh token of a person who signs in and says yes.
    pub(super) async fn refresh_token(&self, node: &Node) -> String {
        let agent = self.machine().with_header("origin", &self.issuer);
        let form = self.login_form(node, &agent, PASSWORD).await;
        let mut page = self.follow(node, &agent, form.submit().await).await;
        if !page.status.is_redirection() {
            let form = page.form("#allow");
            let action = self.moved(node, form.action());
            page = self.follow(node, &agent, form.to(&action).submit().await).await;
        }
        let code = page.location_param("code").unwrap();
        let request = code_request(&self.client, &code);
        let page = self.app().post(&node.at("/oauth2/token"), &request.pairs()).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()["refresh_token"].as_str().unwrap().to_owned()
    }

    /// Refreshes at a node.
    pub(super) async fn refresh(&self, node: &Node, token: &str) -> Page {
        let request = refresh_request(token);
        self.app().post(&node.at("/oauth2/token"), &request.pairs()).await
    }
}

impl Node {
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.server.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end of the process; its exit code.
    pub(super) fn ended(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.server.0.try_wait().unwrap() {
                return status.code().expect("no signal killed it");
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

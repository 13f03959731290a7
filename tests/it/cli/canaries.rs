//! Case 326: with the logs as talkative as they get, none of the secrets of a whole sign-in is there.

mod fields;

use std::fs::{self, File};

use serde_json::{Value, json};

use super::installation::Installation;
use super::servers::{Server, free_port, get, wait_until_ready};
use crate::mail::server::MailServer;
use crate::support::agent::{Agent, Page};
use crate::support::flow::{
    Client, VERIFIER, authorization_request, code_request, refresh_request,
};

const PERSON: &str = "ada@example.com";
const PASSWORD: &str = "canary-password-4711";
const WRONG_PASSWORD: &str = "canary-mistyped-4711";
const DATABASE_PASSWORD: &str = "canary-database-4711";
const NEW_PASSWORD: &str = "canary-afterwards-4711";
const MAIL_PASSWORD: &str = "canary-of-the-mail-4711";
const REDIRECT_URI: &str = "https://app.example/cb";

/// A server of which every line of the log is kept in a file.
struct Talkative {
    installation: Installation,
    server: Server,
    mail: MailServer,
    port: u16,
    operations: u16,
    /// What must not be logged.
    canaries: Vec<String>,
}

impl Talkative {
    fn start() -> Self {
        let installation = Installation::ready();
        let (port, operations) = (free_port(), free_port());
        // The cluster asks for no password, and one that is there all the same does no harm.
        let url = installation.url().replacen('@', &format!(":{DATABASE_PASSWORD}@"), 1);
        assert!(url.contains(DATABASE_PASSWORD), "{url}");
        let mail = MailServer::with(&json!({ "user": "canary-mailer", "password": MAIL_PASSWORD }));
        let mut command = installation.command(&["serve"]);
        command
            .env("LATCHKEY_MAIL__HOST", "127.0.0.1")
            .env("LATCHKEY_MAIL__PORT", mail.port().to_string())
            .env("LATCHKEY_MAIL__ENCRYPTION", "none")
            .env("LATCHKEY_MAIL__USERNAME", "canary-mailer")
            .env("LATCHKEY_MAIL__PASSWORD", MAIL_PASSWORD)
            .env("LATCHKEY_MAIL__FROM", "no-reply@id.example")
            .env("DATABASE_URL", url)
            .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
            .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
            .env("LATCHKEY_OPERATIONS__BIND", format!("127.0.0.1:{operations}"))
            .env("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1")
            .env("LATCHKEY_LOG__FILTER", "trace")
            .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
            .env_remove("LATCHKEY_HASHING__ITERATIONS");
        let log = File::create(installation.path().join("log")).unwrap();
        let server = Server::start_logging_to(command, log);
        wait_until_ready(port);
        let canaries =
            [PASSWORD, WRONG_PASSWORD, DATABASE_PASSWORD, MAIL_PASSWORD, NEW_PASSWORD, VERIFIER];
        let canaries = canaries.map(str::to_owned).to_vec();
        Self { installation, server, mail, port, operations, canaries }
    }

    fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    fn keep(&mut self, secret: &str) {
        self.canaries.push(secret.to_owned());
    }

    fn keep_cookies(&mut self, agent: &Agent) {
        self.canaries.extend(agent.cookies("localhost").iter().map(|it| it.value().to_owned()));
    }

    /// Looks for every secret in the figures and in health, then stops the server and looks in what it
    /// has logged.
    fn assert_silent(self) {
        let told = ["/metrics", "/api/health", "/health/ready"].map(|path| {
            let answer = get(self.operations, "127.0.0.1", path).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
            answer
        });
        assert!(told[0].contains("route=\"/oauth2/token\""), "{}", told[0]);
        for canary in &self.canaries {
            for answer in &told {
                assert!(!answer.contains(canary), "{canary} is in {answer}");
            }
        }
        assert_eq!(self.server.interrupt().code, 0);
        let log = fs::read_to_string(self.installation.path().join("log")).unwrap();
        for words in ["\"TRACE\"", "/oauth2/token", "/login"] {
            assert!(log.contains(words), "{words} is not in the log: it is not talkative");
        }
        for canary in &self.canaries {
            assert!(canary.len() >= 16, "{canary} could be in a log by chance");
            assert!(!log.contains(canary), "{canary} is in the log");
        }
    }
}

/// Follows what the provider asks for, up to the redirect to the app.
async fn to_app(mut page: Page, server: &mut Talkative, agent: &Agent) -> Page {
    for _ in 0..10 {
        server.keep_cookies(agent);
        page = if page.status.is_redirection() {
            if page.location().as_str().starts_with(REDIRECT_URI) {
                return page;
            }
            page.follow().await
        } else {
            page.form("#allow").submit().await
        };
    }
    panic!("no way to the app from {}", page.summary());
}

fn keep_tokens(server: &mut Talkative, page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.summary());
    let tokens = page.json();
    for name in ["access_token", "id_token", "refresh_token"] {
        let token = tokens[name].as_str().unwrap();
        server.keep(token);
        // Half a token is too much: its signature is what makes it work.
        server.keep(token.rsplit('.').next().unwrap());
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn case_326_no_secret_of_a_sign_in_is_logged_at_any_level() {
    let mut server = Talkative::start();
    let add = ["user", "add", PERSON, "--password-stdin"];
    server.installation.run_with(&add, &format!("{PASSWORD}\n")).ok();
    let add = ["client", "add", "notes", "--redirect-uri", REDIRECT_URI, "--scope", "openid"];
    let added = server.installation.json(&[&add[..], &["--scope", "offline_access"]].concat());
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    server.keep(&secret);
    let client = Client {
        id: "notes".to_owned(),
        secret: Some(secret.clone()),
        redirect_uri: REDIRECT_URI.to_owned(),
    };

    // A sign-in, at first with a slip of the finger.
    let agent = Agent::new();
    let request = authorization_request(&client).with("scope", "openid offline_access");
    let request = request.with("prompt", "consent").encoded();
    let page = agent.get(&server.at(&format!("/oauth2/authorize?{request}"))).await;
    let mut page = page.follow_all().await;
    for password in [WRONG_PASSWORD, PASSWORD] {
        let form = page.form("#login-form").fill("identifier", PERSON).fill("password", password);
        server.keep(form.value("csrf").expect("the form is guarded"));
        page = form.submit().await;
    }
    let page = to_app(page, &mut server, &agent).await;
    let code = page.location_param("code").unwrap();
    server.keep(&code);

    // The app redeems the code, refreshes, and asks who that is.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:{secret}", client.id),
    );
    server.keep(&basic);
    let app = Agent::new().with_header("authorization", &format!("Basic {basic}"));
    let endpoint = server.at("/oauth2/token");
    let redeem = code_request(&client, &code);
    let page = app.post(&endpoint, &redeem.pairs()).await;
    let first = keep_tokens(&mut server, &page);
    let refresh = refresh_request(first["refresh_token"].as_str().unwrap());
    let page = app.post(&endpoint, &refresh.pairs()).await;
    let second = keep_tokens(&mut server, &page);
    let bearer = format!("Bearer {}", second["access_token"].as_str().unwrap());
    let page = Agent::new().with_header("authorization", &bearer);
    let page = page.get(&server.at("/oauth2/userinfo")).await;
    assert_eq!(page.status, 200, "{}", page.summary());

    // A mail is sent.
    let form = agent.get(&server.at("/account/password")).await.form("#change-password-form");
    let form = form.fill("current_password", PASSWORD).fill("password", NEW_PASSWORD);
    let page = form.submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert_eq!(server.mail.taken().user.as_deref(), Some("canary-mailer"));
    server.keep_cookies(&agent);

    // What goes wrong is logged more than what does not: a replay, a wrong secret, secrets in an
    // address, and a link of an operator's.
    assert_eq!(app.post(&endpoint, &redeem.pairs()).await.status, 400);
    let wrong = app.fresh().with_header("authorization", &format!("Basic {basic}AAAA"));
    assert_eq!(wrong.post(&endpoint, &refresh.pairs()).await.status, 401);
    let hint = second["id_token"].as_str().unwrap();
    agent.get(&server.at(&format!("/oauth2/logout?id_token_hint={hint}&state=s"))).await;
    agent.get(&server.at(&format!("/nowhere?code={code}&client_secret={secret}"))).await;
    let link = server.installation.json(&["user", "set-password", PERSON, "--link"]);
    let (_, token) = link["link"].as_str().unwrap().split_once("token=").unwrap();
    server.keep(token);
    let page = agent.get(&server.at(&format!("/set-password?token={token}"))).await;
    let page = page.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    server.assert_silent();
}

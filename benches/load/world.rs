//! The people, apps and tokens that the requests are about.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Outcome;
use crate::client::Connection;
use crate::installation::{Installation, Server};
use crate::sign_in;

/// How many people are signed in.
const PEOPLE: usize = 24;

/// A registered app.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id.
    pub id: String,
    /// The value of its `Authorization` header.
    pub authorization: String,
    /// Where people come back to it.
    pub redirect_uri: String,
}

/// The tokens of one grant.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For userinfo and introspection.
    pub access: String,
    /// For the next refresh.
    pub refresh: String,
}

/// A server with people who are signed in to it.
pub struct World<'i> {
    /// What is served.
    pub installation: &'i Installation<'i>,
    /// The server.
    pub server: &'i Server,
    /// The app that people sign in to.
    pub app: App,
    /// The app that acts for itself.
    pub machine: App,
    /// The addresses of the people.
    pub people: Vec<String>,
    /// The cookies of their browsers.
    pub browsers: Vec<String>,
    codes: Mutex<Vec<String>>,
    tokens: Mutex<Vec<Tokens>>,
    pages: Mutex<Vec<Vec<u8>>>,
}

/// What was registered once and serves several worlds.
#[derive(Clone, Debug)]
pub struct Registered {
    app: App,
    machine: App,
    people: Vec<String>,
}

impl Registered {
    /// Registers apps and people through the command line.
    pub fn new(installation: &Installation) -> Outcome<Self> {
        let app = register(
            installation,
            &["client", "add", "bench-app", "--redirect-uri", "https://app.example/callback"],
            &["openid", "profile", "email", "offline_access"],
        )?;
        let machine = register(
            installation,
            &["client", "add", "bench-machine", "--grant", "client_credentials"],
            &["reports.read", "reports.write"],
        )?;
        let people: Vec<_> =
            (0..PEOPLE).map(|number| format!("person-{number}@bench.example")).collect();
        for email in &people {
            let add = ["user", "add", email, "--verified", "--password-stdin"];
            installation.run(&add, &format!("{}\n", sign_in::PASSWORD))?;
        }
        Ok(Self { app, machine, people })
    }

    /// The client id of the app that people sign in to.
    pub fn app(&self) -> &str {
        &self.app.id
    }

    /// The same apps with other people.
    pub fn with_people(&self, people: impl IntoIterator<Item = String>) -> Self {
        Self { people: people.into_iter().take(PEOPLE).collect(), ..self.clone() }
    }
}

fn register(installation: &Installation, add: &[&str], scopes: &[&str]) -> Outcome<App> {
    let mut arguments = add.to_vec();
    for scope in scopes {
        arguments.extend(["--scope", scope]);
    }
    let said = installation.run(&arguments, "")?;
    let secret = said["client_secret"].as_str().ok_or("the command printed no secret")?;
    let id = add[2].to_owned();
    let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    Ok(App { id, authorization, redirect_uri: "https://app.example/callback".to_owned() })
}

impl<'i> World<'i> {
    /// Signs everybody in.
    pub fn new(
        installation: &'i Installation<'i>,
        server: &'i Server,
        registered: &Registered,
    ) -> Outcome<Self> {
        let Registered { app, machine, people } = registered.clone();
        let host = installation.host();
        let mut connection = Connection::open(server.port)?;
        let browsers = people
            .iter()
            .map(|email| sign_in::complete(&mut connection, &host, &app, email))
            .collect::<Outcome<_>>()?;
        Ok(Self {
            installation,
            server,
            app,
            machine,
            people,
            browsers,
            codes: Mutex::default(),
            tokens: Mutex::default(),
            pages: Mutex::default(),
        })
    }

    /// The issuer, without its scheme.
    pub fn host(&self) -> String {
        self.installation.host()
    }

    /// Codes to exchange.
    pub fn codes(&self) -> MutexGuard<'_, Vec<String>> {
        locked(&self.codes)
    }

    /// Tokens to use.
    pub fn tokens(&self) -> MutexGuard<'_, Vec<Tokens>> {
        locked(&self.tokens)
    }

    /// Login forms to send.
    pub fn pages(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        locked(&self.pages)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

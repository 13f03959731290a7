//! What is measured: the requests, what they need beforehand, and what their answers must hold.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use latchkey::protocol::paths;

use crate::Outcome;
use crate::client::{Answer, Connection, get, post};
use crate::drive::{Cost, Done, Turn, saturate};
use crate::sign_in::{self, VERIFIER, authorization, code_in};
use crate::world::{App, Tokens, World};
use crate::yardstick::Yardstick;

/// How many connections prepare what a measurement needs.
const HELPERS: usize = 4;
/// How many grants the tokens of a measurement belong to.
const GRANTS: usize = 200;
/// Longer than any preparation takes.
const PATIENCE: Duration = Duration::from_secs(600);

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    ClientCredentials,
    Authorize,
    Code,
    Refresh,
    Userinfo,
    Introspection,
    Discovery,
    Jwks,
    Login,
    SignIn,
}

/// What an operation is compared with, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The yardstick.
    pub yardstick: Yardstick,
    /// How many of it the operation cannot do without; it is compared with what these alone allow.
    pub each: f64,
    /// The smallest share of that which is good enough, where one is asked for.
    pub at_least: Option<f64>,
}

impl Operation {
    /// In the order in which they are measured.
    pub const ALL: [Self; 10] = [
        Self::ClientCredentials,
        Self::Authorize,
        Self::Code,
        Self::Refresh,
        Self::Userinfo,
        Self::Introspection,
        Self::Discovery,
        Self::Jwks,
        Self::Login,
        Self::SignIn,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials grant",
            Self::Authorize => "authorize, live session",
            Self::Code => "code exchange",
            Self::Refresh => "refresh",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
            Self::Discovery => "discovery",
            Self::Jwks => "JWKS",
            Self::Login => "password login",
            Self::SignIn => "whole sign-in, 4 requests",
        }
    }

    /// What is asked of it.
    pub fn mark(self) -> Mark {
        let signatures = |each, at_least| Mark { yardstick: Yardstick::Signature, each, at_least };
        let hash = |at_least| Mark { yardstick: Yardstick::Argon2, each: 1.0, at_least };
        match self {
            Self::ClientCredentials => signatures(1.0, Some(0.7)),
            // An access, a refresh and an ID token.
            Self::Code | Self::Refresh => signatures(3.0, Some(0.6)),
            Self::Userinfo | Self::Introspection => signatures(1.0, Some(2.5)),
            Self::Discovery | Self::Jwks => signatures(1.0, Some(12.0)),
            Self::Authorize => signatures(1.0, None),
            Self::Login => hash(Some(0.95)),
            Self::SignIn => hash(None),
        }
    }

    /// Whether it hashes a password, so that few of it are as much work as many others.
    pub fn hashes(self) -> bool {
        self.mark().yardstick == Yardstick::Argon2
    }

    /// Prepares what `count` of it need.
    pub fn prepare(self, world: &World, count: usize) -> Outcome<()> {
        match self {
            // Old codes are worth nothing any more.
            Self::Code => {
                world.codes().clear();
                fill(world, count, |world| world.codes().len(), &|n| authorize(world, n))
            }
            Self::Refresh | Self::Userinfo | Self::Introspection => {
                world.tokens().clear();
                Self::Code.prepare(world, GRANTS)?;
                fill(world, GRANTS, |world| world.tokens().len(), &|_| exchange(world))
            }
            Self::Login => {
                fill(world, count, |world| world.pages().len(), &|n| open_page(world, n))
            }
            Self::ClientCredentials
            | Self::Authorize
            | Self::Discovery
            | Self::Jwks
            | Self::SignIn => Ok(()),
        }
    }

    /// What one of several clients does again and again.
    pub fn turn<'a>(self, world: &'a World<'_>, client: usize) -> Turn<'a> {
        match self {
            Self::ClientCredentials => client_credentials(world),
            Self::Authorize => authorize(world, client),
            Self::Code => exchange(world),
            Self::Refresh => refresh(world),
            Self::Userinfo => userinfo(world, client),
            Self::Introspection => introspect(world, client),
            Self::Discovery => {
                let issuer = format!("\"issuer\":\"http://{}\"", world.host());
                fixed(get(&world.host(), paths::OPENID_CONFIGURATION, &[]), issuer)
            }
            Self::Jwks => fixed(get(&world.host(), paths::JWKS, &[]), "\"keys\":[{".to_owned()),
            Self::Login => log_in(world),
            Self::SignIn => sign_in(world, client),
        }
    }
}

/// Takes turns until there is enough.
fn fill<'a>(
    world: &World,
    count: usize,
    present: impl Fn(&World) -> usize + Send + Sync,
    turn_of: &(dyn Fn(usize) -> Turn<'a> + Sync),
) -> Outcome<()> {
    let present = &present;
    let until_enough = |client| -> Turn<'_> {
        let mut turn = turn_of(client);
        Box::new(
            move |connection| {
                if present(world) >= count { Ok(Done::Exhausted) } else { turn(connection) }
            },
        )
    };
    saturate(world.server.port, HELPERS, PATIENCE, || Ok(Cost::default()), until_enough)?;
    let found = present(world);
    if found >= count { Ok(()) } else { Err(format!("{found} of {count} were prepared").into()) }
}

fn fixed<'a>(request: Vec<u8>, expected: String) -> Turn<'a> {
    Box::new(move |connection| {
        connection.send(&request)?.expect(200)?.containing(&expected)?;
        Ok(Done::Once)
    })
}

fn token_request(host: &str, app: &App, form: &[(&str, &str)]) -> Vec<u8> {
    post(host, paths::TOKEN, &[("Authorization", &app.authorization)], form)
}

fn client_credentials<'a>(world: &World) -> Turn<'a> {
    let form = [("grant_type", "client_credentials"), ("scope", "reports.read")];
    let request = token_request(&world.host(), &world.machine, &form);
    fixed(request, "\"access_token\":\"ey".to_owned())
}

fn authorize<'a>(world: &'a World<'_>, client: usize) -> Turn<'a> {
    let (host, path) = (world.host(), authorization(&world.app));
    let requests: Vec<_> =
        world.browsers.iter().map(|cookies| get(&host, &path, &[("Cookie", cookies)])).collect();
    let mut turns = client;
    Box::new(move |connection| {
        turns += 1;
        let answer = connection.send(&requests[turns % requests.len()])?;
        let code = code_in(answer.location()?).ok_or_else(|| answer.unexpected())?.to_owned();
        world.codes().push(code);
        Ok(Done::Once)
    })
}

fn exchange<'a>(world: &'a World<'_>) -> Turn<'a> {
    let host = world.host();
    Box::new(move |connection| {
        // The newest one, for codes do not live long.
        let Some(code) = world.codes().pop() else { return Ok(Done::Exhausted) };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &world.app.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let answer = connection.send(&token_request(&host, &world.app, &form))?;
        let tokens = tokens(answer)?;
        world.tokens().push(tokens);
        Ok(Done::Once)
    })
}

/// The tokens of a grant; there must be all three.
fn tokens(answer: Answer<'_>) -> Outcome<Tokens> {
    let answer = answer.expect(200)?;
    answer.member("id_token")?;
    let (access, refresh) = (answer.member("access_token")?, answer.member("refresh_token")?);
    Ok(Tokens { access: access.to_owned(), refresh: refresh.to_owned() })
}

fn refresh<'a>(world: &'a World<'_>) -> Turn<'a> {
    let host = world.host();
    Box::new(move |connection| {
        let Some(used) = oldest(world) else { return Ok(Done::Exhausted) };
        let form = [("grant_type", "refresh_token"), ("refresh_token", used.refresh.as_str())];
        let answer = connection.send(&token_request(&host, &world.app, &form))?;
        let tokens = tokens(answer)?;
        world.tokens().push(tokens);
        Ok(Done::Once)
    })
}

/// The tokens that were not used for longest; nobody else has them meanwhile.
fn oldest(world: &World) -> Option<Tokens> {
    let mut tokens = world.tokens();
    (!tokens.is_empty()).then(|| tokens.remove(0))
}

/// Requests with one access token after the other.
fn with_tokens<'a>(
    world: &World,
    client: usize,
    expected: &'static str,
    request: impl Fn(&str) -> Vec<u8>,
) -> Turn<'a> {
    let requests: Vec<_> = world.tokens().iter().map(|tokens| request(&tokens.access)).collect();
    let mut turns = client;
    Box::new(move |connection| {
        turns += 1;
        let request = &requests[turns % requests.len()];
        connection.send(request)?.expect(200)?.containing(expected)?;
        Ok(Done::Once)
    })
}

fn userinfo<'a>(world: &World, client: usize) -> Turn<'a> {
    let host = world.host();
    with_tokens(world, client, "\"email_verified\":true", |token| {
        get(&host, paths::USERINFO, &[("Authorization", &format!("Bearer {token}"))])
    })
}

fn introspect<'a>(world: &World, client: usize) -> Turn<'a> {
    let host = world.host();
    with_tokens(world, client, "\"active\":true", |token| {
        let authorization = [("Authorization", world.app.authorization.as_str())];
        post(&host, paths::INTROSPECT, &authorization, &[("token", token)])
    })
}

/// Everybody in turn.
fn somebody<'w>(world: &'w World, client: usize) -> impl FnMut() -> &'w str + Send + use<'w> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let people = &world.people;
    move || &people[(client + NEXT.fetch_add(1, Ordering::Relaxed)) % people.len()]
}

fn open_page<'a>(world: &'a World<'_>, client: usize) -> Turn<'a> {
    let (host, mut email) = (world.host(), somebody(world, client));
    Box::new(move |connection| {
        let page = sign_in::open(connection, &host, &world.app, email())?;
        world.pages().push(page.submission);
        Ok(Done::Once)
    })
}

fn log_in<'a>(world: &'a World<'_>) -> Turn<'a> {
    Box::new(move |connection| {
        let Some(submission) = world.pages().pop() else { return Ok(Done::Exhausted) };
        signed_in(connection, &submission)?;
        Ok(Done::Once)
    })
}

/// Sends a login form, and checks that there is a session.
fn signed_in(connection: &mut Connection, submission: &[u8]) -> Outcome<()> {
    let answer = connection.send(submission)?.expect(303)?;
    if answer.cookies().any(|cookie| cookie.contains("session=")) {
        Ok(())
    } else {
        Err(answer.unexpected())
    }
}

fn sign_in<'a>(world: &'a World<'_>, client: usize) -> Turn<'a> {
    let (host, mut email) = (world.host(), somebody(world, client));
    Box::new(move |connection| {
        sign_in::complete(connection, &host, &world.app, email())?;
        Ok(Done::Once)
    })
}

//! The second Latchkey of `latchkey dev --with-upstream`, a provider to sign in with.
//!
//! It is a node in this process, so nothing of it outlives the first one. All else it has of its own: the
//! port and with it the issuer, the master key, the people, the mail, and a database in the same private
//! Postgres.

use std::net::{Ipv4Addr, TcpListener};

use super::banner::Shown;
use super::put_person;
use crate::app::{self, Node, Running};
use crate::cli::Context;
use crate::cli::database::{Open, connect};
use crate::cli::exit::{Exit, Failure};
use crate::cli::{keys, migrate};
use crate::config::Config;
use crate::demo::credentials::Credentials;
use crate::demo::data::{self, App};
use crate::demo::mailbox::{Mailbox, viewer};
use crate::demo::upstream as demo;
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;

/// Where it is served unless somebody says otherwise, or the first free port after that.
const PORT: u16 = 8082;
/// How many ports are tried.
const TRIES: u16 = 20;
/// The directory of its own files, in the data directory.
const DIRECTORY: &str = "upstream";
/// Few ask it for anything: so many connections to the database,
const CONNECTIONS: u32 = 4;
/// and so many to itself.
const VISITORS: usize = 256;

/// A port for it.
pub(super) struct Reserved {
    listener: TcpListener,
    port: u16,
}

impl Reserved {
    /// This port, or a free one.
    pub(super) fn of(wanted: Option<u16>) -> Result<Self, Failure> {
        let bind = |port| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            Ok(Self { listener, port })
        };
        let tried = match wanted {
            Some(port) => bind(port),
            None => bind(PORT).or_else(|error: std::io::Error| {
                (PORT + 1..PORT + TRIES).find_map(|port| bind(port).ok()).ok_or(error)
            }),
        };
        tried.map_err(|error| {
            let port = wanted.unwrap_or(PORT);
            let message = format!("the second Latchkey cannot listen on port {port}: {error}");
            Failure::new(Exit::Failure, message).fix("choose another port with --upstream-port")
        })
    }
}

/// It, about to be served.
pub(super) struct Second {
    config: Config,
    env: Env,
    node: Node,
    listener: TcpListener,
    credentials: Credentials,
    /// Where the first one takes its answers.
    callback: String,
    signed_out: String,
}

/// Makes its database and its keys, and lets the first one, whose database is open, know it. Without a
/// place for it the first one is told to forget it.
pub(super) fn prepare(
    context: &Context,
    first: &Open,
    reserved: Option<Reserved>,
) -> Result<Option<Second>, Failure> {
    let Some(Reserved { listener, port }) = reserved else {
        first.db.write_blocking(|tx| demo::leave(tx, &first.env))??;
        return Ok(None);
    };
    // A database belongs to its issuer, so each port has its own.
    let Some(database) = first.database.beside(&format!("upstream_{port}"))? else {
        context.output.note(
            "The second Latchkey is left out: it needs the private Postgres, and DATABASE_URL or \
             `database.url` names another.",
        );
        return Ok(None);
    };
    let config = config(&first.config, port)?;
    migrate::up_to_date(&config, &database)?;
    let db = connect(&config, &database)?;
    let open = Open { config, env: first.env.clone(), db, database };
    keys::ensure(&open)?;
    let Open { config, env, database, .. } = open;
    let credentials = Credentials::of(&config.data_dir, &env)?;
    let ring = app::master_ring(&first.config)?;
    let secret = &credentials.client_secret;
    first.db.write_blocking(|tx| demo::connect(tx, &env, &ring, port, secret))??;
    let node = Node::build(&config, env.clone(), database)?;
    let callback = first.config.issuer.join(&format!("/auth/{}/callback", demo::SLUG));
    let signed_out = first.config.issuer.join("/signed-out");
    Ok(Some(Second { config, env, node, listener, credentials, callback, signed_out }))
}

/// Nothing of the first one's but what it costs and how it stops.
fn config(first: &Config, port: u16) -> Result<Config, Failure> {
    let mut config = Config::for_dev(port, &first.data_dir.join(DIRECTORY))?;
    let refused = |error| Failure::new(Exit::Failure, format!("{}: {error}", demo::issuer(port)));
    config.issuer = Issuer::parse(&demo::issuer(port)).map_err(refused)?;
    demo::NAME.clone_into(&mut config.brand.name);
    config.hashing = first.hashing;
    config.http.workers = 1;
    config.http.max_connections = VISITORS;
    config.http.shutdown_timeout = first.http.shutdown_timeout;
    config.database.pool_size = CONNECTIONS;
    Ok(config)
}

impl Second {
    /// Serves it, with its people and the first one as its client.
    pub(super) async fn start(self) -> Result<(Shown, Running), Failure> {
        let Self { config, env, node, listener, credentials, callback, signed_out } = self;
        let client = App {
            id: demo::CLIENT_ID,
            name: demo::CLIENT_NAME,
            secret: credentials.client_secret.clone(),
            redirect_uri: callback,
            post_logout_redirect_uri: signed_out,
        };
        data::client(node.db(), &env, &client).await?;
        let password = put_person(&config, &node, &demo::ADA, &credentials.password).await?;
        let mail = viewer::mount(Mailbox::of(&node));
        let running = node.serve_with(vec![listener], &config.http, mail)?;
        Ok((Shown { issuer: config.issuer.to_string(), password }, running))
    }
}

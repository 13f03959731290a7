//! `latchkey dev`: everything on this machine, with a demo account and a demo app, and a second Latchkey to
//! sign in with where somebody wants it.

mod banner;
mod upstream;

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tokio::sync::oneshot;

use self::upstream::Reserved;
use super::Context;
use super::args::DevArgs;
use super::database::{Open, connect, is_set};
use super::exit::{Exit, Failure};
use super::people::hasher;
use super::{keys, migrate, serve};
use crate::app::{self, Database, Node, StopSignals};
use crate::config::{Config, LoadOptions, Profile, variable_of};
use crate::demo::credentials::{Credentials, CredentialsError};
use crate::demo::data::{self, DemoError, Person};
use crate::demo::mailbox::{Mailbox, viewer};
use crate::demo::relying_party;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// How long requests under way may take after Ctrl-C.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Runs `latchkey dev`.
pub(super) fn run(context: &Context, args: &DevArgs) -> Result<(), Failure> {
    let config = load(context, args)?;
    let _observed = serve::observe(&config)?;
    // First what can be refused at once.
    let listeners = app::listen(&config.http.bind)
        .map_err(|error| Failure::from(error).fix("choose another port with --port"))?;
    let demo_listener = listen_for_demo(args.relying_party_port)?;
    let reserved = args.with_upstream.then(|| Reserved::of(args.upstream_port)).transpose()?;
    if !config.data_dir.exists() {
        context.output.note("First start: making the database, the keys and the demo …");
    }
    let open = prepare(&config)?;
    let second = upstream::prepare(context, &open, reserved)?;
    let credentials = Credentials::of(&config.data_dir, &open.env)?;
    let settings = relying_party(&config, args, &credentials);
    let Open { env, database, .. } = open;
    let node = Node::build(&config, env.clone(), database)?;
    let runtime = serve::runtime()?;
    let ended = runtime.block_on(async {
        let app = app(&settings, &credentials);
        data::client(node.db(), &env, &app).await?;
        let password = put_person(&config, &node, &data::ALICE, &credentials.password).await?;
        let (stop, at_once) = StopSignals::catch()?.twice();
        let operations = node.serve_operations(app::listen(&config.operations.bind)?)?;
        let (tell, told) = oneshot::channel::<()>();
        let (upstream, second) = match second {
            Some(second) => {
                let (shown, running) = second.start().await?;
                (Some(shown), Some(running))
            }
            None => (None, None),
        };
        let running =
            node.serve_with(listeners, &config.http, viewer::mount(Mailbox::of(&node)))?;
        let base_url = settings.base_url.clone();
        let demo = relying_party::serve(settings, env, demo_listener).map_err(|error| {
            Failure::new(Exit::Failure, format!("the demo app cannot be served: {error}"))
        })?;
        let stop_demo = demo.handle();
        let demo = tokio::spawn(demo);
        banner::show(context, &config, &base_url, password.as_deref(), upstream.as_ref())?;
        // Nobody needs notice.
        let stop = async {
            stop.await;
            drop(tell);
            false
        };
        let second = async {
            let Some(second) = second else { return Ok(()) };
            let told = async {
                let _told = told.await;
                false
            };
            second.until(told).await
        };
        tokio::select! {
            ended = async { tokio::try_join!(running.until(stop), second) } => ended.map(drop)?,
            () = at_once => return Err(serve::cut_short()),
        }
        operations.stop().await;
        stop_demo.stop(true).await;
        match demo.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::new(Exit::Failure, error.to_string())),
            Err(error) => Err(Failure::new(Exit::Failure, error.to_string())),
        }
    });
    serve::leave(runtime);
    ended
}

fn load(context: &Context, args: &DevArgs) -> Result<Config, Failure> {
    let profile = Profile::Dev { port: args.port };
    let mut options = LoadOptions::of_process(context.config.clone(), profile);
    if let Some(directory) = &args.data_dir {
        options.env.insert(variable_of("data_dir"), directory.clone().into_os_string());
    }
    let mut config = Config::load(&options)?;
    // The terminal is for the person in front of it.
    if !is_set(&config, "log.filter") {
        "warn".clone_into(&mut config.log.filter);
    }
    if !is_set(&config, "http.shutdown_seconds") {
        config.http.shutdown_timeout = SHUTDOWN;
    }
    Ok(config)
}

fn listen_for_demo(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Failure::new(Exit::Failure, format!("the demo app cannot listen on port {port}: {error}"))
            .fix("choose another port with --relying-party-port")
    })
}

/// The schema and the keys.
fn prepare(config: &Config) -> Result<Open, Failure> {
    let database = Database::open(config)?;
    migrate::up_to_date(config, &database)?;
    let db = connect(config, &database)?;
    let open = Open { config: config.clone(), env: Env::system(), db, database };
    keys::ensure(&open)?;
    Ok(open)
}

fn relying_party(
    config: &Config,
    args: &DevArgs,
    credentials: &Credentials,
) -> relying_party::Settings {
    relying_party::Settings {
        name: data::CLIENT_NAME.to_owned(),
        issuer: config.issuer.to_string(),
        base_url: format!("http://127.0.0.1:{}", args.relying_party_port),
        client_id: data::CLIENT_ID.to_owned(),
        client_secret: Some(credentials.client_secret.clone()),
        scopes: data::SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
        hint: Some(format!(
            "Sign in as {} with the password that `latchkey dev` shows, or create an account.",
            data::EMAIL
        )),
    }
}

fn app(settings: &relying_party::Settings, credentials: &Credentials) -> data::App {
    data::App {
        id: data::CLIENT_ID,
        name: data::CLIENT_NAME,
        secret: credentials.client_secret.clone(),
        redirect_uri: settings.redirect_uri(),
        post_logout_redirect_uri: settings.post_logout_redirect_uri(),
    }
}

/// Sees to somebody's account. Their password, unless somebody has changed it.
async fn put_person(
    config: &Config,
    node: &Node,
    person: &Person,
    password: &Secret<String>,
) -> Result<Option<String>, Failure> {
    data::account(node.identity(), person, password).await?;
    let hasher = hasher(config)?;
    let is_known = data::password_is(node.db(), node.identity(), &hasher, person, password).await?;
    Ok(is_known.then(|| password.expose().clone()))
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Storage(error) => error.into(),
            error => Self::new(Exit::Refused, error.to_string()),
        }
    }
}

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Self {
        Self::new(Exit::Failure, error.to_string())
    }
}

//! `latchkey dev`: everything on this machine, with a demo account and a demo app.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use super::args::DevArgs;
use super::database::{Open, connect, is_set};
use super::exit::{Exit, Failure};
use super::people::hasher;
use super::{keys, migrate, serve};
use crate::app::{self, Database, Node, StopSignals};
use crate::config::{Config, DatabaseTarget, LoadOptions, Profile, variable_of};
use crate::demo::credentials::{Credentials, CredentialsError};
use crate::demo::data::{self, DemoError, Place};
use crate::demo::mailbox::{Mailbox, viewer};
use crate::demo::relying_party;
use crate::kernel::env::Env;
use crate::kernel::printable::Printable;

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
    if !config.data_dir.exists() {
        context.output.note("First start: making the database, the keys and the demo …");
    }
    let open = prepare(&config)?;
    let credentials = Credentials::of(&config.data_dir, &open.env)?;
    let settings = relying_party(&config, args, &credentials);
    let Open { env, database, .. } = open;
    let node = Node::build(&config, env.clone(), database)?;
    let runtime = serve::runtime()?;
    let ended = runtime.block_on(async {
        let password = put_demo(&config, &node, &env, &credentials, &settings).await?;
        let (stop, at_once) = StopSignals::catch()?.twice();
        let operations = node.serve_operations(app::listen(&config.operations.bind)?)?;
        let running =
            node.serve_with(listeners, &config.http, viewer::mount(Mailbox::of(&node)))?;
        let app = settings.base_url.clone();
        let demo = relying_party::serve(settings, env, demo_listener).map_err(|error| {
            Failure::new(Exit::Failure, format!("the demo app cannot be served: {error}"))
        })?;
        let stop_demo = demo.handle();
        let demo = tokio::spawn(demo);
        show(context, &config, &app, password)?;
        // Nobody needs notice.
        let stop = async {
            stop.await;
            false
        };
        tokio::select! {
            ended = running.until(stop) => ended?,
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

/// The demo account's password, as far as it is known.
enum Password {
    /// The one in the credentials.
    Known(String),
    /// Somebody has changed it.
    Changed,
}

async fn put_demo(
    config: &Config,
    node: &Node,
    env: &Env,
    credentials: &Credentials,
    settings: &relying_party::Settings,
) -> Result<Password, Failure> {
    let place = Place {
        redirect_uri: settings.redirect_uri(),
        post_logout_redirect_uri: settings.post_logout_redirect_uri(),
    };
    data::account(node.identity(), credentials).await?;
    data::client(node.db(), env, credentials, &place).await?;
    let hasher = hasher(config)?;
    if data::password_is(node.db(), node.identity(), &hasher, credentials).await? {
        Ok(Password::Known(credentials.password.expose().clone()))
    } else {
        Ok(Password::Changed)
    }
}

fn show(context: &Context, config: &Config, app: &str, password: Password) -> Result<(), Failure> {
    let password = match password {
        Password::Known(password) => Some(password),
        Password::Changed => None,
    };
    let value = serde_json::json!({
        "issuer": config.issuer.as_str(),
        "demo_app": app,
        "mail": config.issuer.join(viewer::PATH),
        "email": data::EMAIL,
        "password": password,
        "data_dir": config.data_dir,
    });
    context.output.show(&value, || banner(config, app, password.as_deref()))
}

fn banner(config: &Config, app: &str, password: Option<&str>) -> String {
    let lines = [
        ("Start here", format!("{app}   the demo app: press \"Sign in\"")),
        ("Latchkey", config.issuer.to_string()),
        ("Mail", config.issuer.join(viewer::PATH)),
        ("Sign in as", data::EMAIL.to_owned()),
        ("Password", password.unwrap_or("the one you have set").to_owned()),
    ];
    let lines: Vec<_> =
        lines.iter().map(|(name, value)| format!("  {name:<12}{value}\n")).collect();
    let kept = kept(config);
    format!(
        "\n  Latchkey is running.\n\n{}\n  {}. Ctrl-C stops it.\n\n",
        lines.concat(),
        Printable(&kept)
    )
}

/// Where the data is. For root the database may be elsewhere, where Postgres's user can reach it.
fn kept(config: &Config) -> String {
    let directory = shorten(&config.data_dir);
    match &config.database.target {
        DatabaseTarget::External(_) => format!("The data is in your database and in {directory}"),
        DatabaseTarget::Private(path) => match path.read_link() {
            Ok(place) => {
                format!("The data is kept in {directory}, which links to {}", place.display())
            }
            Err(_) => format!("The data is kept in {directory}"),
        },
    }
}

/// The path as it is shorter to read.
fn shorten(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
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

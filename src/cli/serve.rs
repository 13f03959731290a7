//! `latchkey serve`: the server in production.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::Context;
use super::exit::{Exit, Failure};
use super::service_manager;
use crate::app::{self, Database, Node, StartError, StopSignals};
use crate::config::{Config, Profile};
use crate::demo::data as demo;
use crate::demo::upstream;
use crate::kernel::env::Env;
use crate::observe::log_writer::Flush;
use crate::observe::traces::Traces;
use crate::observe::{figures, logs, panics};
use crate::storage::StorageError;

/// How long a database that is down is waited for: machines start their services side by side.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// How long what still runs in the background may take when all is over.
const LINGER: Duration = Duration::from_millis(200);

/// Runs `latchkey serve`.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.load(Profile::Serve)?;
    let _observed = observe(&config)?;
    let node = build(&config)?;
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        refuse_demo(&node).await?;
        let listeners = app::listen(&config.http.bind)?;
        let operations = node.serve_operations(app::listen(&config.operations.bind)?)?;
        let (stop, at_once) = StopSignals::catch()?.twice();
        let running = node.serve(listeners, &config.http)?;
        announce(&config, &node).await?;
        service_manager::ready();
        let told = async {
            let with_notice = stop.await;
            service_manager::stopping();
            with_notice
        };
        tokio::select! {
            ended = running.until(told) => ended?,
            () = at_once => return Err(cut_short()),
        }
        operations.stop().await;
        Ok(())
    });
    leave(runtime);
    ended
}

/// Somebody did not want to wait for the end of the requests under way.
pub(super) fn cut_short() -> Failure {
    Failure::new(Exit::Failure, "told to stop a second time: requests under way were cut off")
}

/// Ends the runtime without waiting for statements that may never end: whoever asked for them is gone.
pub(super) fn leave(runtime: Runtime) {
    runtime.shutdown_timeout(LINGER);
}

/// What a server does for those who watch it, for as long as it runs.
#[must_use = "log and traces end when this goes"]
pub(super) struct Observed {
    _traces: Option<Traces>,
    _log: Flush,
}

/// From here on, what happens is logged, panics included, and counted and traced where somebody wants
/// that. Not within a runtime.
pub(super) fn observe(config: &Config) -> Result<Observed, Failure> {
    let failed = |error: &dyn Display| Failure::new(Exit::Failure, error.to_string());
    panics::log_panics();
    let traces = Traces::start(&config.telemetry).map_err(|error| failed(&error))?;
    let log = logs::init(&config.log, traces.as_ref()).map_err(|error| failed(&error))?;
    if !config.operations.bind.is_empty() {
        figures::keep().map_err(|error| failed(&error))?;
    }
    Ok(Observed { _traces: traces, _log: log })
}

/// A runtime for a server; the requests are served by threads of its own.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(Exit::Failure, format!("the system gives no threads or sockets: {error}"))
    })
}

/// Builds the node, and waits for a database that does not answer yet.
fn build(config: &Config) -> Result<Node, Failure> {
    let env = Env::system();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let built =
            Database::open(config).and_then(|database| Node::build(config, env.clone(), database));
        let left = deadline.saturating_duration_since(Instant::now());
        match built {
            Err(StartError::Storage(error)) if is_down(&error) && !left.is_zero() => {
                let seconds = left.as_secs();
                tracing::warn!("waiting for the database, {seconds} s more: {error}");
                thread::sleep(PAUSE.min(left));
            }
            built => return Ok(built?),
        }
    }
}

fn is_down(error: &StorageError) -> bool {
    match error {
        StorageError::Busy | StorageError::Unavailable(_) | StorageError::Timeout => {
            !error.is_turned_down()
        }
        StorageError::Serialization
        | StorageError::ReadOnly
        | StorageError::DiskFull
        | StorageError::Corrupt(_)
        | StorageError::Other(_) => false,
    }
}

/// The demo account's password is on somebody's screen.
async fn refuse_demo(node: &Node) -> Result<(), Failure> {
    if !node.db().load(demo::is_present).await? {
        return Ok(());
    }
    let message = "this database has the demo data of `latchkey dev`";
    let fix = format!(
        "use another database, or run `latchkey client remove {}`, `latchkey user delete {}` and, where \
         it is there, `latchkey provider remove {}`",
        demo::CLIENT_ID,
        demo::EMAIL,
        upstream::SLUG
    );
    Err(Failure::new(Exit::Refused, message).fix(fix))
}

async fn announce(config: &Config, node: &Node) -> Result<(), Failure> {
    let addresses: Vec<_> = config.http.bind.iter().map(ToString::to_string).collect();
    let (issuer, addresses) = (&config.issuer, addresses.join(", "));
    tracing::info!(%issuer, addresses, version = env!("CARGO_PKG_VERSION"), "serving");
    if config.is_insecure() {
        tracing::warn!("plain http beyond this machine: anyone on the way can read passwords");
    }
    if !node.db().load(|tx| tx.instance().administrator_exists()).await? {
        tracing::info!(
            "there is no administrator yet: `latchkey admin setup-link` makes the first"
        );
    }
    Ok(())
}

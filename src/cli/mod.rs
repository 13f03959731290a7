//! The commands.

mod admin;
pub mod args;
mod audit;
mod client;
mod config;
mod database;
mod dev;
mod doctor;
pub mod exit;
mod healthcheck;
mod jobs;
mod keys;
mod mail;
mod migrate;
pub mod output;
mod people;
pub mod prompt;
mod provider;
mod role;
mod serve;
mod service_manager;
mod settings;
mod user;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use self::args::{Cli, Command};
use self::exit::{Exit, Failure};
use self::output::Output;
use crate::config::{Config, LoadOptions, Profile};
use crate::storage::private_postgres::supervisor;

/// Runs the command line and returns the exit code of the process.
pub fn run() -> ExitCode {
    // Before libpq does it in its own way, with a tidy-up at exit that crashes the threads which are
    // connecting to the database at that moment.
    openssl::init();
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == supervisor::SUBCOMMAND) {
        return supervisor::run(arguments);
    }
    let Cli { config, json, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let context = Context { config, output: Output { json } };
    match dispatch(&context, command) {
        Ok(()) => Exit::Ok.into(),
        Err(failure) => {
            context.output.failure(&failure);
            failure.exit.into()
        }
    }
}

/// Tells what is wrong with the command line, or shows the help or the version that were asked for.
/// A script that asked for JSON gets it here too.
fn refuse(error: &clap::Error) -> ExitCode {
    let asks_for_help =
        !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if asks_for_help || !std::env::args_os().any(|argument| argument == "--json") {
        error.exit();
    }
    let text = error.to_string();
    let message = text.split("\n\n").next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    Output { json: true }.failure(
        &Failure::new(Exit::Usage, message).fix("`latchkey --help` lists the commands and flags"),
    );
    Exit::Usage.into()
}

/// What every command gets: the global flags.
#[derive(Debug)]
pub(crate) struct Context {
    /// The file that `--config` names.
    config: Option<PathBuf>,
    /// Where results go.
    pub(crate) output: Output,
}

impl Context {
    /// The configuration of this process, for `profile`.
    pub(crate) fn load(&self, profile: Profile) -> Result<Config, Failure> {
        Ok(Config::load(&LoadOptions::of_process(self.config.clone(), profile))?)
    }
}

fn dispatch(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Config(args) => config::run(context, &args),
        Command::Dev(args) => dev::run(context, &args),
        Command::Serve => serve::run(context),
        Command::Migrate => migrate::run(context),
        Command::Healthcheck => healthcheck::run(context),
        Command::Doctor => doctor::run(context),
        Command::Keys(args) => keys::run(context, &args),
        Command::Admin(args) => admin::run(context, &args),
        Command::User(args) => user::run(context, &args),
        Command::Role(args) => role::run(context, &args),
        Command::Client(args) => client::run(context, args),
        Command::Provider(args) => provider::run(context, args),
        Command::Jobs(args) => jobs::run(context, &args),
        Command::Mail(args) => mail::run(context, &args),
        Command::Settings(args) => settings::run(context, &args),
        Command::Audit(args) => audit::run(context, &args),
        Command::Why(args) => why::run(context, &args.request_id),
    }
}

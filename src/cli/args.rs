//! The command line: every command, flag and help text.

mod audit;
mod client;
mod jobs;
mod keys;
mod mail;
mod provider;
mod role;
mod settings;
mod user;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use audit::{AuditArgs, AuditCommand, AuditWanted, Moment};
pub use client::{
    AddClient, AuthMethod, ClientArgs, ClientCommand, ClientFields, ClientKind, Grant, Pkce,
    Platform, RemoveClient, RotateSecret, SecondFactor, UpdateClient,
};
pub use jobs::{JobsArgs, JobsCommand, RunJob};
pub use keys::{KeysArgs, KeysCommand, ResealKeys, RevokeKey, RotateKeys};
pub use mail::{ListMails, MailArgs, MailCommand, OneMail, StateWanted, TestMail};
pub use provider::{
    AddProvider, Kind, Method, OneProvider, ProviderArgs, ProviderCommand, ProviderFields,
    RemoveProvider, Trust, UpdateProvider,
};
pub use role::{AddRole, RoleArgs, RoleCommand, UpdateRole};
pub use settings::{SettingsArgs, SettingsCommand};
pub use user::{
    AddUser, DeleteUser, DetailFlags, DisconnectUser, ImportUsers, InviteUser, ListUsers,
    PasswordFlags, PasswordWay, PersonsRole, RemoveFactors, SetPassword, UpdateUser, UserArgs,
    UserCommand, Who,
};

use super::exit::Exit;

/// An OAuth 2.1 and OpenID Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, about, after_help = Exit::help())]
#[command(propagate_version = true, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// The configuration file [default: ./latchkey.toml, else /etc/latchkey/latchkey.toml].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print JSON for scripts instead of text for people.
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve on localhost with a private Postgres, demo accounts and a demo app.
    Dev(DevArgs),
    /// Serve in production.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Ask the server of this machine whether it is ready.
    Healthcheck,
    /// Check the installation, with a remedy for each finding.
    Doctor,
    /// Manage the master and signing keys.
    Keys(KeysArgs),
    /// Make the first administrator.
    Admin(AdminArgs),
    /// Manage the people who sign in.
    User(UserArgs),
    /// Look at the roles, and change what they ask for.
    Role(RoleArgs),
    /// Manage the apps that people sign in to.
    Client(ClientArgs),
    /// Manage the providers that people sign in with, such as Google.
    Provider(ProviderArgs),
    /// Show what servers do by themselves, and do it now.
    Jobs(JobsArgs),
    /// Look after the mail that is sent to people.
    Mail(MailArgs),
    /// Change what can be changed while the server runs: lifetimes and limits.
    Settings(SettingsArgs),
    /// Read the audit trail: who did what, when and from where.
    Audit(AuditArgs),
    /// Tell why a request was refused, and what to do about it.
    Why(WhyArgs),
    /// Show and check the configuration.
    Config(ConfigArgs),
}

/// `latchkey dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  latchkey dev --port 9000\n  latchkey dev --with-upstream")]
pub struct DevArgs {
    /// The port of Latchkey on localhost [default: 8080].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// The port of the demo app on 127.0.0.1.
    #[arg(long, value_name = "PORT", default_value_t = 8081,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub relying_party_port: u16,
    /// Where to keep the database and the demo's credentials [default: data].
    #[arg(long, value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,
    /// Start a second Latchkey too, as a provider to sign in with.
    #[arg(long, overrides_with = "with_upstream")]
    pub with_upstream: bool,
    /// Its port on 127.0.0.1 [default: 8082, or the next that is free].
    #[arg(long, value_name = "PORT", requires = "with_upstream",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub upstream_port: Option<u16>,
}

/// `latchkey admin`.
#[derive(Debug, Args)]
pub struct AdminArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// What `latchkey admin` can do.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum AdminCommand {
    /// Print a link that makes the first administrator; once in the life of a database, and on a
    /// terminal only.
    SetupLink,
}

/// `latchkey why`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  latchkey why 3q2-7wAAQEGjK0Zr1nBx5A")]
pub struct WhyArgs {
    /// The request's id, as error pages and the header X-Request-ID tell it.
    #[arg(value_name = "REQUEST_ID", allow_hyphen_values = true)]
    pub request_id: String,
}

/// `latchkey config`.
#[derive(Debug, Args)]
#[command(after_help = "Every setting can also come from the environment: http.bind is \
                        LATCHKEY_HTTP__BIND.\n\nExample:\n  latchkey config print --json")]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `latchkey config` can do.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Tell everything that is wrong with the configuration, with its place and remedy.
    Check {
        /// The command that is going to use it.
        #[arg(long = "for", value_enum, default_value_t = ConfigFor::Serve)]
        purpose: ConfigFor,
    },
    /// Print every setting and where it came from, without secrets.
    Print {
        /// The command that is going to use it.
        #[arg(long = "for", value_enum, default_value_t = ConfigFor::Serve)]
        purpose: ConfigFor,
    },
}

/// The command that is going to use a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfigFor {
    /// The server in production.
    Serve,
    /// The development server.
    Dev,
    /// The other commands.
    Tool,
}

/// A span of time like `90`, `15m` or `30days`; a bare number counts seconds.
fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;

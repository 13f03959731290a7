//! How a command ends: exit codes and failures.

use std::fmt;
use std::process::ExitCode;

use crate::config::ConfigErrors;

/// The exit codes. They are part of the interface: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Something failed that no other code names.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// What was named does not exist, or its state does not allow this.
    Refused = 3,
    /// The database cannot be reached.
    Database = 4,
    /// The configuration is wrong.
    Configuration = 5,
}

impl Exit {
    /// Every code, in order.
    const ALL: [Self; 6] =
        [Self::Ok, Self::Failure, Self::Usage, Self::Refused, Self::Database, Self::Configuration];

    /// The code's name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Database => "database",
            Self::Configuration => "configuration",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failure => "something failed that no other code names",
            Self::Usage => "the command line is wrong",
            Self::Refused => "what was named does not exist, or its state does not allow this",
            Self::Database => "the database cannot be reached",
            Self::Configuration => "the configuration is wrong",
        }
    }

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The section of `--help` on exit codes.
    pub(super) fn help() -> String {
        let lines: Vec<_> =
            Self::ALL.iter().map(|exit| format!("  {}  {}", exit.code(), exit.meaning())).collect();
        format!("Exit codes:\n{}", lines.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What happened, in a sentence. Never holds a secret.
    pub message: String,
    /// What to do next.
    pub fix: Option<String>,
    /// The problems of a configuration.
    pub problems: Option<ConfigErrors>,
    /// Everything that is wrong, where it is several things. Never holds a secret.
    pub details: Vec<String>,
}

impl Failure {
    /// A failure with nothing more to say than `message`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), fix: None, problems: None, details: Vec::new() }
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The same, with everything that is wrong.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let message = match errors.all().len() {
            1 => "there is a problem with the configuration".to_owned(),
            count => format!("there are {count} problems with the configuration"),
        };
        Self { problems: Some(errors), ..Self::new(Exit::Configuration, message) }
    }
}

//! `latchkey jobs`.

use clap::{Args, Subcommand};

/// `latchkey jobs`.
#[derive(Debug, Args)]
#[command(after_help = "Servers do the jobs by themselves; one of them at a time does each.\n\n\
                        Examples:\n  latchkey jobs list\n  latchkey jobs run purge")]
pub struct JobsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: JobsCommand,
}

/// What `latchkey jobs` can do.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List the jobs: when each is due, how it went the last time, and why it failed.
    List,
    /// Do a job now, in this process.
    Run(RunJob),
}

/// `latchkey jobs run`.
#[derive(Debug, Args)]
pub struct RunJob {
    /// The job's name.
    #[arg(value_name = "NAME")]
    pub name: String,
}

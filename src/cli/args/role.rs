//! `latchkey role`.

use clap::{Args, Subcommand};

use super::SecondFactor;

/// `latchkey role`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  latchkey role update administrator --second-factor required")]
pub struct RoleArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RoleCommand,
}

/// What `latchkey role` can do.
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// List the roles, with how many people have each and what it asks of them.
    List,
    /// Change what a role asks of those who have it.
    Update(UpdateRole),
}

/// `latchkey role update`.
#[derive(Debug, Args)]
pub struct UpdateRole {
    /// The role.
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    pub name: String,
    /// Whether everybody who has it proves a second factor, or as the settings and the apps say.
    #[arg(long, value_enum, value_name = "RULE")]
    pub second_factor: SecondFactor,
}

//! `latchkey role`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::SecondFactor;
use crate::domain::role::{self, permission};

/// `latchkey role`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  latchkey role update administrator --second-factor required\n  \
                  latchkey role add support --description 'Helps people' --permission users.read"
)]
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
    /// Make a role, to be given with "latchkey user add --role". Apps learn it by the scope "roles".
    Add(AddRole),
    /// Change what a role asks of those who have it.
    Update(UpdateRole),
}

/// `latchkey role add`.
#[derive(Debug, Args)]
pub struct AddRole {
    /// The role: lower-case letters, digits, dots, dashes and underscores, 64 at most.
    #[arg(value_name = "NAME", value_parser = parse_name)]
    pub name: String,
    /// What it is for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub description: String,
    /// What those who have it may do here. May be given several times; without any it is for apps only.
    #[arg(long = "permission", value_name = "PERMISSION",
          value_parser = PossibleValuesParser::new(permission::ALL))]
    pub permissions: Vec<String>,
    /// Whether everybody who has it proves a second factor, or as the settings and the apps say.
    #[arg(long, value_enum, value_name = "RULE")]
    pub second_factor: Option<SecondFactor>,
}

/// The form of a role's name.
fn parse_name(text: &str) -> Result<String, &'static str> {
    role::is_name(text)
        .then(|| text.to_owned())
        .ok_or("1 to 64 lower-case letters, digits, dots, dashes and underscores, the first a letter or digit")
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

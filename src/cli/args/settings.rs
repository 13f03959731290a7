//! `latchkey settings`.

use clap::{Args, Subcommand};

/// `latchkey settings`.
#[derive(Debug, Args)]
#[command(after_help = "Every node follows a change within five seconds.\n\nExamples:\n  \
    latchkey settings list\n  \
    latchkey settings set access_token_lifetime 10m\n  \
    latchkey settings reset access_token_lifetime")]
pub struct SettingsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SettingsCommand,
}

/// What `latchkey settings` can do.
#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// List the settings with their values, and who changed them when.
    List,
    /// Show a setting: what it is, its value, and what it can be.
    Get {
        /// The setting's name, as the list has it.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Change a setting.
    Set {
        /// The setting's name, as the list has it.
        #[arg(value_name = "NAME")]
        name: String,
        /// A time like 90s, 15m, 12h or 7d (a bare number counts seconds), or a number.
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Put a setting back to its default.
    Reset {
        /// The setting's name, as the list has it.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

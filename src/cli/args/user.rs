//! `latchkey user`.

use clap::{Args, Subcommand};

/// `latchkey user`.
#[derive(Debug, Args)]
#[command(after_help = "WHO is an email address, a username or a subject id.\n\nExamples:\n  \
                        latchkey user add ada@example.com --name \"Ada Lovelace\"\n  \
                        latchkey user set-password ada@example.com --link")]
pub struct UserArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What `latchkey user` can do.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person, and print a link with which they set a password.
    Add(AddUser),
    /// List people.
    List(ListUsers),
    /// Show a person with their addresses, roles and sessions.
    Show(Who),
    /// Keep a person from signing in, and end their sessions and apps' access.
    Disable(Who),
    /// Let a disabled person sign in again.
    Enable(Who),
    /// Set a person's password, or print a link with which they do it themselves.
    SetPassword(SetPassword),
    /// End a person's sessions and the access of their apps.
    SignOut(Who),
    /// Delete a person; it can be undone for 14 days.
    Delete(DeleteUser),
}

/// A person.
#[derive(Debug, Args)]
pub struct Who {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO")]
    pub who: String,
}

/// `latchkey user add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        latchkey user add ada@example.com --username ada --role administrator\n  \
                        pass show ada | latchkey user add ada@example.com --password-stdin")]
pub struct AddUser {
    /// The email address.
    #[arg(value_name = "EMAIL")]
    pub email: String,
    /// A name to sign in with beside the address; without @.
    #[arg(long)]
    pub username: Option<String>,
    /// The name that pages and apps show.
    #[arg(long)]
    pub name: Option<String>,
    /// A role; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// Take the address as verified.
    #[arg(long)]
    pub verified: bool,
    /// Read the password from the first line of standard input instead of printing a link.
    #[arg(long)]
    pub password_stdin: bool,
}

/// `latchkey user list`.
#[derive(Debug, Args)]
pub struct ListUsers {
    /// Only people whose address, username or name begins with this.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Only disabled people.
    #[arg(long)]
    pub disabled: bool,
    /// At most this many.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
}

/// `latchkey user set-password`.
#[derive(Debug, Args)]
pub struct SetPassword {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO")]
    pub who: String,
    /// Where the password comes from.
    #[command(flatten)]
    pub way: PasswordFlags,
}

/// Where a new password comes from: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PasswordFlags {
    /// Ask for the password here, without showing it.
    #[arg(long)]
    prompt: bool,
    /// Print a link that works once.
    #[arg(long)]
    link: bool,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Where a new password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordWay {
    /// It is asked for on the terminal.
    Prompt,
    /// The person sets it, through a link that works once.
    Link,
    /// It is the first line of standard input.
    Stdin,
}

impl PasswordFlags {
    /// The way that was named; the parser has seen to it that there is one.
    pub fn way(&self) -> PasswordWay {
        match self {
            Self { prompt: true, .. } => PasswordWay::Prompt,
            Self { password_stdin: true, .. } => PasswordWay::Stdin,
            Self { .. } => PasswordWay::Link,
        }
    }
}

/// `latchkey user delete`.
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO")]
    pub who: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

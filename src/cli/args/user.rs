//! `latchkey user`.

use clap::{Args, Subcommand};

use crate::domain::details::Detail;

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
    Add(Box<AddUser>),
    /// Add people from another system, with the password hashes that it has of them.
    Import(ImportUsers),
    /// Add a person, and mail them a link with which they set a password.
    Invite(InviteUser),
    /// Change what is known about a person.
    Update(Box<UpdateUser>),
    /// List people.
    List(ListUsers),
    /// Show a person with their addresses, roles, sessions, what they sign in with, and whether failed
    /// sign-ins lock them.
    Show(Who),
    /// Keep a person from signing in, and end their sessions and apps' access.
    Disable(Who),
    /// Let a disabled person sign in again.
    Enable(Who),
    /// Forget a person's failed sign-ins, so that the right password works from anywhere again.
    Unlock(Who),
    /// Set a person's password, or mail or print a link with which they do it themselves.
    SetPassword(SetPassword),
    /// Take away the passkeys, authenticator apps and recovery codes of a person who has lost them.
    RemoveFactors(RemoveFactors),
    /// Disconnect a person from a provider that they sign in with.
    Disconnect(DisconnectUser),
    /// Give a person a role.
    GiveRole(PersonsRole),
    /// Take a role from a person.
    TakeRole(PersonsRole),
    /// End a person's sessions and the access of their apps.
    SignOut(Who),
    /// Delete a person; it can be undone for 14 days.
    Delete(DeleteUser),
}

/// A person.
#[derive(Debug, Args)]
pub struct Who {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
}

/// `latchkey user remove-factors`.
#[derive(Debug, Args)]
#[command(
    after_help = "Make sure first that it is the person who asks: from then on a password, or \
                        whoever reads their mail, gets in. They are signed out everywhere and told by \
                        mail.\n\nExamples:\n  \
                        latchkey user remove-factors ada@example.com\n  \
                        latchkey user remove-factors ada@example.com --yes"
)]
pub struct RemoveFactors {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `latchkey user give-role` and `take-role`.
#[derive(Debug, Args)]
#[command(
    after_help = "A rule of a provider that says \"at each sign-in\" gives or takes its role again at \
                        the next one.\n\nExamples:\n  \
                        latchkey user give-role ada@example.com editor\n  \
                        latchkey user take-role ada@example.com editor"
)]
pub struct PersonsRole {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
    /// The role, as "latchkey role list" shows it.
    #[arg(value_name = "ROLE")]
    pub role: String,
}

/// `latchkey user disconnect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Roles and details that a rule gives at each sign-in there go with it. The last \
                        way in stays.\n\nExamples:\n  \
                        latchkey user disconnect ada@example.com google"
)]
pub struct DisconnectUser {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
    /// The provider's name in addresses; of one that was removed, its issuer.
    #[arg(value_name = "PROVIDER", allow_hyphen_values = true)]
    pub provider: String,
}

/// `latchkey user add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        latchkey user add ada@example.com --username ada --role administrator\n  \
                        pass show ada | latchkey user add ada@example.com --password-stdin")]
pub struct AddUser {
    /// The email address.
    #[arg(value_name = "EMAIL", allow_hyphen_values = true)]
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
    /// What else is known about the person.
    #[command(flatten)]
    pub details: DetailFlags,
    /// Take the address as verified.
    #[arg(long)]
    pub verified: bool,
    /// Read the password from the first line of standard input instead of printing a link.
    #[arg(long)]
    pub password_stdin: bool,
}

/// `latchkey user import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Each line is a JSON object: email, and where known verified, username, name, \
                        subject, password_hash, roles, created_at. People who are there already are \
                        left as they are.\n\nExamples:\n  \
                        latchkey user import people.jsonl --dry-run\n  \
                        convert < export.json | latchkey user import -"
)]
pub struct ImportUsers {
    /// The file, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// Only tell what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

/// `latchkey user invite`.
#[derive(Debug, Args)]
#[command(
    after_help = "Whoever was invited and has not set a password is invited again; the link \
                        before stops working.\n\nExamples:\n  \
                        latchkey user invite ada@example.com --name \"Ada Lovelace\"\n  \
                        latchkey user invite ada@example.com --expires 3d --print-link"
)]
pub struct InviteUser {
    /// The email address.
    #[arg(value_name = "EMAIL", allow_hyphen_values = true)]
    pub email: String,
    /// The name that pages and apps show.
    #[arg(long)]
    pub name: Option<String>,
    /// A role; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// How long the link works, from 5m to 30d.
    #[arg(long, value_name = "TIME", default_value = "7d")]
    pub expires: String,
    /// Print the link instead of mailing it, to be passed on by other means. Using it then shows
    /// nothing about the address.
    #[arg(long)]
    pub print_link: bool,
}

/// `latchkey user update`.
#[derive(Debug, Args)]
#[command(after_help = "What is not named stays. An empty text takes it away.\n\nExamples:\n  \
                        latchkey user update ada --phone-number +442079460000 --phone-verified true\n  \
                        latchkey user update ada --nickname \"\"")]
pub struct UpdateUser {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
    /// The name that pages and apps show.
    #[arg(long)]
    pub name: Option<String>,
    /// What else is known.
    #[command(flatten)]
    pub details: DetailFlags,
}

/// What can be known about a person besides the name.
#[derive(Debug, Args)]
pub struct DetailFlags {
    /// The given names.
    #[arg(long)]
    pub given_name: Option<String>,
    /// The middle names.
    #[arg(long)]
    pub middle_name: Option<String>,
    /// The family names.
    #[arg(long)]
    pub family_name: Option<String>,
    /// What friends say.
    #[arg(long)]
    pub nickname: Option<String>,
    /// A page about the person.
    #[arg(long, value_name = "URL")]
    pub profile: Option<String>,
    /// The person's own page.
    #[arg(long, value_name = "URL")]
    pub website: Option<String>,
    /// In the person's words.
    #[arg(long)]
    pub gender: Option<String>,
    /// YYYY-MM-DD, YYYY, or 0000-MM-DD without the year.
    #[arg(long, value_name = "DATE")]
    pub birthdate: Option<String>,
    /// The language, such as en-GB.
    #[arg(long, value_name = "TAG")]
    pub locale: Option<String>,
    /// The time zone, such as Europe/London.
    #[arg(long, value_name = "ZONE")]
    pub zoneinfo: Option<String>,
    /// With + and the country code.
    #[arg(long, value_name = "NUMBER")]
    pub phone_number: Option<String>,
    /// Whether somebody made sure that the number is the person's; yes needs the number beside it.
    #[arg(long, value_name = "BOOL")]
    pub phone_verified: Option<bool>,
    /// Street and house number.
    #[arg(long)]
    pub street_address: Option<String>,
    /// City.
    #[arg(long)]
    pub locality: Option<String>,
    /// State or province.
    #[arg(long)]
    pub region: Option<String>,
    /// Postal code.
    #[arg(long)]
    pub postal_code: Option<String>,
    /// Country.
    #[arg(long)]
    pub country: Option<String>,
}

impl DetailFlags {
    /// What was named, each with its text.
    pub fn named(&self) -> Vec<(Detail, String)> {
        [
            (Detail::GivenName, &self.given_name),
            (Detail::MiddleName, &self.middle_name),
            (Detail::FamilyName, &self.family_name),
            (Detail::Nickname, &self.nickname),
            (Detail::Profile, &self.profile),
            (Detail::Website, &self.website),
            (Detail::Gender, &self.gender),
            (Detail::Birthdate, &self.birthdate),
            (Detail::Locale, &self.locale),
            (Detail::Zoneinfo, &self.zoneinfo),
            (Detail::PhoneNumber, &self.phone_number),
            (Detail::StreetAddress, &self.street_address),
            (Detail::Locality, &self.locality),
            (Detail::Region, &self.region),
            (Detail::PostalCode, &self.postal_code),
            (Detail::Country, &self.country),
        ]
        .into_iter()
        .filter_map(|(detail, text)| Some((detail, text.clone()?)))
        .collect()
    }
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
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
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
    /// Mail the person a link that works once.
    #[arg(long)]
    mail: bool,
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
    /// The same, and the link is mailed to them.
    Mail,
    /// It is the first line of standard input.
    Stdin,
}

impl PasswordFlags {
    /// The way that was named; the parser has seen to it that there is one.
    pub fn way(&self) -> PasswordWay {
        match self {
            Self { prompt: true, .. } => PasswordWay::Prompt,
            Self { password_stdin: true, .. } => PasswordWay::Stdin,
            Self { mail: true, .. } => PasswordWay::Mail,
            Self { .. } => PasswordWay::Link,
        }
    }
}

/// `latchkey user delete`.
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// The person: an email address, a username or a subject id.
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub who: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

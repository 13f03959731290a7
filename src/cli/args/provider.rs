//! `latchkey provider`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `latchkey provider`.
#[derive(Debug, Args)]
#[command(after_help = "Every node follows a change within five seconds.\n\nExamples:\n  \
    latchkey provider add google --client-id 123.apps.googleusercontent.com --client-secret-file google.secret\n  \
    latchkey provider add oidc --slug acme --label ACME --issuer https://id.acme.example --client-id latchkey --client-secret-stdin\n  \
    latchkey provider test google\n  \
    latchkey provider update google --hosted-domain example.com")]
pub struct ProviderArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ProviderCommand,
}

/// What `latchkey provider` can do.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Let people sign in with a provider, and print the redirect URI to register there.
    Add(Box<AddProvider>),
    /// List the providers, in the order of their buttons.
    List,
    /// Show a provider.
    Show(OneProvider),
    /// Ask a provider whether the settings fit what it tells about itself.
    Test(OneProvider),
    /// Change a provider; what is not named stays as it is.
    Update(Box<UpdateProvider>),
    /// Let nobody sign in with a provider until it is enabled again.
    Disable(OneProvider),
    /// Enable a disabled provider.
    Enable(OneProvider),
    /// Remove a provider. Accounts stay linked to the people they are there.
    Remove(RemoveProvider),
}

/// One provider.
#[derive(Debug, Args)]
pub struct OneProvider {
    /// Its name in addresses.
    #[arg(value_name = "SLUG", allow_hyphen_values = true)]
    pub slug: String,
}

/// `latchkey provider add`.
#[derive(Debug, Args)]
pub struct AddProvider {
    /// What it is.
    #[arg(value_enum, value_name = "KIND")]
    pub kind: Kind,
    /// Its name in addresses: 2 to 32 of a-z, 0-9 and the hyphen [default: its kind].
    #[arg(long, value_name = "SLUG")]
    pub slug: Option<String>,
    /// The settings.
    #[command(flatten)]
    pub fields: ProviderFields,
}

/// `latchkey provider update`.
#[derive(Debug, Args)]
#[command(
    after_help = "A flag that may be repeated replaces the whole list. An empty text, as in \
                        --hosted-domain \"\", removes what was set."
)]
pub struct UpdateProvider {
    /// Its name in addresses.
    #[arg(value_name = "SLUG", allow_hyphen_values = true)]
    pub slug: String,
    /// What to change.
    #[command(flatten)]
    pub fields: ProviderFields,
}

/// `latchkey provider remove`.
#[derive(Debug, Args)]
pub struct RemoveProvider {
    /// Its name in addresses.
    #[arg(value_name = "SLUG", allow_hyphen_values = true)]
    pub slug: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// The settings of a provider, as far as they are named on the command line.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ProviderFields {
    /// Its name on the button.
    #[arg(long)]
    pub label: Option<String>,
    /// Its issuer, to the letter; oidc needs one, and a GitHub Enterprise Server has its own.
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// What it calls Latchkey.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub client_id: Option<String>,
    /// A file with the client secret on its first line.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_secret_stdin", "private_key_file"])]
    pub client_secret_file: Option<PathBuf>,
    /// Read the client secret from standard input.
    #[arg(long, conflicts_with = "private_key_file")]
    pub client_secret_stdin: bool,
    /// A file with the private key in PEM (PKCS#8): Apple's, or one to sign statements with.
    #[arg(long, value_name = "FILE")]
    pub private_key_file: Option<PathBuf>,
    /// How Latchkey proves itself there [default: the secret in the header for oidc, in the body for
    /// the others].
    #[arg(long, value_enum, value_name = "METHOD")]
    pub auth_method: Option<Method>,
    /// A scope to ask for; may be repeated [default: what tells address and name].
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// Google: the Workspace domain that accounts have to be of.
    #[arg(long, value_name = "DOMAIN", help_heading = "Particular to a kind")]
    pub hosted_domain: Option<String>,
    /// Microsoft: whose accounts; a tenant's id or domain, common, organizations or consumers
    /// [default: common].
    #[arg(long, value_name = "TENANT", help_heading = "Particular to a kind")]
    pub tenant: Option<String>,
    /// Apple: the id of the team.
    #[arg(long, value_name = "ID", help_heading = "Particular to a kind")]
    pub team_id: Option<String>,
    /// The id of the private key.
    #[arg(long, value_name = "ID", help_heading = "Particular to a kind")]
    pub key_id: Option<String>,
    /// Whoever has no account gets one [default: yes].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true, help_heading = "Who is let in")]
    pub registration: Option<bool>,
    /// A domain at which people need a confirmed address; may be repeated [default: anywhere].
    #[arg(long = "allowed-domain", value_name = "DOMAIN", help_heading = "Who is let in")]
    pub allowed_domains: Vec<String>,
    /// What has to be so, like "hd equals example.com"; may be repeated.
    #[arg(long = "required-claim", value_name = "CONDITION", help_heading = "Who is let in")]
    pub required_claims: Vec<String>,
    /// An address that it says somebody owns is theirs here, too [default: no].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true, help_heading = "What is believed")]
    pub trust_email: Option<bool>,
    /// Whether it counts as a second factor [default: never].
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "What is believed")]
    pub counts_as_second_factor: Option<Trust>,
    /// Whoever is connected with it may prove a second factor by signing in there anew [default: no].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true, help_heading = "What is believed")]
    pub second_factor: Option<bool>,
    /// A value of acr that says that several factors were proved; may be repeated.
    #[arg(long = "strong-acr", value_name = "ACR", help_heading = "What is believed")]
    pub strong_acr: Vec<String>,
    /// What its claims become, like "groups contains admins -> role administrator at each sign-in"; may
    /// be repeated.
    #[arg(long = "rule", value_name = "RULE", help_heading = "What is believed")]
    pub rules: Vec<String>,
    /// A domain of addresses that lead to it; may be repeated.
    #[arg(long = "login-domain", value_name = "DOMAIN", help_heading = "How people get there")]
    pub login_domains: Vec<String>,
    /// It has no button [default: no].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true, help_heading = "How people get there")]
    pub hidden: Option<bool>,
    /// Its place among the buttons, the smallest first [default: behind the others].
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        help_heading = "How people get there"
    )]
    pub position: Option<i32>,
    /// Who signs out here is sent there to sign out as well [default: no].
    #[arg(long, visible_alias = "sign-out-there", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true, help_heading = "How people get there")]
    pub pass_sign_out: Option<bool>,
}

impl ProviderFields {
    /// Whether nothing is named at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Google.
    Google,
    /// Any OpenID provider, by its issuer.
    Oidc,
    /// Microsoft Entra ID, and personal accounts.
    Microsoft,
    /// Apple.
    Apple,
    /// GitHub, or a GitHub Enterprise Server.
    Github,
    /// Facebook.
    Facebook,
}

/// How Latchkey proves itself at a provider (OIDC Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Method {
    /// The secret in the Authorization header.
    ClientSecretBasic,
    /// The secret in the body.
    ClientSecretPost,
    /// A statement signed with a private key.
    PrivateKeyJwt,
    /// Not at all: PKCE alone.
    None,
}

/// Whether a provider counts as a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Trust {
    /// It is one factor.
    Never,
    /// Where acr or amr say so.
    WhenSaid,
    /// Always.
    Always,
}

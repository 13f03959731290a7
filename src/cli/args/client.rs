//! `latchkey client`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::parse_duration;

/// `latchkey client`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    latchkey client add notes --name \"ACME Notes\" --redirect-uri https://notes.example.com/callback\n  \
    latchkey client add cli --public --native --redirect-uri http://127.0.0.1/callback\n  \
    latchkey client rotate-secret notes")]
pub struct ClientArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ClientCommand,
}

/// What `latchkey client` can do.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register an app, and print its secret once.
    Add(Box<AddClient>),
    /// List the apps.
    List,
    /// Show an app.
    Show {
        /// The client id.
        #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
        id: String,
    },
    /// Change an app's registration; what is not named stays as it is.
    Update(Box<UpdateClient>),
    /// Make a new secret, and print it once.
    RotateSecret(RotateSecret),
    /// Disable an app: nothing it presents is honoured until it is enabled again.
    Disable {
        /// The client id.
        #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
        id: String,
    },
    /// Enable a disabled app: what it was given before works again.
    Enable {
        /// The client id.
        #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
        id: String,
    },
    /// Remove an app, and end its access.
    Remove(RemoveClient),
}

/// `latchkey client add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    latchkey client add notes --name \"ACME Notes\" --redirect-uri https://notes.example.com/callback\n  \
    latchkey client add report --grant client_credentials --scope reports.read")]
pub struct AddClient {
    /// The client id: 3 to 64 of a-z, 0-9 and the hyphen; never used again, even when removed.
    #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
    pub id: String,
    /// The registration.
    #[command(flatten)]
    pub fields: ClientFields,
}

/// `latchkey client update`.
#[derive(Debug, Args)]
#[command(
    after_help = "A flag that may be repeated replaces the whole list. An empty text, as in \
                        --logo-uri \"\", removes what was set."
)]
pub struct UpdateClient {
    /// The client id.
    #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
    pub id: String,
    /// What to change.
    #[command(flatten)]
    pub fields: ClientFields,
}

/// `latchkey client rotate-secret`.
#[derive(Debug, Args)]
pub struct RotateSecret {
    /// The client id.
    #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
    pub id: String,
    /// How long earlier secrets stay valid, like 24h; 0 ends them now.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "24h")]
    pub keep_old: Duration,
}

/// `latchkey client remove`.
#[derive(Debug, Args)]
pub struct RemoveClient {
    /// The client id.
    #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
    pub id: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// The registration of an app, as far as it is named on the command line.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ClientFields {
    /// The name that people see.
    #[arg(long)]
    pub name: Option<String>,
    /// It cannot keep a secret: an app in a browser or on a device.
    #[arg(long, conflicts_with = "confidential", help_heading = "Kind")]
    public: bool,
    /// It keeps a secret: an app on a server (the default).
    #[arg(long, help_heading = "Kind")]
    confidential: bool,
    /// It runs on people's own devices (RFC 8252): any port of a loopback address may be used.
    #[arg(long, conflicts_with = "web", help_heading = "Kind")]
    native: bool,
    /// It is reached through the web (the default).
    #[arg(long, help_heading = "Kind")]
    web: bool,
    /// An address people are sent back to after signing in; compared exactly; may be repeated.
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// An address people are sent back to after signing out; may be repeated.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub post_logout_redirect_uris: Vec<String>,
    /// A scope it may ask for; may be repeated [default: openid profile email].
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// A grant it may use; may be repeated [default: the first two].
    #[arg(long = "grant", value_enum, value_name = "GRANT")]
    pub grants: Vec<Grant>,
    /// It is ours: people are not asked for consent [default: no].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL",
          require_equals = true)]
    pub first_party: Option<bool>,
    /// How it authenticates at the token endpoint; a secret is taken in a header and in a form
    /// alike [default: the header, or none for a public one].
    #[arg(long, value_enum, value_name = "METHOD")]
    pub auth_method: Option<AuthMethod>,
    /// Whether PKCE is required, or a nonce will do instead [default: nonce, or required for a
    /// public one].
    #[arg(long, value_enum, value_name = "POLICY")]
    pub pkce: Option<Pkce>,
    /// Whether everybody who signs in to it proves a second factor, or as the settings and the roles
    /// say [default: as-configured].
    #[arg(long, value_enum, value_name = "RULE")]
    pub second_factor: Option<SecondFactor>,
    /// The provider (its name in addresses) that people go to at once who are not signed in; none for our own
    /// page [default: none].
    #[arg(long, value_name = "SLUG", allow_hyphen_values = true)]
    pub provider: Option<String>,
    /// Its logo.
    #[arg(long, value_name = "URI", help_heading = "Pages of the app")]
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    #[arg(long, value_name = "URI", help_heading = "Pages of the app")]
    pub policy_uri: Option<String>,
    /// Its terms of service.
    #[arg(long, value_name = "URI", help_heading = "Pages of the app")]
    pub tos_uri: Option<String>,
    /// Its home page.
    #[arg(long, value_name = "URI", help_heading = "Pages of the app")]
    pub client_uri: Option<String>,
    /// How long its access tokens live, like 5m; 0 for the general setting.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Lifetimes")]
    pub access_token_lifetime: Option<Duration>,
    /// How long its ID tokens live.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Lifetimes")]
    pub id_token_lifetime: Option<Duration>,
    /// How long it can refresh its tokens before people sign in anew, like 30days.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Lifetimes")]
    pub refresh_token_lifetime: Option<Duration>,
    /// How long a refresh token lives when it is not used, like 7days.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Lifetimes")]
    pub refresh_token_idle: Option<Duration>,
}

/// Whether a client keeps a secret (OAuth 2.1 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// It cannot.
    Public,
    /// It does.
    Confidential,
}

/// Where an app runs (OIDC Registration §2, `application_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// On people's devices.
    Native,
    /// Behind a web address.
    Web,
}

impl ClientFields {
    /// The kind, when it is named.
    pub fn kind(&self) -> Option<ClientKind> {
        match (self.public, self.confidential) {
            (true, _) => Some(ClientKind::Public),
            (_, true) => Some(ClientKind::Confidential),
            (false, false) => None,
        }
    }

    /// The platform, when it is named.
    pub fn platform(&self) -> Option<Platform> {
        match (self.native, self.web) {
            (true, _) => Some(Platform::Native),
            (_, true) => Some(Platform::Web),
            (false, false) => None,
        }
    }

    /// Whether nothing is named at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A grant a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Grant {
    /// A person signs in and allows it.
    AuthorizationCode,
    /// It stays signed in.
    RefreshToken,
    /// It acts for itself.
    ClientCredentials,
}

/// How a client authenticates (OIDC Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Its secret in the Authorization header.
    ClientSecretBasic,
    /// Its secret in the body.
    ClientSecretPost,
    /// It has no secret.
    None,
}

/// Whether an app, or a role, asks people for a second factor by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecondFactor {
    /// It does, whatever the settings say.
    Required,
    /// It does not: the settings, and whatever else applies, decide.
    AsConfigured,
}

impl SecondFactor {
    /// Whether it is asked for.
    pub fn is_required(self) -> bool {
        self == Self::Required
    }
}

/// What protects a client's authorization codes from injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pkce {
    /// PKCE, always (RFC 7636).
    Required,
    /// PKCE or, where the app checks one, a nonce; for confidential clients only (OAuth 2.1 §7.5.1).
    Nonce,
    /// Nothing, if the app sends nothing; for confidential clients only, and for OpenID's
    /// certification tests.
    Optional,
}

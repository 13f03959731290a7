//! Relying parties.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::provider::Slug;
use super::redirect_uri::RedirectUri;
use super::scope::{self, Scopes};
use crate::kernel::ids::ClientSecretId;
use crate::kernel::token_hash::TokenHash;

/// The prefix by which secret scanners recognise a client secret.
pub const SECRET_PREFIX: &str = "lk_cs_";

/// A client identifier: 3 to 64 of `a-z`, `0-9` and `-`. Never reused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

/// The text is no client identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client id has 3 to 64 of the characters a-z, 0-9 and -")]
pub struct InvalidClientId;

impl FromStr for ClientId {
    type Err = InvalidClientId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = (3..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidClientId) }
    }
}

impl ClientId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As in metadata and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::client::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::domain::client::UnknownValue),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_enum;

/// The text is not one of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown value")]
pub struct UnknownValue;

text_enum! {
    /// What kind of program it is (OIDC Registration §2).
    ApplicationType {
        /// Runs on a server, or in a browser page served by one.
        Web = "web",
        /// Runs on the person's device.
        Native = "native",
    }
}

text_enum! {
    /// How a client proves itself at the token endpoint (OIDC Core §9).
    AuthMethod {
        /// The secret in the Authorization header (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the body.
        ClientSecretPost = "client_secret_post",
        /// Not at all: a public client.
        None = "none",
    }
}

text_enum! {
    /// A way to get tokens.
    GrantType {
        /// By an authorization code (RFC 6749 §4.1).
        AuthorizationCode = "authorization_code",
        /// By a refresh token (RFC 6749 §6).
        RefreshToken = "refresh_token",
        /// As the client itself (RFC 6749 §4.4).
        ClientCredentials = "client_credentials",
    }
}

text_enum! {
    /// Whether a code needs PKCE (RFC 7636). Public clients always do.
    PkcePolicy {
        /// Every authorization request must carry a challenge.
        Required = "required",
        /// A confidential OpenID client may rely on its `nonce` instead (RFC 9700 §2.1.1).
        NonceSuffices = "nonce_suffices",
        /// A confidential client may do without either: OIDC Core §3.1.2.1 leaves the `nonce`
        /// optional for the code flow, and OpenID's certification insists on that.
        Optional = "optional",
    }
}

impl PkcePolicy {
    /// What a client gets unless its operator says otherwise. Many libraries that keep a secret send
    /// a nonce and no challenge by themselves, and check it; a public client has nothing else.
    #[must_use]
    pub fn default_for(method: AuthMethod) -> Self {
        match method {
            AuthMethod::None => Self::Required,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => Self::NonceSuffices,
        }
    }
}

/// One of a client's secrets; several may live at once while they are rotated.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    /// The row.
    pub id: ClientSecretId,
    /// SHA-256 of the secret.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A relying party, with its secrets.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: ClientId,
    /// What people call it.
    pub name: String,
    /// On a server or on a device.
    pub application_type: ApplicationType,
    /// How it authenticates. A secret is taken in the header and in the body, whichever is named.
    pub auth_method: AuthMethod,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where browsers may be sent after a sign-out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may ask for.
    pub scopes: Scopes,
    /// How it may get tokens.
    pub grant_types: Vec<GrantType>,
    /// The operator's own app: people are not asked for consent.
    pub first_party: bool,
    /// Whether PKCE is needed.
    pub pkce: PkcePolicy,
    /// Whether people prove a second factor to sign in to it.
    pub needs_second_factor: bool,
    /// The provider that people are sent to who are not signed in.
    pub provider: Option<Slug>,
    /// Own lifetimes.
    pub lifetimes: ClientLifetimes,
    /// Its web pages and pictures.
    pub links: ClientLinks,
    /// Its secrets, newest first; expired ones included.
    pub secrets: Vec<ClientSecret>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when it is disabled: it keeps everything, and gets nothing.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Lifetimes in seconds where a client's differ from the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientLifetimes {
    /// Of access tokens.
    pub access_token: Option<u32>,
    /// Of ID tokens.
    pub id_token: Option<u32>,
    /// Of an unused refresh token.
    pub refresh_idle: Option<u32>,
    /// Of a family of refresh tokens.
    pub refresh_absolute: Option<u32>,
}

/// A client's web pages and pictures (OIDC Registration §2); https only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientLinks {
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
}

impl Client {
    /// Whether it has no secret to prove itself with (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }

    /// Whether it may get tokens in this way.
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The registered redirect URI that `sent` matches.
    pub fn matching_redirect_uri(&self, sent: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|uri| uri.matches(sent, self.application_type))
    }

    /// Whether `sent` is a registered place to go after a sign-out.
    pub fn allows_post_logout(&self, sent: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|uri| uri.matches(sent, self.application_type))
    }

    /// What it may do for itself: the scopes that are not about a person.
    pub fn own_scopes(&self) -> Scopes {
        let personal: Scopes = scope::STANDARD.iter().copied().collect();
        self.scopes.difference(&personal)
    }

    /// Whether `secret` is one of its live secrets. Every stored one is compared, each in constant
    /// time, so that the time does not tell which one it was.
    pub fn has_secret(&self, secret: &str, now: DateTime<Utc>) -> bool {
        let presented = TokenHash::of(secret);
        let is_live = |stored: &&ClientSecret| stored.expires_at.is_none_or(|expiry| now < expiry);
        self.secrets.iter().filter(is_live).filter(|stored| stored.hash == presented).count() > 0
    }

    /// Whether `secret` is or was one of its secrets: to tell why one is refused, never to accept it.
    pub fn had_secret(&self, secret: &str) -> bool {
        let presented = TokenHash::of(secret);
        self.secrets.iter().filter(|stored| stored.hash == presented).count() > 0
    }

    /// Whether an authorization request must carry a PKCE challenge. Its nonce counts only where an
    /// ID token brings it back.
    pub fn needs_pkce(&self, nonce_comes_back: bool) -> bool {
        match self.pkce {
            PkcePolicy::Required => true,
            PkcePolicy::NonceSuffices => self.is_public() || !nonce_comes_back,
            PkcePolicy::Optional => self.is_public(),
        }
    }
}

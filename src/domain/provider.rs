//! Providers that people sign in with.

mod issuer;
mod policy;
mod slug;

use chrono::{DateTime, Utc};

use super::client::text_enum;
use super::sealed::Sealed;
use crate::kernel::ids::ProviderId;

pub use issuer::{InvalidUpstreamIssuer, UpstreamIssuer};
pub use policy::{NotAdmitted, ProviderPolicy};
pub use slug::{InvalidSlug, RESERVED, Slug};

text_enum! {
    /// What a provider speaks, and what is particular about it.
    ProviderKind {
        /// Google.
        Google = "google",
        /// Any provider that OpenID Connect Discovery tells about.
        Oidc = "oidc",
        /// Microsoft Entra ID, and personal accounts at Microsoft.
        Microsoft = "microsoft",
        /// Apple.
        Apple = "apple",
        /// GitHub, or a GitHub Enterprise Server.
        Github = "github",
        /// Facebook.
        Facebook = "facebook",
    }
}

text_enum! {
    /// How Latchkey proves itself at the provider's token endpoint (OIDC Core §9).
    UpstreamAuth {
        /// The secret in the Authorization header.
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the body.
        ClientSecretPost = "client_secret_post",
        /// A statement signed with a private key (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
        /// Not at all: PKCE alone.
        None = "none",
    }
}

text_enum! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    /// Whether signing in at the provider counts as a second factor.
    SecondFactorTrust {
        /// It is one factor.
        Never = "never",
        /// Where the provider says that several were proved, in `acr` or `amr`.
        WhenSaid = "when-said",
        /// Always.
        Always = "always",
    }
}

/// A provider that people sign in with.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its name on buttons.
    pub label: String,
    /// Who vouches. With [`ProviderKind::Microsoft`] and several tenants, what they are below.
    pub issuer: UpstreamIssuer,
    /// What it calls us.
    pub client_id: String,
    /// How we prove ourselves there.
    pub auth: UpstreamAuth,
    /// The secret, or the private key in PEM.
    pub secret: Option<Sealed>,
    /// What it is asked for, and what of its answers is believed.
    pub policy: ProviderPolicy,
    /// Its place among the buttons; the smallest first.
    pub position: i32,
    /// There is no button: only who knows of it gets there.
    pub hidden: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Since when nobody signs in with it.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl ProviderKind {
    /// What it is called unless the operator says otherwise.
    pub fn label(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Oidc => "OpenID Connect",
            Self::Microsoft => "Microsoft",
            Self::Apple => "Apple",
            Self::Github => "GitHub",
            Self::Facebook => "Facebook",
        }
    }

    /// Who vouches, where there is only one; with Microsoft, for this tenant.
    pub fn issuer(self, tenant: Option<&str>) -> Option<String> {
        match self {
            Self::Google => Some("https://accounts.google.com".to_owned()),
            Self::Oidc => None,
            Self::Microsoft => {
                let tenant = tenant.unwrap_or("common");
                Some(format!("https://login.microsoftonline.com/{tenant}/v2.0"))
            }
            Self::Apple => Some("https://appleid.apple.com".to_owned()),
            Self::Github => Some("https://github.com".to_owned()),
            Self::Facebook => Some("https://www.facebook.com".to_owned()),
        }
    }

    /// What it is asked for unless the operator says otherwise.
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Google | Self::Oidc | Self::Microsoft => &["openid", "email", "profile"],
            Self::Apple => &["openid", "email", "name"],
            Self::Github => &["read:user", "user:email"],
            Self::Facebook => &["public_profile", "email"],
        }
    }

    /// How we prove ourselves there unless the operator says otherwise.
    pub fn auth(self) -> UpstreamAuth {
        match self {
            Self::Oidc => UpstreamAuth::ClientSecretBasic,
            Self::Google | Self::Microsoft | Self::Apple | Self::Github | Self::Facebook => {
                UpstreamAuth::ClientSecretPost
            }
        }
    }

    /// Whether it tells who somebody is by an ID token (OIDC Core), and not by an API of its own.
    pub fn is_openid(self) -> bool {
        match self {
            Self::Google | Self::Oidc | Self::Microsoft | Self::Apple => true,
            Self::Github | Self::Facebook => false,
        }
    }

    /// Whether it can say when it last asked somebody who they are (OIDC Core §2, `auth_time`). One that cannot
    /// proves nothing anew.
    pub fn tells_auth_time(self) -> bool {
        match self {
            Self::Oidc | Self::Microsoft | Self::Apple => true,
            Self::Google | Self::Github | Self::Facebook => false,
        }
    }

    /// Whether its answer comes as a form that the provider's page sends (OAuth 2.0 Form Post
    /// Response Mode), without our cookies.
    pub fn answers_by_post(self) -> bool {
        self == Self::Apple
    }
}

impl Provider {
    /// Whether somebody can sign in with it.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether it has a button.
    pub fn is_offered(&self) -> bool {
        self.is_enabled() && !self.hidden
    }

    /// The path that its answers come to.
    pub fn callback_path(&self) -> String {
        format!("/auth/{}/callback", self.slug)
    }

    /// The path that it tells the end of its sessions to (OpenID Connect Back-Channel Logout §2.2).
    pub fn backchannel_logout_path(&self) -> String {
        format!("/auth/{}/backchannel-logout", self.slug)
    }

    /// The path that it sends the browser back to from signing out (OpenID Connect RP-Initiated Logout
    /// §2).
    pub fn signed_out_path(&self) -> String {
        format!("/auth/{}/signed-out", self.slug)
    }

    /// Whether who came from it and signs out here is sent there to sign out as well.
    pub fn passes_sign_outs_on(&self) -> bool {
        self.is_enabled() && self.policy.sign_out && self.kind.is_openid()
    }

    /// Whether an address at this domain (lower case, IDNA) leads to it.
    pub fn owns_domain(&self, domain: &str) -> bool {
        self.is_enabled() && self.policy.login_domains.iter().any(|owned| owned == domain)
    }
}

//! OAuth and OpenID Connect, without HTTP.

use std::sync::Arc;

use self::client_auth::Guesses;
use crate::crypto::keyring::Keyring;
use crate::identity::{Offers, SettingsCache};
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;
use crate::storage::{Db, ProviderCache};

pub mod access_token;
pub mod authorize;
pub mod client_auth;
pub mod discovery;
mod engine;
pub mod error;
pub mod first_party;
pub mod introspection;
pub mod issue;
pub mod jwks;
pub mod keys;
pub mod logout;
pub mod params;
mod presented_token;
pub mod refusals;
mod resource;
pub mod revocation;
pub mod token;
pub mod userinfo;

/// Everything the endpoints need. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    /// Who we are.
    pub issuer: Arc<Issuer>,
    /// The database.
    pub db: Db,
    /// Time and randomness.
    pub env: Env,
    /// The signing keys.
    pub keyring: Arc<Keyring>,
    /// What operators can change.
    pub settings: SettingsCache,
    /// How many reasons of refusals are kept.
    pub refusals: refusals::Budget,
    /// How many wrong client secrets came.
    pub guesses: Arc<Guesses>,
    /// What this installation does for people; `prompt=create` is of use where they may register.
    pub offers: Offers,
    /// Where else people sign in.
    pub elsewhere: ProviderCache,
}

/// The paths of the endpoints, below the issuer.
pub mod paths {
    /// OpenID Connect Discovery §4.
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    /// RFC 8414 §3.
    pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
    /// RFC 7517.
    pub const JWKS: &str = "/oauth2/jwks";
    /// RFC 6749 §3.1.
    pub const AUTHORIZE: &str = "/oauth2/authorize";
    /// Where a finished step of a sign-in goes back to.
    pub const CONTINUE: &str = "/oauth2/authorize/continue";
    /// RFC 6749 §3.2.
    pub const TOKEN: &str = "/oauth2/token";
    /// RFC 7662 §2.
    pub const INTROSPECT: &str = "/oauth2/introspect";
    /// RFC 7009 §2.
    pub const REVOKE: &str = "/oauth2/revoke";
    /// OIDC Core §5.3.
    pub const USERINFO: &str = "/oauth2/userinfo";
    /// OpenID Connect RP-Initiated Logout §2.
    pub const LOGOUT: &str = "/oauth2/logout";
}

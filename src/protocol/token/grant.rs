//! The grants: what is unique to each is in its own file, and this is the table.

use chrono::{DateTime, Utc};

use super::authorization_code::AuthorizationCode;
use super::client_credentials::ClientCredentials;
use super::refresh_token::RefreshTokenGrant;
use crate::domain::client::{Client, GrantType};
use crate::domain::setting::Settings;
use crate::kernel::ids::{GrantId, UserId};
use crate::protocol::Provider;
use crate::protocol::error::Refusal;
use crate::protocol::issue::Issued;
use crate::protocol::params::Params;
use crate::storage::{Stop, Tx};

/// What a grant works with.
pub struct Redeeming<'a> {
    /// Keys, clock, issuer.
    pub provider: &'a Provider,
    /// The settings of the moment.
    pub settings: &'a Settings,
    /// The client, authenticated and allowed to use this grant.
    pub client: &'a Client,
    /// The grant's own parameters; all others were taken out.
    pub params: &'a Params,
    /// When.
    pub now: DateTime<Utc>,
}

/// What came of it.
pub struct Redeemed {
    /// The tokens, unsigned.
    pub issued: Issued,
    /// For whom, and under which grant; `None`: the client acts for itself.
    pub on_behalf: Option<(UserId, GrantId)>,
}

/// A way to get tokens.
pub trait Grant: Sync {
    /// Its name.
    fn grant_type(&self) -> GrantType;

    /// The parameters that it reads, besides `grant_type` and those of client authentication.
    fn params(&self) -> &'static [&'static str];

    /// Whether it only reads, so that success leaves no row, not even in the audit trail.
    fn is_stateless(&self) -> bool {
        false
    }

    /// Checks what was presented, spends it, and writes the rows of the new tokens.
    fn redeem(&self, tx: &mut Tx, redeeming: &Redeeming) -> Result<Redeemed, Stop<Refusal>>;
}

/// Every grant of the token endpoint. Discovery and registration derive from it.
pub const GRANTS: &[&dyn Grant] = &[&AuthorizationCode, &RefreshTokenGrant, &ClientCredentials];

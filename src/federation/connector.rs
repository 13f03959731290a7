//! What is particular about each kind of provider: a trait for those that speak OpenID Connect, one for
//! those that do not, and the table.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::call::{Call, Proof};
use super::connectors::{apple, facebook, github, google, microsoft, oidc};
use super::error::{FederationError, TokenProblem};
use super::trip::{Hints, UpstreamAnswer};
use crate::domain::provider::{Provider, ProviderKind};
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::secret::Secret;

/// What only an ID token says: how, when and for whom somebody signed in, and whose account it is. A profile
/// that says so was perhaps written by the person.
pub(super) const OF_TOKENS: &[&str] =
    &["acr", "amr", "auth_time", "sid", "azp", "nonce", "at_hash", "aud", "hd"];

/// A JSON object.
pub(super) type Claims = Map<String, Value>;

/// What is particular about a kind of provider.
#[derive(Clone, Copy)]
pub(super) enum Connector {
    /// It has discovery and ID tokens.
    OpenId(&'static dyn OpenId),
    /// It has an API.
    OAuth(&'static dyn OAuth),
}

impl Connector {
    /// The table.
    pub(super) fn of(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Google => Self::OpenId(&google::Google),
            ProviderKind::Oidc => Self::OpenId(&oidc::Oidc),
            ProviderKind::Microsoft => Self::OpenId(&microsoft::Microsoft),
            ProviderKind::Apple => Self::OpenId(&apple::Apple),
            ProviderKind::Github => Self::OAuth(&github::Github),
            ProviderKind::Facebook => Self::OAuth(&facebook::Facebook),
        }
    }
}

/// A provider that speaks OpenID Connect. Whoever keeps to the specifications needs none of these.
pub(super) trait OpenId: Sync {
    /// What it calls this `prompt`.
    fn prompt<'a>(&self, wanted: &'a str) -> &'a str {
        wanted
    }

    /// What else it is sent.
    fn parameters(&self, _provider: &Provider, _hints: &Hints) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Whether its metadata may name this issuer.
    fn knows_itself(&self, provider: &Provider, issuer: &str) -> bool {
        issuer == provider.issuer.as_str()
    }

    /// The issuer that an ID token with these claims, which nothing was checked of yet, must have.
    fn issuer(
        &self,
        _provider: &Provider,
        discovered: &str,
        _unverified: &Claims,
    ) -> Result<String, TokenProblem> {
        Ok(discovered.to_owned())
    }

    /// How we prove ourselves.
    fn proof(&self, call: &Call<'_>, token_endpoint: &str) -> Result<Proof, FederationError> {
        call.proof(token_endpoint)
    }

    /// Whether the userinfo endpoint is asked where the ID token has no address.
    fn asks_userinfo(&self) -> bool {
        true
    }

    /// Who it is. The claims are those of an ID token that was checked in full, `iss` and `sub` among them.
    fn person(
        &self,
        provider: &Provider,
        claims: Claims,
        answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError>;
}

/// A provider that speaks OAuth 2.0, and tells who somebody is by an API of its own.
pub(super) trait OAuth: Sync {
    /// Where the browser goes.
    fn authorization_endpoint(&self, provider: &Provider) -> String;

    /// Where the code goes.
    fn token_endpoint(&self, provider: &Provider) -> String;

    /// What else it is sent.
    fn parameters(&self, _hints: &Hints) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Who it is.
    fn person<'a>(
        &'a self,
        call: &'a Call<'a>,
        access_token: &'a Secret<String>,
    ) -> BoxFuture<'a, Result<UpstreamPerson, FederationError>>;
}

/// The person of these claims, by `iss` and `sub`.
pub(super) fn standard(claims: Claims) -> Result<UpstreamPerson, FederationError> {
    let text = |name| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (issuer, subject) = (text("iss"), text("sub"));
    identified(&issuer, &subject, claims)
}

/// The person whom `issuer` calls `subject`.
pub(super) fn identified(
    issuer: &str,
    subject: &str,
    claims: Claims,
) -> Result<UpstreamPerson, FederationError> {
    UpstreamPerson::from_claims(issuer, subject, claims).map_err(|_| {
        FederationError::Identity("its identifier is empty, too long, or has odd characters")
    })
}

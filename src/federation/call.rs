//! One provider, and the means to ask it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::error::FederationError;
use super::wire::Wire;
use crate::crypto::jose::client_key::ClientKey;
use crate::crypto::master_ring::MasterRing;
use crate::crypto::provider_secret;
use crate::domain::provider::{Provider, UpstreamAuth};
use crate::kernel::secret::Secret;

/// How long a statement of ours is good for, in seconds: it is made for one use.
const STATEMENT: i64 = 60;

/// One provider, and the means to ask it.
pub(super) struct Call<'a> {
    pub(super) provider: &'a Provider,
    pub(super) ring: &'a MasterRing,
    pub(super) wire: Wire,
}

/// How we prove ourselves at the token endpoint.
pub(super) enum Proof {
    /// The secret in the Authorization header.
    Basic(Secret<String>),
    /// The secret in the body.
    Post(Secret<String>),
    /// A signed statement in the body (RFC 7523 §2.2).
    Statement(Secret<String>),
    /// Nothing but PKCE.
    Nothing,
}

/// A statement about ourselves (OIDC Core §9, and what Apple takes for a secret).
#[derive(Serialize)]
pub(super) struct Statement<'a> {
    pub(super) iss: &'a str,
    pub(super) sub: &'a str,
    pub(super) aud: &'a str,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
}

impl Call<'_> {
    /// The secret, or the private key.
    pub(super) fn opened_secret(&self) -> Result<Secret<String>, FederationError> {
        let missing = FederationError::Misconfigured("it has no secret");
        let sealed = self.provider.secret.as_ref().ok_or(missing)?;
        provider_secret::open(self.ring, self.provider.id, sealed).map_err(|error| {
            tracing::error!(%error, "a provider's secret does not open");
            FederationError::Misconfigured("its secret does not open")
        })
    }

    /// The private key, ready to sign.
    pub(super) fn key(&self) -> Result<ClientKey, FederationError> {
        let key_id = self.provider.policy.key_id.as_deref();
        ClientKey::from_pem(key_id, &self.opened_secret()?).map_err(|_| {
            FederationError::Misconfigured(
                "its private key is no RSA key of 2048 bits and no P-256 key in PEM (PKCS#8)",
            )
        })
    }

    /// A statement by `iss` for `aud`, signed for one use.
    pub(super) fn statement(
        &self,
        key: &ClientKey,
        iss: &str,
        aud: &str,
    ) -> Result<Secret<String>, FederationError> {
        let iat = self.wire.env.now().timestamp();
        let (sub, exp) = (self.provider.client_id.as_str(), iat + STATEMENT);
        let jti = self.wire.env.random_id();
        let unsigned = FederationError::Misconfigured("its private key signs nothing");
        key.sign(&Statement { iss, sub, aud, iat, exp, jti }).map_err(|_| unsigned)
    }

    /// How we prove ourselves, as the settings say.
    pub(super) fn proof(&self, token_endpoint: &str) -> Result<Proof, FederationError> {
        Ok(match self.provider.auth {
            UpstreamAuth::ClientSecretBasic => Proof::Basic(self.opened_secret()?),
            UpstreamAuth::ClientSecretPost => Proof::Post(self.opened_secret()?),
            UpstreamAuth::PrivateKeyJwt => {
                let client_id = &self.provider.client_id;
                Proof::Statement(self.statement(&self.key()?, client_id, token_endpoint)?)
            }
            UpstreamAuth::None => Proof::Nothing,
        })
    }

    /// What is asked for, each once, `openid` left out.
    pub(super) fn scopes(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let scopes = self.provider.policy.scopes.iter().map(String::as_str);
        scopes.filter(|scope| *scope != "openid" && seen.insert(*scope)).collect()
    }
}

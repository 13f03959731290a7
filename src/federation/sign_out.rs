//! Signing out elsewhere: what a provider says of the end of its sessions, and where a browser goes to
//! end one.

use std::time::Duration;

use url::Url;

use super::connector::{Connector, OpenId};
use super::error::{FederationError, TokenProblem};
use super::{Call, Federation, in_time, logout_token, may_go, openid, strict};
use crate::crypto::upstream_hint;
use crate::domain::provider::Provider;
use crate::domain::sealed::Sealed;
use crate::domain::upstream::IdToken;
use crate::domain::upstream_session::UpstreamLogout;
use crate::kernel::ids::UpstreamSessionId;
use crate::kernel::secret::Secret;
use crate::outbound::OutboundError;

/// The longest ID token that is kept to sign out with, in bytes: it stands in an address, and servers take
/// no longer ones than 8 KiB altogether. Without one the provider asks the person.
const LONGEST_HINT: usize = 6 * 1024;

/// How long a person who signs out waits for the provider to say where that is done there.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a browser says that comes to sign out (OpenID Connect RP-Initiated Logout §2).
#[derive(Clone, Debug)]
pub struct Goodbye {
    /// Of which session.
    pub id_token_hint: Option<Secret<String>>,
    /// Where the browser comes back to.
    pub post_logout_redirect_uri: String,
    /// What it brings back.
    pub state: Secret<String>,
}

impl Federation {
    /// What a logout token says, with everything checked but whether it came before.
    pub async fn logout_token(
        &self,
        provider: &Provider,
        token: &str,
    ) -> Result<UpstreamLogout, FederationError> {
        let call = self.call(provider)?;
        match Connector::of(provider.kind) {
            Connector::OpenId(kind) => in_time(self.0.patience, read(&call, kind, token)).await,
            Connector::OAuth(_) => Err(TokenProblem::Issuer.into()),
        }
    }

    /// Where a browser goes to sign out; `None`: the provider has no place for that.
    pub async fn sign_out(
        &self,
        provider: &Provider,
        goodbye: &Goodbye,
    ) -> Result<Option<Url>, FederationError> {
        let Connector::OpenId(kind) = Connector::of(provider.kind) else { return Ok(None) };
        let call = self.call(provider)?;
        let asked = tokio::time::timeout(PATIENCE, openid::discovered(&call, kind)).await;
        let found = asked.unwrap_or(Err(FederationError::Outbound(OutboundError::TimedOut)))?;
        let Some(endpoint) = found.end_session_endpoint() else { return Ok(None) };
        let unusable = FederationError::Metadata("its end_session_endpoint is no address");
        let mut url = Url::parse(endpoint).map_err(|_| unusable)?;
        if !may_go(provider, &url) {
            return Err(FederationError::Metadata("its end_session_endpoint is not https"));
        }
        url.set_fragment(None);
        let mut query = url.query_pairs_mut();
        if let Some(hint) = &goodbye.id_token_hint {
            query.append_pair("id_token_hint", hint.expose());
        }
        query
            .append_pair("client_id", &provider.client_id)
            .append_pair("post_logout_redirect_uri", &goodbye.post_logout_redirect_uri)
            .append_pair("state", goodbye.state.expose());
        drop(query);
        Ok(Some(url))
    }

    /// Seals an ID token until somebody signs out with it; `None`: it is too long for that.
    pub fn seal_hint(&self, row: UpstreamSessionId, id_token: &IdToken) -> Option<Sealed> {
        let IdToken(text) = id_token;
        let fits = text.expose().len() <= LONGEST_HINT;
        fits.then(|| upstream_hint::seal(&self.0.ring, &self.0.env, row, text))
    }

    /// The ID token again; `None`: it does not open any more.
    pub fn open_hint(&self, row: UpstreamSessionId, sealed: &Sealed) -> Option<Secret<String>> {
        upstream_hint::open(&self.0.ring, row, sealed)
    }
}

/// Nothing is fetched for a token whose claims show already that it is none.
async fn read(
    call: &Call<'_>,
    kind: &dyn OpenId,
    token: &str,
) -> Result<UpstreamLogout, FederationError> {
    let (header, said) = strict::read(token)?;
    let found = openid::discovered(call, kind).await?;
    let issuer = kind.issuer(call.provider, found.issuer(), &said)?;
    let (client_id, now) = (call.provider.client_id.as_str(), call.wire.env.now());
    let logout = logout_token::check(&header, &said, &issuer, client_id, now)?;
    match openid::check_signature(&found, &header, token) {
        Err(TokenProblem::UnknownKey) => {
            let newer = openid::renewed(call, &found).await?;
            let newer = newer.ok_or(TokenProblem::UnknownKey)?;
            openid::check_signature(&newer, &header, token)?;
        }
        checked => checked?,
    }
    Ok(logout)
}

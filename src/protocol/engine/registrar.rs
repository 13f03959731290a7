//! The engine's registrar: one client, loaded and authenticated beforehand.

use std::borrow::Cow;

use oxide_auth::primitives::registrar::{
    BoundClient, ClientUrl, ExactUrl, PreGrant, Registrar, RegistrarError,
};
use oxide_auth::primitives::scope::Scope;

use super::vocabulary::{scope_of, scopes_of};
use crate::domain::client::Client;

/// The one client of a request.
pub(super) struct OneClient<'a>(pub(super) &'a Client);

impl OneClient<'_> {
    fn is(&self, client_id: &str) -> Result<(), RegistrarError> {
        if client_id == self.0.id.as_str() { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}

impl Registrar for OneClient<'_> {
    /// Binds the request to the very redirect URI that was sent, if it is registered.
    fn bound_redirect<'a>(&self, bound: ClientUrl<'a>) -> Result<BoundClient<'a>, RegistrarError> {
        self.is(&bound.client_id)?;
        let sent = bound.redirect_uri.as_deref().ok_or(RegistrarError::Unspecified)?;
        let registered = self.0.matching_redirect_uri(sent.as_str());
        registered.ok_or(RegistrarError::Unspecified)?;
        let exact =
            ExactUrl::new(sent.as_str().to_owned()).map_err(|_| RegistrarError::Unspecified)?;
        Ok(BoundClient { client_id: bound.client_id, redirect_uri: Cow::Owned(exact.into()) })
    }

    /// Narrows the scope to what the client may ask for; what is more is dropped, and the token
    /// response says so (RFC 6749 §3.3).
    fn negotiate(
        &self,
        client: BoundClient,
        scope: Option<Scope>,
    ) -> Result<PreGrant, RegistrarError> {
        self.is(&client.client_id)?;
        let asked = scope.as_ref().map(scopes_of).unwrap_or_default();
        let allowed = asked.intersection(&self.0.scopes);
        if allowed.is_empty() {
            return Err(RegistrarError::Unspecified);
        }
        Ok(PreGrant {
            client_id: client.client_id.into_owned(),
            redirect_uri: client.redirect_uri.into_owned(),
            scope: scope_of(&allowed).ok_or(RegistrarError::PrimitiveError)?,
        })
    }

    /// The client has proved itself already; it must be the one that the request speaks of.
    fn check(&self, client_id: &str, _passphrase: Option<&[u8]>) -> Result<(), RegistrarError> {
        self.is(client_id)
    }
}

//! A client's request for itself on its way through the engine: client, scope.

use std::borrow::Cow;

use oxide_auth::code_grant::client_credentials::{
    ClientCredentials, Error, Input, Output, Request,
};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, PreGrant, Registrar as _};
use url::Url;

use super::registrar::OneClient;
use super::vocabulary::{scope_of, scopes_of};
use crate::domain::client::Client;
use crate::domain::scope::Scopes;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::params::Params;

/// The engine binds every request to an address; a client that acts for itself has none.
const NO_REDIRECT: &str = "urn:latchkey:no-redirect";

struct ClientParams<'a> {
    params: &'a Params,
    client: &'a Client,
}

impl Request for ClientParams<'_> {
    fn valid(&self) -> bool {
        true
    }

    /// The client that has proved itself.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client.id.as_str()), Cow::Borrowed(&[])))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.extension("scope")
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.extension("grant_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// Drives the request through the engine's machine. `own` is what the client may do for itself, and
/// what it gets when it asks for nothing in particular (RFC 6749 §3.3).
pub(in crate::protocol) fn negotiate(
    client: &Client,
    params: &Params,
    own: &Scopes,
) -> Result<Scopes, Refusal> {
    // The engine splits at any white space; RFC 6749 §3.3 knows the single space only.
    let asked = params.get("scope").unwrap_or_default();
    Scopes::parse(asked).map_err(|error| invalid_scope(&error, asked))?;
    let request = ClientParams { params, client };
    let registrar = OneClient(client);
    let redirect = Url::parse(NO_REDIRECT).map_err(|_| refused("bind"))?;

    let mut machine = ClientCredentials::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { client, passdata } => {
                registrar.check(client, Some(passdata)).map_err(|_| refused("authenticate"))?;
                Input::Authenticated
            }
            Output::Binding { client_id } => Input::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(redirect.clone().into()),
                },
            },
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { bound_client, scope } => {
                let granted = match scope.as_ref().map(scopes_of) {
                    None => own.clone(),
                    Some(asked) => asked.intersection(own),
                };
                if granted.is_empty() && scope.is_some() {
                    return Err(invalid_scope(own, asked));
                }
                let pre_grant = PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: scope_of(&granted).ok_or_else(|| refused("negotiate"))?,
                };
                Input::Negotiated { pre_grant }
            }
            Output::Ok { pre_grant, .. } => return Ok(scopes_of(&pre_grant.scope)),
            Output::Err(error) => return Err(refusal_of(&error)),
        };
    }
}

fn refusal_of(error: &Error) -> Refusal {
    match error {
        Error::Ignore | Error::Invalid(_) => refused("the engine's reading of the request"),
        Error::Unauthorized(..) => refused("the engine's authentication"),
        Error::Primitive(_) => refused("the engine's order of steps"),
    }
}

fn invalid_scope(expected: &dyn std::fmt::Display, got: &str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidScope,
        "check_scope",
        "RFC 6749 4.4.2",
        "none of the scope is allowed to this client, or it is malformed",
    )
    .compared(expected, got)
}

fn refused(step: &'static str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidRequest,
        "negotiate",
        "RFC 6749 4.4.2",
        "the token request is malformed",
    )
    .compared("a client's request for itself", step)
}

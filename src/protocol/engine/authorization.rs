//! The authorization request's way through the engine: redirect URI, response type, PKCE, scope.

use std::borrow::Cow;

use oxide_auth::code_grant::authorization::{Authorization, Error, Input, Output, Request};
use oxide_auth::code_grant::error::{AuthorizationError, AuthorizationErrorType};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{ClientUrl, Registrar as _};

use super::registrar::OneClient;
use super::vocabulary::scopes_of;
use crate::domain::client::Client;
use crate::domain::scope::Scopes;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::params::Params;

/// What the client gets to ask for.
pub(in crate::protocol) struct Negotiated {
    /// Within what it is registered for.
    pub scopes: Scopes,
    /// The PKCE challenge, S256.
    pub code_challenge: Option<String>,
}

struct AuthorizationParams<'a>(&'a Params);

impl Request for AuthorizationParams<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.extension("client_id")
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.extension("scope")
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.extension("redirect_uri")
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        self.extension("state")
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.extension("response_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

/// Drives the request through the engine's machine.
pub(in crate::protocol) fn negotiate(
    client: &Client,
    params: &Params,
    nonce_comes_back: bool,
) -> Result<Negotiated, Refusal> {
    // The engine splits at any white space; RFC 6749 §3.3 knows the single space only.
    Scopes::parse(params.get("scope").unwrap_or_default())
        .map_err(|error| invalid_scope(&error.to_string()))?;
    let request = AuthorizationParams(params);
    let registrar = OneClient(client);
    let challenge = params.get("code_challenge");
    let needs_pkce = client.needs_pkce(nonce_comes_back) || challenge.is_some();
    let pkce = if needs_pkce { Pkce::required() } else { Pkce::optional() };

    let mut machine = Authorization::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, redirect_uri } => {
                let url = ClientUrl {
                    client_id: Cow::Owned(client_id),
                    redirect_uri: redirect_uri.map(Cow::Owned),
                };
                let bound_client = registrar.bound_redirect(url).map_err(|_| not_this_request())?;
                Input::Bound { request: &request, bound_client }
            }
            Output::Extend => {
                let method = params.get("code_challenge_method").map(Cow::Borrowed);
                let value = pkce
                    .challenge(method, challenge.map(Cow::Borrowed))
                    .map_err(|()| not_this_request())?;
                let mut extensions = Extensions::new();
                if let Some(value) = value {
                    extensions.set(&pkce, value);
                }
                Input::Extended(extensions)
            }
            Output::Negotiate { bound_client, scope } => {
                let pre_grant = registrar.negotiate(bound_client.clone(), scope).map_err(|_| {
                    invalid_scope(params.get("scope").unwrap_or_default())
                        .compared(&client.scopes, params.get("scope").unwrap_or_default())
                })?;
                Input::Negotiated { pre_grant, state: None }
            }
            Output::Ok { pre_grant, mut extensions, .. } => {
                let is_bound = extensions.remove(&pkce).is_some();
                return Ok(Negotiated {
                    scopes: scopes_of(&pre_grant.scope),
                    code_challenge: challenge.filter(|_| is_bound).map(str::to_owned),
                });
            }
            Output::Err(error) => return Err(refusal_of(error, params)),
        };
    }
}

fn refusal_of(error: Error, params: &Params) -> Refusal {
    let mut error = error;
    match error.description().map(AuthorizationError::kind) {
        Some(AuthorizationErrorType::InvalidScope) => {
            invalid_scope(params.get("scope").unwrap_or_default())
        }
        _ => not_this_request(),
    }
}

fn invalid_scope(sent: &str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidScope,
        "assign_scope",
        "RFC 6749 3.3",
        "none of the scope is allowed to this client, or it is malformed",
    )
    .compared("scopes that the client may ask for", sent)
}

fn not_this_request() -> Refusal {
    Refusal::new(
        OAuthError::InvalidRequest,
        "negotiate",
        "RFC 6749 4.1.1",
        "the authorization request is malformed",
    )
}

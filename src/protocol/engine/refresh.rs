//! The refresh token's way through the engine: client, token, scope, tokens.

use std::borrow::Cow;

use oxide_auth::code_grant::refresh::{Error, Input, Output, Refresh, Request};
use oxide_auth::primitives::grant::Grant as EngineGrant;
use oxide_auth::primitives::issuer::{IssuedToken, Issuer, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::Registrar as _;

use super::registrar::OneClient;
use super::vocabulary::{FAR_FUTURE, engine_grant, scopes_of};
use crate::domain::client::Client;
use crate::domain::grant::LiveGrant;
use crate::domain::scope::Scopes;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue::Issued;
use crate::protocol::params::Params;
use crate::storage::{Stop, StorageError};

struct RefreshParams<'a> {
    params: &'a Params,
    client: &'a Client,
}

impl Request for RefreshParams<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.extension("refresh_token")
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.extension("scope")
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.extension("grant_type")
    }

    /// Always the authenticated client, for public ones too: only then does the engine compare it
    /// with the client that the token was issued to.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client.id.as_str()), Cow::Borrowed(&[])))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// The grant of the presented token, and how the rows of the next tokens are written.
struct Rows<'a, F> {
    live: &'a LiveGrant,
    write: Option<F>,
    outcome: Option<Result<Issued, StorageError>>,
}

impl<F: FnOnce(Scopes) -> Result<Issued, StorageError>> Issuer for Rows<'_, F> {
    fn issue(&mut self, _grant: EngineGrant) -> Result<IssuedToken, ()> {
        Err(())
    }

    fn refresh(&mut self, _refresh: &str, grant: EngineGrant) -> Result<RefreshedToken, ()> {
        let write = self.write.take().ok_or(())?;
        let outcome = self.outcome.insert(write(scopes_of(&grant.scope)));
        let issued = outcome.as_ref().map_err(|_| ())?;
        Ok(RefreshedToken {
            token: issued.access_token_id().to_owned(),
            refresh: issued.refresh_token_id(),
            until: FAR_FUTURE,
            token_type: TokenType::Bearer,
        })
    }

    fn recover_token<'a>(&'a self, _token: &'a str) -> Result<Option<EngineGrant>, ()> {
        Ok(None)
    }

    fn recover_refresh<'a>(&'a self, _token: &'a str) -> Result<Option<EngineGrant>, ()> {
        Ok(engine_grant(&self.live.grant))
    }
}

/// Drives a refresh request through the engine's machine; `write` makes the rows of the tokens.
pub(in crate::protocol) fn refresh(
    client: &Client,
    params: &Params,
    live: &LiveGrant,
    write: impl FnOnce(Scopes) -> Result<Issued, StorageError>,
) -> Result<Issued, Stop<Refusal>> {
    if let Some(scope) = params.get("scope") {
        // The engine splits at any white space; RFC 6749 §3.3 knows the single space only.
        Scopes::parse(scope).map_err(|_| invalid_scope(live, scope))?;
    }
    let request = RefreshParams { params, client };
    let registrar = OneClient(client);
    let mut rows = Rows { live, write: Some(write), outcome: None };

    let mut machine = Refresh::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { client, pass } => {
                registrar.check(client, pass).map_err(|_| refused("authenticate"))?;
                Input::Authenticated { scope: request.scope() }
            }
            Output::RecoverRefresh { token } => {
                let grant = rows.recover_refresh(token).ok().flatten();
                let grant = grant.ok_or_else(|| refused("recover"))?;
                Input::Recovered { scope: request.scope(), grant: Some(Box::new(grant)) }
            }
            Output::Refresh { token, grant } => match rows.refresh(token, *grant) {
                Ok(token) => Input::Refreshed(token),
                Err(()) => return outcome(rows.outcome),
            },
            Output::Ok(_) => return outcome(rows.outcome),
            Output::Err(error) => return Err(refusal_of(&error, live, params).into()),
        };
    }
}

fn outcome(outcome: Option<Result<Issued, StorageError>>) -> Result<Issued, Stop<Refusal>> {
    match outcome {
        Some(Ok(issued)) => Ok(issued),
        Some(Err(error)) => Err(Stop::Failed(error)),
        None => Err(refused("refresh").into()),
    }
}

/// The client was compared before; so what is left to find wrong is the scope.
fn refusal_of(error: &Error, live: &LiveGrant, params: &Params) -> Refusal {
    match (error, params.get("scope")) {
        (Error::Invalid(_), Some(scope)) => invalid_scope(live, scope),
        (Error::Invalid(_), None) => refused("the engine's comparison of the client"),
        (Error::Unauthorized(..), _) => refused("the engine's authentication"),
        (Error::Primitive, _) => refused("the engine's order of steps"),
    }
}

fn invalid_scope(live: &LiveGrant, sent: &str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidScope,
        "check_scope",
        "RFC 6749 6",
        "the scope goes beyond what was granted, or is malformed",
    )
    .compared(&live.grant.scopes, sent)
}

fn refused(step: &'static str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidGrant,
        "redeem_refresh_token",
        "RFC 6749 6",
        "the refresh token is not valid for this client",
    )
    .compared("a refresh token of this client", step)
}

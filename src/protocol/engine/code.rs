//! The authorization code's way through the engine: client, code, redirect URI, PKCE, tokens.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{
    AccessToken, Authorization, Error, Input, Output, Request,
};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::authorizer::Authorizer as _;
use oxide_auth::primitives::grant::{Extensions, Grant as EngineGrant};
use oxide_auth::primitives::issuer::{IssuedToken, Issuer, RefreshedToken};
use oxide_auth::primitives::registrar::Registrar as _;

use super::authorizer::PresentedCode;
use super::registrar::OneClient;
use super::vocabulary::{FAR_FUTURE, scopes_of};
use crate::domain::client::Client;
use crate::domain::grant::LiveGrant;
use crate::domain::scope::Scopes;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue::Issued;
use crate::protocol::params::Params;
use crate::storage::{Stop, StorageError};

struct CodeParams<'a> {
    params: &'a Params,
    client: &'a Client,
}

impl Request for CodeParams<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.extension("code")
    }

    /// The client that has proved itself; how it did is none of the engine's business.
    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.client.id.as_str()))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.extension("redirect_uri")
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.extension("grant_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        // Credentials were looked at before and are kept from the engine.
        let hidden = key == "client_secret";
        self.params.get(key).filter(|_| !hidden).map(Cow::Borrowed)
    }
}

/// Writes the rows of the tokens and hands the engine their ids; they are signed after the commit.
struct Rows<F> {
    write: Option<F>,
    outcome: Option<Result<Issued, StorageError>>,
}

impl<F: FnOnce(Scopes) -> Result<Issued, StorageError>> Issuer for Rows<F> {
    fn issue(&mut self, grant: EngineGrant) -> Result<IssuedToken, ()> {
        let write = self.write.take().ok_or(())?;
        let outcome = self.outcome.insert(write(scopes_of(&grant.scope)));
        let issued = outcome.as_ref().map_err(|_| ())?;
        let mut token =
            IssuedToken::without_refresh(issued.access_token_id().to_owned(), FAR_FUTURE);
        token.refresh = issued.refresh_token_id();
        Ok(token)
    }

    fn refresh(&mut self, _refresh: &str, _grant: EngineGrant) -> Result<RefreshedToken, ()> {
        Err(())
    }

    fn recover_token<'a>(&'a self, _token: &'a str) -> Result<Option<EngineGrant>, ()> {
        Ok(None)
    }

    fn recover_refresh<'a>(&'a self, _token: &'a str) -> Result<Option<EngineGrant>, ()> {
        Ok(None)
    }
}

/// Drives a token request through the engine's machine; `write` makes the rows of the tokens.
pub(in crate::protocol) fn redeem(
    client: &Client,
    params: &Params,
    live: &LiveGrant,
    write: impl FnOnce(Scopes) -> Result<Issued, StorageError>,
) -> Result<Issued, Stop<Refusal>> {
    let request = CodeParams { params, client };
    let registrar = OneClient(client);
    let mut codes =
        PresentedCode { hash: TokenHash::of(params.get("code").unwrap_or_default()), live };
    let mut rows = Rows { write: Some(write), outcome: None };

    let mut machine = AccessToken::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { client, passdata } => {
                registrar.check(client, passdata).map_err(|_| refused("authenticate"))?;
                Input::Authenticated
            }
            Output::Recover { code } => {
                let grant = codes.extract(code).ok().flatten().ok_or_else(|| refused("recover"))?;
                Input::Recovered(Some(Box::new(grant)))
            }
            Output::Extend { extensions } => {
                verify_pkce(params, extensions)?;
                Input::Extended { access_extensions: std::mem::take(extensions) }
            }
            Output::Issue { grant } => match rows.issue(grant.clone()) {
                Ok(token) => Input::Issued(token),
                Err(()) => return failed(rows.outcome),
            },
            Output::Ok(_) => return failed(rows.outcome),
            Output::Err(error) => return Err(refusal_of(&error).into()),
        };
    }
}

/// What became of the rows: the issued tokens, or the storage error that was parked.
fn failed(outcome: Option<Result<Issued, StorageError>>) -> Result<Issued, Stop<Refusal>> {
    match outcome {
        Some(Ok(issued)) => Ok(issued),
        Some(Err(error)) => Err(Stop::Failed(error)),
        None => Err(refused("issue").into()),
    }
}

/// Whoever redeems the code must know what its challenge was made from (RFC 7636 §4.6), and must not
/// send a verifier where there was no challenge (RFC 9700 §4.8.2).
fn verify_pkce(params: &Params, extensions: &mut Extensions) -> Result<(), Refusal> {
    let pkce = Pkce::required();
    let fail = |expected: &'static str, got: &'static str| {
        Refusal::new(
            OAuthError::InvalidGrant,
            "verify_pkce",
            "RFC 7636 4.6",
            "the code_verifier does not match the code_challenge",
        )
        .compared(expected, got)
    };
    let challenge = extensions.remove(&pkce);
    let verifier = params.get("code_verifier");
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(fail("no code_verifier, as there was no challenge", "one")),
        (Some(_), None) => Err(fail("a code_verifier", "none")),
        (Some(challenge), Some(verifier)) => {
            // RFC 7636 §4.1: 43 to 128 unreserved characters.
            let well_formed = (43..=128).contains(&verifier.len())
                && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
            if !well_formed {
                return Err(fail("43 to 128 unreserved characters", "something else"));
            }
            pkce.verify(Some(challenge), Some(Cow::Borrowed(verifier)))
                .map_err(|()| fail("the verifier of the challenge", "another one"))
        }
    }
}

/// What the engine finds wrong is always with the code, the client or the redirect URI.
fn refusal_of(error: &Error) -> Refusal {
    match error {
        Error::Invalid(_) => refused("the engine's comparison of client and redirect_uri"),
        Error::Unauthorized(..) => refused("the engine's authentication"),
        Error::Primitive(_) => refused("the engine's order of steps"),
    }
}

fn refused(step: &'static str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidGrant,
        "redeem_code",
        "RFC 6749 4.1.3",
        "the code is not valid for this client and redirect_uri",
    )
    .compared("a code of this client with its redirect_uri", step)
}

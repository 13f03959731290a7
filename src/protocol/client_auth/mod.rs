//! How a client proves itself at the token endpoint (RFC 6749 §2.3, OIDC Core §9).

mod basic;
mod figures;
mod guesses;

pub use guesses::Guesses;

use chrono::{DateTime, Utc};

use super::Provider;
use super::error::{OAuthError, ProtocolError, Refusal};
use super::params::Params;
use crate::domain::audit::RequestContext;
use crate::domain::client::{AuthMethod, Client, ClientId};
use crate::identity::network;
use crate::kernel::secret::Secret;
use crate::storage::repo::clients::Absence;
use crate::storage::{Stop, Tx};

/// What a client presented.
#[derive(Debug)]
pub struct Presented {
    /// Who it says it is.
    pub client_id: String,
    /// The secret, if any.
    pub secret: Option<Secret<String>>,
    /// By which method.
    pub method: AuthMethod,
}

/// Finds what was presented in the `Authorization` header and the body.
///
/// Two methods at once are refused with `invalid_request` (RFC 6749 §2.3), a header that cannot be
/// read, a client assertion (RFC 7523; not supported, so never passed over) and a request without
/// any client with `invalid_client`.
pub fn presented(authorization: Option<&str>, params: &Params) -> Result<Presented, Refusal> {
    let body_id = params.get("client_id");
    let body_secret = params.get("client_secret");
    let has_assertion = ["client_assertion", "client_assertion_type"]
        .iter()
        .any(|name| params.get(name).is_some() || params.is_repeated(name));
    let methods = [authorization.is_some(), body_secret.is_some(), has_assertion];
    if methods.iter().filter(|used| **used).count() > 1 {
        return Err(Refusal::new(
            OAuthError::InvalidRequest,
            "check_single_client_authentication",
            "RFC 6749 2.3",
            "more than one method of client authentication was used",
        ));
    }
    if has_assertion {
        return Err(failed(READ, "a method that is not among those"));
    }
    if let Some(header) = authorization {
        let (client_id, secret) = basic::parse(header)
            .ok_or_else(|| failed(READ, "an Authorization header that is not readable as Basic"))?;
        if body_id.is_some_and(|id| id != client_id) {
            return Err(Refusal::new(
                OAuthError::InvalidRequest,
                "check_client_id_agrees",
                "RFC 6749 3.2.1",
                "the client_id in the body is not the one in the Authorization header",
            )
            .compared(client_id, body_id.unwrap_or_default()));
        }
        return Ok(Presented {
            client_id,
            secret: Some(secret),
            method: AuthMethod::ClientSecretBasic,
        });
    }
    let client_id = body_id.ok_or_else(|| failed(READ, "no client_id"))?.to_owned();
    Ok(match body_secret {
        Some(secret) => Presented {
            client_id,
            secret: Some(secret.into()),
            method: AuthMethod::ClientSecretPost,
        },
        None => Presented { client_id, secret: None, method: AuthMethod::None },
    })
}

/// Loads the client and checks what it presented. The public answer is the same for an unknown
/// client, a wrong secret and a wrong method (RFC 6749 §5.2).
///
/// A secret is good in the header and in the body: libraries differ in what they do by themselves,
/// and either proves the same. A client with a secret never gets by without it, nor one without by
/// sending some.
pub fn authenticate(
    provider: &Provider,
    tx: &mut Tx,
    presented: &Presented,
    context: &RequestContext,
) -> Result<Client, Stop<ProtocolError>> {
    let id: Option<ClientId> = presented.client_id.parse().ok();
    let found = match &id {
        None => Err("what is no client_id of ours"),
        Some(id) => match tx.clients().find(id)? {
            Some(client) => Ok(client),
            None => Err(match tx.clients().absence(id)? {
                Absence::Unknown => "one that never was",
                Absence::Removed => "one that was removed",
                Absence::Disabled => "one that is disabled",
            }),
        },
    };
    Ok(prove(provider, found, presented, context)?)
}

/// Checks what was presented against the client of that name, or why there is none. Failures beyond
/// what [`Guesses`] allows are told so.
pub(super) fn prove(
    provider: &Provider,
    found: Result<Client, &'static str>,
    presented: &Presented,
    context: &RequestContext,
) -> Result<Client, ProtocolError> {
    let known = found.as_ref().ok().map(|client| client.id.clone());
    let outcome = check_presented(found, presented, provider.env.now());
    figures::count(presented.method, &outcome);
    outcome.map_err(|refusal| {
        match provider.guesses.failed(known, network(context.ip.as_deref())) {
            Ok(()) => ProtocolError::Refused(refusal),
            Err(too_many) => ProtocolError::TooMany { retry_after: too_many.seconds() },
        }
    })
}

fn check_presented(
    found: Result<Client, &'static str>,
    presented: &Presented,
    now: DateTime<Utc>,
) -> Result<Client, Refusal> {
    let client = found.map_err(|absence| failed("find_client", absence))?;
    match (&presented.secret, client.is_public()) {
        (None, true) => Ok(client),
        (Some(secret), false) if client.has_secret(secret.expose(), now) => Ok(client),
        (Some(secret), false) => {
            let expired = client.had_secret(secret.expose());
            let got = if expired { "one that has expired" } else { "another one" };
            Err(failed("check_client_secret", got))
        }
        (None, false) | (Some(_), true) => Err(failed("check_auth_method", "another method")
            .compared(client.auth_method, presented.method)),
    }
}

/// What is read from a request before any client is looked for.
const READ: &str = "read_client_authentication";

/// The client that a request names, whatever that is worth.
pub fn sent_client_id(authorization: Option<&str>, params: &Params) -> Option<String> {
    let in_header = authorization.and_then(basic::parse).map(|(id, _)| id);
    in_header.or_else(|| params.get("client_id").map(str::to_owned))
}

/// Whatever the check, the other side learns the same (RFC 6749 §5.2).
fn failed(check: &'static str, got: &'static str) -> Refusal {
    Refusal::new(OAuthError::InvalidClient, check, "RFC 6749 5.2", "client authentication failed")
        .compared(
            match check {
                READ => "a client by one of the methods that discovery lists",
                "check_client_secret" => "one of the client's secrets",
                _ => "a registered client",
            },
            got,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_045_an_assertion_is_never_passed_over() {
        for body in [
            "client_id=app&client_assertion=x",
            "client_id=app&client_assertion_type=x",
            "client_assertion=&client_assertion=x&client_id=app",
        ] {
            assert_eq!(error_of(None, body), OAuthError::InvalidClient, "{body}");
        }
    }

    fn error_of(authorization: Option<&str>, body: &str) -> OAuthError {
        presented(authorization, &Params::parse(body).unwrap()).unwrap_err().error
    }

    #[test]
    fn each_method_is_recognised() {
        let method = |authorization, body: &str| {
            presented(authorization, &Params::parse(body).unwrap()).unwrap().method
        };
        assert_eq!(method(Some("Basic YXBwOnM="), ""), AuthMethod::ClientSecretBasic);
        assert_eq!(method(Some("Basic YXBwOnM="), "client_id=app"), AuthMethod::ClientSecretBasic);
        assert_eq!(method(None, "client_id=app&client_secret=s"), AuthMethod::ClientSecretPost);
        assert_eq!(method(None, "client_id=app"), AuthMethod::None);
    }

    #[test]
    fn case_042_two_methods_at_once_are_refused() {
        let basic = Some("Basic YXBwOnM=");
        assert_eq!(error_of(basic, "client_secret=s"), OAuthError::InvalidRequest);
        assert_eq!(error_of(basic, "client_id=other"), OAuthError::InvalidRequest);
        assert_eq!(error_of(basic, "client_assertion=x"), OAuthError::InvalidRequest);
        assert_eq!(error_of(basic, "client_assertion_type=x"), OAuthError::InvalidRequest);
        let in_body = "client_id=app&client_secret=s&client_assertion=x";
        assert_eq!(error_of(None, in_body), OAuthError::InvalidRequest);
        assert_eq!(error_of(None, ""), OAuthError::InvalidClient);
        assert_eq!(error_of(Some("Bearer x"), "client_id=app"), OAuthError::InvalidClient);
    }
}

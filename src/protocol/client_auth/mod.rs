//! How a client proves itself at the token endpoint (RFC 6749 §2.3, OIDC Core §9).

mod basic;

use chrono::{DateTime, Utc};

use super::error::{OAuthError, Refusal};
use super::params::Params;
use crate::domain::client::{AuthMethod, Client, ClientId};
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
/// read and a request without any client with `invalid_client`.
pub fn presented(authorization: Option<&str>, params: &Params) -> Result<Presented, Refusal> {
    let body_id = params.get("client_id");
    let body_secret = params.get("client_secret");
    if params.get("client_assertion").is_some() || params.get("client_assertion_type").is_some() {
        return Err(failed(READ, "a method that is not among those"));
    }
    if let Some(header) = authorization {
        let (client_id, secret) = basic::parse(header)
            .ok_or_else(|| failed(READ, "an Authorization header that is not readable as Basic"))?;
        if body_secret.is_some() {
            return Err(Refusal::new(
                OAuthError::InvalidRequest,
                "check_single_client_authentication",
                "RFC 6749 2.3",
                "more than one method of client authentication was used",
            ));
        }
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
    tx: &mut Tx,
    presented: &Presented,
    now: DateTime<Utc>,
) -> Result<Client, Stop<Refusal>> {
    let id: ClientId = presented
        .client_id
        .parse()
        .map_err(|_| failed("find_client", "what is no client_id of ours"))?;
    let Some(client) = tx.clients().find(&id)? else {
        let absence = match tx.clients().absence(&id)? {
            Absence::Unknown => "one that never was",
            Absence::Removed => "one that was removed",
            Absence::Disabled => "one that is disabled",
        };
        return Err(failed("find_client", absence).into());
    };
    let another_kind = || {
        Err(failed("check_auth_method", "another method")
            .compared(client.auth_method, presented.method)
            .into())
    };
    match (&presented.secret, client.is_public()) {
        (None, true) => Ok(client),
        (Some(secret), false) if client.has_secret(secret.expose(), now) => Ok(client),
        (Some(secret), false) => {
            let expired = client.had_secret(secret.expose());
            let got = if expired { "one that has expired" } else { "another one" };
            Err(failed("check_client_secret", got).into())
        }
        (None, false) | (Some(_), true) => another_kind(),
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
        assert_eq!(error_of(basic, "client_assertion=x"), OAuthError::InvalidClient);
        assert_eq!(error_of(None, ""), OAuthError::InvalidClient);
        assert_eq!(error_of(Some("Bearer x"), "client_id=app"), OAuthError::InvalidClient);
    }
}

//! The `claims` parameter and the authentication context it may insist on (OIDC Core §5.5).

use serde_json::Value;

use super::checks::{Checking, Outcome};
use crate::crypto::strict_json;
use crate::domain::claims::ClaimsRequest;
use crate::domain::scope::OPENID;
use crate::domain::session::{ACR_VALUES, reached};
use crate::protocol::error::{OAuthError, Refusal};

/// The largest `claims` parameter, in bytes.
const MAX_CLAIMS: usize = 8192;
/// How deep it may be nested; an address by value takes six.
const MAX_DEPTH: usize = 8;

/// Takes what is asked for of what the client is registered for: a claim comes with the scope that
/// holds it, and what the client may not ask for is dropped, as a scope is.
pub(super) fn assign_claims(checking: &mut Checking) -> Outcome {
    let Some(sent) = checking.params.get("claims") else { return Ok(()) };
    // Without `openid` this is no request of OpenID Connect, and the parameter means nothing.
    if !checking.request.scopes.contains(OPENID) {
        return Ok(());
    }
    let claims = read(sent)?.within(&checking.client.scopes);
    if let (Some(hinted), Some(named)) = (&checking.request.hinted_subject, &claims.subjects)
        && !named.contains(hinted)
    {
        return Err(bad_claims("claims and id_token_hint are about different people")
            .compared(hinted, named.join(" ")));
    }
    checking.request.claims = Some(claims).filter(|claims| !claims.is_empty());
    Ok(())
}

/// Only what is possible at all is begun (OIDC Core §5.5.1.1): nobody signs in for nothing.
pub(super) fn check_acr(checking: &mut Checking) -> Outcome {
    let wanted = checking.request.required_acr();
    let strongest = ACR_VALUES.last().copied().unwrap_or_default();
    if wanted.is_empty() || reached(strongest, wanted).is_some() {
        return Ok(());
    }
    Err(unmet(wanted, ACR_VALUES.join(" ")))
}

/// The refusal of an essential `acr` that cannot be reached (OpenID Connect Core Error Code Unmet
/// Authentication Requirements §2).
pub(super) fn unmet(wanted: &[String], got: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        OAuthError::UnmetAuthenticationRequirements,
        "check_acr",
        "OIDC Core 5.5.1.1",
        "none of the essential acr values can be reached",
    )
    .compared(wanted.join(" "), got)
}

fn read(sent: &str) -> Result<ClaimsRequest, Refusal> {
    if sent.len() > MAX_CLAIMS {
        return Err(bad_claims("claims is longer than 8192 bytes")
            .compared(format!("at most {MAX_CLAIMS} bytes"), format!("{} bytes", sent.len())));
    }
    let members = strict_json::parse_object(sent.as_bytes()).map_err(|error| {
        bad_claims("claims is not a JSON object").compared("a JSON object", error)
    })?;
    if members.values().any(|value| is_deeper(value, MAX_DEPTH - 1)) {
        return Err(bad_claims("claims is nested too deeply"));
    }
    ClaimsRequest::read(&members).map_err(|error| {
        bad_claims("claims does not follow its syntax").compared("OIDC Core 5.5", error)
    })
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let next = levels.checked_sub(1);
    match (value, next) {
        (Value::Array(items), Some(next)) => items.iter().any(|item| is_deeper(item, next)),
        (Value::Object(members), Some(next)) => members.values().any(|item| is_deeper(item, next)),
        (Value::Array(_) | Value::Object(_), None) => true,
        _ => false,
    }
}

fn bad_claims(description: &'static str) -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "assign_claims", "OIDC Core 5.5", description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn size_and_depth_are_bounded() {
        let nested = |depth: usize| {
            let value = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            read(&format!("{{\"userinfo\":{{\"address\":{{\"value\":{value}}}}}}}"))
        };
        assert!(nested(5).is_ok());
        assert!(nested(6).is_err());
        assert!(nested(4000).is_err());
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(MAX_CLAIMS));
        assert!(read(&long).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = read(&text);
        }

        /// What is not understood is left out, never a reason to fail.
        #[test]
        fn unknown_claims_never_fail(name in "[a-z_#-]{1,20}x", number: u32) {
            let text = format!("{{\"userinfo\":{{\"{name}\":{number}}},\"{name}\":{number}}}");
            prop_assert!(read(&text).unwrap().is_empty());
        }
    }
}

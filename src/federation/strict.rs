//! What is looked at in a provider's tokens and keys beside what the library looks at.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::connector::Claims;
use super::error::TokenProblem;
use crate::crypto::strict_json;

/// The longest ID token that is looked at, in bytes.
const MAX_ID_TOKEN: usize = 64 * 1024;

/// The least size of an RSA key, in bytes.
const LEAST_RSA: usize = 256;

/// The claims of a token, without any check of it.
pub(super) fn claims(token: &str) -> Result<Claims, TokenProblem> {
    Ok(read(token)?.1)
}

/// The header and the claims of a token, without any check of it. Refuses what has not three parts, or
/// names a member twice, which others might read otherwise (RFC 7515 §4).
pub(super) fn read(token: &str) -> Result<(Claims, Claims), TokenProblem> {
    if token.len() > MAX_ID_TOKEN {
        return Err(TokenProblem::TooLong);
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, _] = parts.as_slice() else { return Err(TokenProblem::Unreadable) };
    let read = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenProblem::Unreadable)?;
        strict_json::parse_object(&bytes).map_err(|_| TokenProblem::Unreadable)
    };
    Ok((read(header)?, read(payload)?))
}

/// Whether a token is good already at `now` (`nbf`, RFC 7519 §4.1.5). One whose time cannot be read is not.
pub(super) fn has_begun(claims: &Claims, now: DateTime<Utc>) -> bool {
    let Some(begins) = claims.get("nbf") else { return true };
    let begins = begins.as_f64().and_then(|at| Duration::try_from_secs_f64(at).ok());
    let now = u64::try_from(now.timestamp()).unwrap_or(0);
    begins.is_some_and(|at| at.as_secs() <= now)
}

/// Whether a key is worth anything: one of RSA has at least 2048 bits.
pub(super) fn is_strong(key: &impl Serialize) -> bool {
    let Ok(key) = serde_json::to_value(key) else { return false };
    if key.get("kty").and_then(Value::as_str) != Some("RSA") {
        return true;
    }
    let modulus = key.get("n").and_then(Value::as_str).unwrap_or_default();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
    modulus.iter().skip_while(|byte| **byte == 0).count() >= LEAST_RSA
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn case_127_a_token_has_three_parts_and_names_nothing_twice() {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let good = format!("{}.{}.x", part(r#"{"alg":"RS256"}"#), part(r#"{"sub":"1"}"#));
        assert_eq!(claims(&good).unwrap()["sub"], "1");
        let twice = part(r#"{"sub":"1","sub":"2"}"#);
        for token in [
            format!("{}.{twice}.x", part("{}")),
            format!("{twice}.{}.x", part("{}")),
            format!("{good}.y"),
            format!("{}.{}", part("{}"), part("{}")),
            format!("{}.{}=.x", part("{}"), part("{}")),
            format!("{}.{}.x", part("{}"), part("[]")),
            String::new(),
        ] {
            assert_eq!(claims(&token), Err(TokenProblem::Unreadable), "{token}");
        }
        assert_eq!(claims(&"x".repeat(MAX_ID_TOKEN + 1)), Err(TokenProblem::TooLong));
    }

    #[test]
    fn a_weak_key_is_worth_nothing() {
        let rsa = |bytes: Vec<u8>| json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(bytes) });
        assert!(is_strong(&rsa(vec![1; 256])));
        assert!(!is_strong(&rsa(vec![1; 255])));
        assert!(!is_strong(&rsa([vec![0; 9], vec![1; 255]].concat())));
        assert!(!is_strong(&json!({ "kty": "RSA" })));
        assert!(is_strong(&json!({ "kty": "EC" })));
    }
}

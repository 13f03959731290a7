//! Logout tokens: what a provider says of the end of sessions there (OpenID Connect Back-Channel Logout
//! §2.4 and §2.6). All of them is checked here but the signature, and whether one came before.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::connector::Claims;
use super::error::TokenProblem;
use super::openid::{LEEWAY, OLDEST};
use super::strict;
use crate::domain::upstream_session::{UpstreamLogout, UpstreamMark, numeric_date};
use crate::kernel::token_hash::TokenHash;

/// What stands for a logout among the events (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What it may call itself. The first is what §2.4 recommends; what calls itself anything else, such as an
/// access token, is none.
const TYPES: [&str; 2] = ["logout+jwt", "jwt"];

/// What the token says, if it is one of `issuer` for `client_id` at `now`.
pub(super) fn check(
    header: &Claims,
    said: &Claims,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<UpstreamLogout, TokenProblem> {
    if !header.get("typ").is_none_or(is_known_type) {
        return Err(TokenProblem::Kind);
    }
    if said.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(TokenProblem::Issuer);
    }
    check_audience(said, client_id)?;
    let (issued_at, expires_at) = check_time(said, now)?;
    // An ID token has none, and whoever has got hold of one could sign people out otherwise.
    let events = said.get("events").and_then(Value::as_object);
    if !events.and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err(TokenProblem::Event);
    }
    if said.contains_key("nonce") {
        return Err(TokenProblem::HasNonce);
    }
    let jti = hash(said, "jti")?.ok_or(TokenProblem::Identifier)?;
    let (subject, session) = (hash(said, "sub")?, hash(said, "sid")?);
    if subject.is_none() && session.is_none() {
        return Err(TokenProblem::Nobody);
    }
    let mark = UpstreamMark { issuer: issuer.to_owned(), subject, sid: session };
    Ok(UpstreamLogout { mark, jti, issued_at, expires_at })
}

fn is_known_type(typ: &Value) -> bool {
    let Some(typ) = typ.as_str().map(str::to_ascii_lowercase) else { return false };
    // RFC 7515 §4.1.9: the prefix may be left out.
    TYPES.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

/// As in ID tokens (OIDC Core §3.1.3.7): for us, and for nobody else.
fn check_audience(said: &Claims, client_id: &str) -> Result<(), TokenProblem> {
    let is_us = |audience: &Value| audience.as_str() == Some(client_id);
    let is_ours = match said.get("aud") {
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(is_us),
        Some(one) => is_us(one),
        None => false,
    };
    if !is_ours {
        return Err(TokenProblem::Audience);
    }
    if said.get("azp").is_some_and(|azp| !is_us(azp)) {
        return Err(TokenProblem::AuthorizedParty);
    }
    Ok(())
}

/// When it was made, and until when one like it is taken: no longer than is remembered that it came.
fn check_time(
    said: &Claims,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), TokenProblem> {
    let time = |name| said.get(name).and_then(numeric_date);
    let issued_at = time("iat").ok_or(TokenProblem::IssuedAt)?;
    if issued_at > now + LEEWAY
        || issued_at < now - OLDEST
        || !strict::has_begun(said, now + LEEWAY)
    {
        return Err(TokenProblem::IssuedAt);
    }
    let expires_at = time("exp").ok_or(TokenProblem::Expired)?.min(issued_at + OLDEST) + LEEWAY;
    if expires_at <= now {
        return Err(TokenProblem::Expired);
    }
    Ok((issued_at, expires_at))
}

/// The hash of a text; `None`: it is not there. What is there and is no text, or empty, is refused.
fn hash(said: &Claims, name: &str) -> Result<Option<TokenHash>, TokenProblem> {
    match said.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(TokenHash::of(text))),
        Some(_) => Err(TokenProblem::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn object(value: Value) -> Claims {
        let Value::Object(members) = value else { panic!("an object") };
        members
    }

    fn checked(header: Value, changed: Value) -> Result<UpstreamLogout, TokenProblem> {
        let mut said = object(json!({
            "iss": "https://up.example", "aud": "us", "iat": NOW, "exp": NOW + 120, "jti": "1",
            "sub": "ada", "sid": "s", "events": { EVENT: {} },
        }));
        for (name, value) in object(changed) {
            match value {
                Value::Null => drop(said.remove(&name)),
                value => drop(said.insert(name, value)),
            }
        }
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        check(&object(header), &said, "https://up.example", "us", now)
    }

    #[test]
    fn case_156_a_token_that_is_in_order_is_taken() {
        for header in [
            json!({}),
            json!({ "typ": "logout+jwt" }),
            json!({ "typ": "application/Logout+JWT" }),
            json!({ "typ": "JWT" }),
        ] {
            let logout = checked(header, json!({})).unwrap();
            assert_eq!(logout.mark.sid, Some(TokenHash::of("s")));
            assert_eq!(logout.mark.subject, Some(TokenHash::of("ada")));
            assert_eq!(logout.jti, TokenHash::of("1"));
            let kept = logout.expires_at - logout.issued_at;
            assert_eq!(kept, TimeDelta::seconds(180));
        }
        for good in [
            json!({ "sid": null }),
            json!({ "sub": null }),
            json!({ "aud": ["us"] }),
            json!({ "azp": "us" }),
            json!({ "iat": NOW + 60 }),
            json!({ "iat": NOW - 3600, "exp": NOW }),
            json!({ "iat": 1_700_000_000.5 }),
        ] {
            checked(json!({}), good.clone()).unwrap_or_else(|problem| panic!("{good}: {problem}"));
        }
    }

    #[test]
    fn a_token_is_remembered_for_as_long_as_it_would_be_taken() {
        let logout = checked(json!({}), json!({ "exp": NOW + 1_000_000 })).unwrap();
        assert_eq!(logout.expires_at - logout.issued_at, OLDEST + LEEWAY);
    }

    #[test]
    fn case_156_a_token_with_anything_wrong_is_refused() {
        for (changed, problem) in [
            (json!({ "iss": "https://evil.example" }), TokenProblem::Issuer),
            (json!({ "iss": null }), TokenProblem::Issuer),
            (json!({ "aud": "another" }), TokenProblem::Audience),
            (json!({ "aud": ["us", "another"] }), TokenProblem::Audience),
            (json!({ "aud": [] }), TokenProblem::Audience),
            (json!({ "aud": null }), TokenProblem::Audience),
            (json!({ "azp": "another" }), TokenProblem::AuthorizedParty),
            (json!({ "iat": null }), TokenProblem::IssuedAt),
            (json!({ "iat": NOW + 61 }), TokenProblem::IssuedAt),
            (json!({ "iat": NOW - 3601 }), TokenProblem::IssuedAt),
            (json!({ "iat": "now" }), TokenProblem::IssuedAt),
            (json!({ "nbf": NOW + 61 }), TokenProblem::IssuedAt),
            (json!({ "exp": null }), TokenProblem::Expired),
            (json!({ "exp": NOW - 60 }), TokenProblem::Expired),
            (json!({ "exp": "later" }), TokenProblem::Expired),
            (json!({ "events": null }), TokenProblem::Event),
            (json!({ "events": {} }), TokenProblem::Event),
            (json!({ "events": [EVENT] }), TokenProblem::Event),
            (json!({ "events": { EVENT: true } }), TokenProblem::Event),
            (json!({ "nonce": "n" }), TokenProblem::HasNonce),
            (json!({ "jti": null }), TokenProblem::Identifier),
            (json!({ "jti": "" }), TokenProblem::Unreadable),
            (json!({ "jti": 7 }), TokenProblem::Unreadable),
            (json!({ "sub": null, "sid": null }), TokenProblem::Nobody),
            (json!({ "sub": 7 }), TokenProblem::Unreadable),
            (json!({ "sid": ["s"] }), TokenProblem::Unreadable),
        ] {
            assert_eq!(checked(json!({}), changed.clone()), Err(problem), "{changed}");
        }
        for typ in [json!("at+jwt"), json!("rt+jwt"), json!(""), json!(7)] {
            assert_eq!(checked(json!({ "typ": typ }), json!({})), Err(TokenProblem::Kind), "{typ}");
        }
    }
}

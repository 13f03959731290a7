//! Sessions at providers, as far as sessions here come from them, and their end.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::sealed::Sealed;
use super::upstream::UpstreamPerson;
use crate::kernel::ids::{FlowId, ProviderId, UpstreamDepartureId, UpstreamSessionId, UserId};
use crate::kernel::token_hash::TokenHash;

/// What a session at a provider is known by, of what the provider says. Hashes, because nothing but
/// whether it is the same one is of interest, and because they have one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamMark {
    /// Who says so.
    pub issuer: String,
    /// Of `sub`, which is not always what people are known by here.
    pub subject: Option<TokenHash>,
    /// Of `sid`.
    pub sid: Option<TokenHash>,
}

impl UpstreamMark {
    /// That of who came back just now, with the moment at which the provider said so; where that cannot be
    /// read, the beginning of time, after which everything happened.
    pub fn of(person: &UpstreamPerson) -> (Self, DateTime<Utc>) {
        let hash = |name| person.claims.get(name).and_then(Value::as_str).map(TokenHash::of);
        let mark = Self {
            issuer: person.issuer.clone(),
            subject: Some(hash("sub").unwrap_or_else(|| TokenHash::of(&person.subject))),
            sid: hash("sid"),
        };
        let at = person.claims.get("iat").and_then(numeric_date);
        (mark, at.unwrap_or(DateTime::UNIX_EPOCH))
    }

    /// What whoever comes in with it, and whoever ends it, lock before they look, so that neither misses
    /// the other.
    pub fn names(&self, provider: ProviderId) -> Vec<String> {
        let name = |kind: &str, hash: &TokenHash| {
            format!("upstream {kind}\n{provider}\n{}", URL_SAFE_NO_PAD.encode(hash.as_bytes()))
        };
        let subject = self.subject.iter().map(|hash| name("sub", hash));
        subject.chain(self.sid.iter().map(|hash| name("sid", hash))).collect()
    }
}

/// A moment as tokens have it (RFC 7519 §2), to the second; `None`: it is none.
pub fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    let seconds = if let Some(seconds) = value.as_i64() {
        seconds
    } else {
        let since = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
        i64::try_from(since.as_secs()).ok()?
    };
    DateTime::from_timestamp(seconds, 0)
}

/// A session at a provider that a sign-in under way rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamSession {
    /// Its id here.
    pub id: UpstreamSessionId,
    /// Whose it is here.
    pub user_id: UserId,
    /// Where it is.
    pub provider_id: ProviderId,
    /// The sign-in; at its end the session takes its place.
    pub flow: FlowId,
    /// Which it is.
    pub mark: UpstreamMark,
    /// The ID token, where a sign-out here is passed on.
    pub hint: Option<Sealed>,
    /// When somebody came back from there.
    pub created_at: DateTime<Utc>,
}

/// What a provider says of the end of sessions there (OpenID Connect Back-Channel Logout §2.4), with
/// everything checked but whether it has said so before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamLogout {
    /// Which session; without a `sid`, all of that person.
    pub mark: UpstreamMark,
    /// Of `jti`.
    pub jti: TokenHash,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// Until when the same token would be taken.
    pub expires_at: DateTime<Utc>,
}

/// A browser that was sent to a provider to sign out there as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamDeparture {
    /// Its id.
    pub id: UpstreamDepartureId,
    /// Of the `state` that it brings back.
    pub state: TokenHash,
    /// Where it was sent.
    pub provider_id: ProviderId,
    /// The browser that has to bring it.
    pub browser: TokenHash,
    /// Where it goes in the end: a registered address of the app that asked; `None`: our own page.
    pub onward: Option<String>,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Until when it is sent onward.
    pub expires_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mark_is_made_of_what_the_token_says() {
        let Value::Object(claims) = json!({ "sub": "pairwise", "sid": "s", "iat": 7.9 }) else {
            panic!("an object")
        };
        let person =
            UpstreamPerson::from_claims("https://up.example", "object-id", claims).unwrap();
        let (mark, at) = UpstreamMark::of(&person);
        assert_eq!(mark.subject, Some(TokenHash::of("pairwise")));
        assert_eq!(mark.sid, Some(TokenHash::of("s")));
        assert_eq!(Some(at), DateTime::from_timestamp(7, 0));
        let provider = ProviderId(uuid::Uuid::nil());
        assert_eq!(mark.names(provider).len(), 2);
        let by_sid = UpstreamMark { subject: None, ..mark.clone() };
        assert!(mark.names(provider).contains(&by_sid.names(provider)[0]));
    }
}

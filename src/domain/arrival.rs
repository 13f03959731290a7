//! Somebody comes back from a provider whom no account here is known by.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::EmailAddress;
use super::provider::{ProviderKind, ProviderPolicy};
use super::upstream::{InvalidSubject, UpstreamPerson};
use crate::kernel::ids::{ProviderId, UserId};

/// Who came back from a provider, for as long as it is not known which account is theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// From where.
    pub provider: ProviderId,
    /// Whom the provider knows.
    pub person: UpstreamPerson,
    /// When they came.
    pub at: DateTime<Utc>,
}

/// [`Arrival`] as it is kept: what the provider said, which is read anew.
#[derive(Serialize, Deserialize)]
struct Kept {
    provider: uuid::Uuid,
    issuer: String,
    subject: String,
    /// The claims lack one that the provider does not say they own.
    #[serde(default)]
    email: Option<String>,
    claims: Map<String, Value>,
    at: DateTime<Utc>,
}

impl Arrival {
    /// For how long somebody who arrived can be connected with an account.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now - self.at < Self::LIFETIME
    }

    /// Whether somebody here has confirmed the address that the provider tells. Where it makes accounts, this
    /// is why none was made; where it makes none, everybody waits alike, and it is not said.
    pub fn is_of_known_address(&self, policy: &ProviderPolicy) -> bool {
        policy.registration && self.person.email_verified
    }

    /// As it is kept.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(Kept {
            provider: self.provider.0,
            issuer: self.person.issuer.clone(),
            subject: self.person.subject.clone(),
            email: self.person.email.as_ref().map(|email| email.as_typed().to_owned()),
            claims: self.person.claims.clone(),
            at: self.at,
        })
    }

    /// Reads what [`Self::to_json`] made.
    pub fn from_json(json: Value) -> Result<Self, InvalidSubject> {
        let kept: Kept = serde_json::from_value(json).map_err(|_| InvalidSubject)?;
        let person = UpstreamPerson::from_claims(&kept.issuer, &kept.subject, kept.claims)?;
        let email = kept.email.and_then(|email| EmailAddress::parse(&email).ok());
        let person = UpstreamPerson { email, ..person };
        Ok(Self { provider: ProviderId(kept.provider), person, at: kept.at })
    }
}

/// What becomes of somebody whom no account is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The account with their address is theirs, because the operator takes the provider's word.
    Connect(UserId),
    /// They sign in to the account that they have, and connect it there.
    AskForAccount,
    /// They get an account.
    Register,
}

/// What becomes of them, where `owner` has confirmed the address that the provider tells.
///
/// An account is never taken over (security case 245): one whose owner has not confirmed the address is no
/// `owner`, and a provider's word is worth something only where it says that the person owns the address, and
/// the operator trusts it. Where it does not say so, nothing about an account with that address shows.
pub fn reception(
    policy: &ProviderPolicy,
    person: &UpstreamPerson,
    owner: Option<UserId>,
) -> Reception {
    match owner.filter(|_| person.email_verified) {
        Some(owner) if policy.trusted_address(person).is_some() => Reception::Connect(owner),
        None if policy.registration => Reception::Register,
        Some(_) | None => Reception::AskForAccount,
    }
}

/// Whether the address of somebody who gets an account is theirs without more ado: the operator trusts the
/// provider, or the provider keeps the mailbox itself.
pub fn owns_address(kind: ProviderKind, policy: &ProviderPolicy, person: &UpstreamPerson) -> bool {
    let Some(domain) = person.email_domain().filter(|_| person.email_verified) else {
        return false;
    };
    let keeps_mailbox = match kind {
        // Of other addresses it knows only that they could be read once.
        // https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
        ProviderKind::Google => {
            let hosted = person.claims.get("hd").and_then(Value::as_str);
            domain == "gmail.com"
                || hosted.is_some_and(|hosted| hosted.eq_ignore_ascii_case(domain))
        }
        ProviderKind::Apple => domain == "privaterelay.appleid.com",
        ProviderKind::Oidc
        | ProviderKind::Microsoft
        | ProviderKind::Github
        | ProviderKind::Facebook => false,
    };
    keeps_mailbox || policy.trusts_email
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWNER: UserId = UserId(uuid::Uuid::nil());

    fn person(claims: Value) -> UpstreamPerson {
        let Value::Object(claims) = claims else { panic!("an object") };
        UpstreamPerson::from_claims("https://up.example", "1", claims).unwrap()
    }

    fn policy(registration: bool, trusts_email: bool) -> ProviderPolicy {
        ProviderPolicy { registration, trusts_email, ..ProviderPolicy::default() }
    }

    #[test]
    fn case_244_245_no_account_is_taken_over() {
        let says = |verified: Value| {
            person(json!({ "email": "ada@example.com", "email_verified": verified }))
        };
        for (verified, trusted, owner, wanted) in [
            (json!(true), true, Some(OWNER), Reception::Connect(OWNER)),
            (json!(true), false, Some(OWNER), Reception::AskForAccount),
            // Nobody has confirmed the address, so nobody's account is meant.
            (json!(true), true, None, Reception::Register),
            // What is not said to be theirs tells nothing about whose it is.
            (json!(false), true, Some(OWNER), Reception::Register),
            (json!("true"), true, Some(OWNER), Reception::Register),
            (json!(null), false, Some(OWNER), Reception::Register),
        ] {
            let found = reception(&policy(true, trusted), &says(verified.clone()), owner);
            assert_eq!(found, wanted, "{verified} {trusted}");
        }
        let closed = reception(&policy(false, true), &says(json!(true)), None);
        assert_eq!(closed, Reception::AskForAccount);
    }

    #[test]
    fn an_address_is_theirs_where_the_provider_keeps_the_mailbox_or_is_trusted() {
        use ProviderKind::{Apple, Google, Oidc};
        let says = |email: &str, verified: bool, hd: &str| {
            person(json!({ "email": email, "email_verified": verified, "hd": hd }))
        };
        for (kind, person, trusted, owned) in [
            (Google, says("a@gmail.com", true, ""), false, true),
            (Google, says("a@gmail.com", false, ""), false, false),
            (Google, says("a@corp.example", true, "Corp.example"), false, true),
            (Google, says("a@other.example", true, "corp.example"), false, false),
            (Google, says("a@gmail.com.evil.example", true, ""), false, false),
            (Oidc, says("a@gmail.com", true, ""), false, false),
            (Oidc, says("a@gmail.com", true, ""), true, true),
            (Oidc, says("a@gmail.com", false, ""), true, false),
            (Apple, says("x@privaterelay.appleid.com", true, ""), false, true),
            (Apple, says("x@me.example", true, ""), false, false),
        ] {
            assert_eq!(owns_address(kind, &policy(true, trusted), &person), owned, "{person:?}");
        }
    }

    #[test]
    fn an_arrival_reads_back_and_waits_a_quarter_of_an_hour() {
        let at = DateTime::UNIX_EPOCH;
        let claims = json!({ "email": "ada@example.com", "email_verified": true, "amr": ["pwd"] });
        let arrival =
            Arrival { provider: ProviderId(uuid::Uuid::nil()), person: person(claims), at };
        assert_eq!(Arrival::from_json(arrival.to_json().unwrap()), Ok(arrival.clone()));
        assert!(arrival.is_live(at + TimeDelta::seconds(899)));
        assert!(!arrival.is_live(at + TimeDelta::seconds(900)));
        assert!(Arrival::from_json(json!({})).is_err());
    }
}

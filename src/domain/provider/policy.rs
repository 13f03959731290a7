//! What a provider is asked for, and what of its answers is believed.

use serde::{Deserialize, Serialize};

use super::SecondFactorTrust;
use crate::domain::address::EmailAddress;
use crate::domain::claim_rule::{ClaimRule, Condition};
use crate::domain::upstream::UpstreamPerson;

/// What a provider is asked for, and what of its answers is believed: nothing, until the operator says
/// otherwise. Kept as JSON, so a member only ever joins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderPolicy {
    /// What it is asked for.
    pub scopes: Vec<String>,
    /// Whoever has no account gets one.
    pub registration: bool,
    /// Where addresses have to be that it says somebody owns; none: anywhere.
    pub allowed_domains: Vec<String>,
    /// What has to be so for somebody to be let in.
    #[serde(with = "conditions")]
    pub required_claims: Vec<Condition>,
    /// An address that it says somebody owns is theirs here, too.
    pub trusts_email: bool,
    /// Whether it counts as a second factor.
    pub second_factor: SecondFactorTrust,
    /// Whoever is connected with it may prove a second factor by signing in there anew. Left out where it is
    /// not so, because the release before does not know it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_second_factor: bool,
    /// The values of `acr` that say so, beside `mfa` in `amr`.
    pub strong_acr: Vec<String>,
    /// Google: the one Workspace domain that accounts have to be of.
    pub hosted_domain: Option<String>,
    /// Microsoft: whose accounts; an id, a domain, `common`, `organizations` or `consumers`.
    pub tenant: Option<String>,
    /// Apple: the team whose key it is.
    pub team_id: Option<String>,
    /// The id of the private key, where we prove ourselves with one.
    pub key_id: Option<String>,
    /// Domains (lower case, IDNA) of addresses that lead to it.
    pub login_domains: Vec<String>,
    /// Who signs out here is signed out there.
    pub sign_out: bool,
    /// What its claims become here.
    pub rules: Vec<ClaimRule>,
}

impl Default for ProviderPolicy {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            registration: true,
            allowed_domains: Vec::new(),
            required_claims: Vec::new(),
            trusts_email: false,
            second_factor: SecondFactorTrust::Never,
            is_second_factor: false,
            strong_acr: Vec::new(),
            hosted_domain: None,
            tenant: None,
            team_id: None,
            key_id: None,
            login_domains: Vec::new(),
            sign_out: false,
            rules: Vec::new(),
        }
    }
}

/// Why somebody whom the provider knows is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The address is elsewhere, or the provider does not say that they own it.
    #[error("they have no confirmed address at an allowed domain")]
    Domain,
    /// A claim is missing, or another one.
    #[error("a claim that is required is missing or another one")]
    Claim,
    /// The account there is none of the organization's that is asked for.
    #[error("the account is none of the organization's that is asked for")]
    Organization,
}

impl ProviderPolicy {
    /// Whether the operator lets this person in. Where a domain is asked for, only an address counts
    /// that the provider says they own.
    pub fn admits(&self, person: &UpstreamPerson) -> Result<(), NotAdmitted> {
        let domain = person.email_domain().filter(|_| person.email_verified);
        let is_allowed =
            |domain: &str| self.allowed_domains.iter().any(|allowed| allowed == domain);
        if !self.allowed_domains.is_empty() && !domain.is_some_and(is_allowed) {
            return Err(NotAdmitted::Domain);
        }
        if !self.required_claims.iter().all(|claim| claim.holds(&person.claims)) {
            return Err(NotAdmitted::Claim);
        }
        Ok(())
    }

    /// Whether anybody whom the provider knows gets an account.
    pub fn admits_strangers(&self) -> bool {
        // Of a tenant's id or domain are only its own people.
        let is_anybodys =
            |tenant: &String| matches!(tenant.as_str(), "common" | "organizations" | "consumers");
        self.registration
            && self.allowed_domains.is_empty()
            && self.required_claims.is_empty()
            && self.hosted_domain.is_none()
            && self.tenant.as_ref().is_none_or(is_anybodys)
    }

    /// The address that is theirs because the provider says so and the operator believes it.
    pub fn trusted_address<'a>(&self, person: &'a UpstreamPerson) -> Option<&'a EmailAddress> {
        person.email.as_ref().filter(|_| self.trusts_email && person.email_verified)
    }

    /// Whether they proved a second factor, as far as the operator believes it.
    pub fn proves_second_factor(&self, person: &UpstreamPerson) -> bool {
        match self.second_factor {
            SecondFactorTrust::Never => false,
            SecondFactorTrust::Always => true,
            SecondFactorTrust::WhenSaid => {
                let is_strong = |acr: &String| self.strong_acr.contains(acr);
                person.acr.as_ref().is_some_and(is_strong)
                    || person.amr.iter().any(|method| method == "mfa")
            }
        }
    }
}

/// Conditions as their texts.
mod conditions {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::Serializer;

    use crate::domain::claim_rule::Condition;

    pub(super) fn serialize<S: Serializer>(list: &[Condition], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Condition>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn person(claims: Value) -> UpstreamPerson {
        let Value::Object(claims) = claims else { panic!("an object") };
        UpstreamPerson::from_claims("https://up.example", "1", claims).unwrap()
    }

    fn ada(email_verified: bool) -> UpstreamPerson {
        person(json!({
            "email": "ada@Example.com", "email_verified": email_verified, "hd": "example.com",
        }))
    }

    #[test]
    fn nothing_is_believed_until_the_operator_says_so() {
        let policy = ProviderPolicy::default();
        assert_eq!(policy.admits(&ada(false)), Ok(()));
        assert_eq!(policy.trusted_address(&ada(true)), None);
        let strong = person(json!({ "amr": ["mfa"], "acr": "strong" }));
        assert!(!policy.proves_second_factor(&strong));
    }

    #[test]
    fn an_allowed_domain_takes_an_address_that_somebody_owns() {
        let policy = ProviderPolicy {
            allowed_domains: vec!["example.com".to_owned()],
            ..ProviderPolicy::default()
        };
        assert_eq!(policy.admits(&ada(true)), Ok(()));
        for stranger in [
            ada(false),
            person(json!({})),
            person(json!({ "email": "a@sub.example.com", "email_verified": true })),
            person(json!({ "email": "a@example.com.evil.test", "email_verified": true })),
        ] {
            assert_eq!(policy.admits(&stranger), Err(NotAdmitted::Domain), "{stranger:?}");
        }
    }

    #[test]
    fn a_required_claim_is_required() {
        let policy = ProviderPolicy {
            required_claims: vec![
                "hd equals example.com".parse().unwrap(),
                "groups contains staff".parse().unwrap(),
            ],
            ..ProviderPolicy::default()
        };
        assert_eq!(policy.admits(&ada(true)), Err(NotAdmitted::Claim));
        let staff = person(json!({ "hd": "example.com", "groups": ["staff"] }));
        assert_eq!(policy.admits(&staff), Ok(()));
    }

    #[test]
    fn case_244_trust_is_for_addresses_that_the_provider_says_somebody_owns() {
        let policy = ProviderPolicy { trusts_email: true, ..ProviderPolicy::default() };
        let trusted = |person: &UpstreamPerson| {
            policy.trusted_address(person).map(|email| email.canonical().to_owned())
        };
        assert_eq!(trusted(&ada(true)), Some("ada@example.com".to_owned()));
        assert_eq!(trusted(&ada(false)), None);
        let text = person(json!({ "email": "a@b.example", "email_verified": "true" }));
        assert_eq!(trusted(&text), None);
    }

    #[test]
    fn a_second_factor_counts_where_it_was_said() {
        let mut policy = ProviderPolicy {
            second_factor: SecondFactorTrust::WhenSaid,
            strong_acr: vec!["urn:strong".to_owned()],
            ..ProviderPolicy::default()
        };
        for (claims, proved) in [
            (json!({}), false),
            (json!({ "amr": ["pwd", "otp"] }), false),
            (json!({ "amr": ["pwd", "mfa"] }), true),
            (json!({ "amr": "mfa" }), false),
            (json!({ "acr": "urn:strong" }), true),
            (json!({ "acr": "urn:strong:er" }), false),
        ] {
            assert_eq!(policy.proves_second_factor(&person(claims.clone())), proved, "{claims}");
        }
        policy.second_factor = SecondFactorTrust::Always;
        assert!(policy.proves_second_factor(&person(json!({}))));
    }

    #[test]
    fn a_policy_reads_back_and_an_older_one_is_read() {
        let policy = ProviderPolicy {
            scopes: vec!["openid".to_owned()],
            registration: false,
            required_claims: vec!["hd equals \" a\"".parse().unwrap()],
            second_factor: SecondFactorTrust::WhenSaid,
            rules: vec!["hd exists -> role staff at each sign-in".parse().unwrap()],
            ..ProviderPolicy::default()
        };
        let stored = serde_json::to_value(&policy).unwrap();
        assert_eq!(stored["second_factor"], "when-said");
        assert_eq!(serde_json::from_value::<ProviderPolicy>(stored.clone()).unwrap(), policy);
        // The release before reads it as long as nothing of this one is asked for.
        assert!(stored.get("is_second_factor").is_none());
        let second = ProviderPolicy { is_second_factor: true, ..policy };
        let stored = serde_json::to_value(&second).unwrap();
        assert_eq!(stored["is_second_factor"], true);
        assert_eq!(serde_json::from_value::<ProviderPolicy>(stored).unwrap(), second);
        let older: ProviderPolicy = serde_json::from_value(json!({})).unwrap();
        assert_eq!(older, ProviderPolicy::default());
        // What a later release asks for, or a rule that cannot be read, is no reason to go on without it.
        assert!(serde_json::from_value::<ProviderPolicy>(json!({ "of_later": 1 })).is_err());
        let bad = json!({ "required_claims": ["hd"] });
        assert!(serde_json::from_value::<ProviderPolicy>(bad).is_err());
    }
}

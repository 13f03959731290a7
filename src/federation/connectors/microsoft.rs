//! Microsoft: one application for many tenants, each with an issuer of its own. Whoever runs a tenant can
//! give its people any address, so an address never tells who somebody is.

use serde_json::Value;
use uuid::Uuid;

use super::super::connector::{Claims, OpenId, identified};
use super::super::error::{FederationError, TokenProblem};
use super::super::trip::UpstreamAnswer;
use crate::domain::provider::{NotAdmitted, Provider};
use crate::domain::upstream::UpstreamPerson;

pub(in crate::federation) struct Microsoft;

/// What stands in the metadata's issuer in the place of a tenant.
const ANY_TENANT: &str = "{tenantid}";

/// The tenant of personal accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// An issuer before and behind its tenant: `https://login.microsoftonline.com/`, …, `/v2.0`.
fn around(issuer: &str) -> Option<(&str, &str, &str)> {
    let (rest, version) = issuer.rsplit_once('/')?;
    let (base, tenant) = rest.rsplit_once('/')?;
    Some((base, tenant, version))
}

fn is_id(tenant: &str) -> bool {
    tenant.len() == 36 && Uuid::try_parse(tenant).is_ok()
}

impl OpenId for Microsoft {
    /// That of the one tenant, or, where several or a domain are named, one with an id or a place for it.
    fn knows_itself(&self, provider: &Provider, issuer: &str) -> bool {
        let (Some(ours), Some(theirs)) = (around(provider.issuer.as_str()), around(issuer)) else {
            return false;
        };
        let may_differ = !is_id(ours.1) && (theirs.1 == ANY_TENANT || is_id(theirs.1));
        (ours.0, ours.2) == (theirs.0, theirs.2) && (ours.1 == theirs.1 || may_differ)
    }

    fn issuer(
        &self,
        _provider: &Provider,
        discovered: &str,
        unverified: &Claims,
    ) -> Result<String, TokenProblem> {
        let tenant = unverified.get("tid").and_then(Value::as_str).filter(|tenant| is_id(tenant));
        let tenant = tenant.ok_or(TokenProblem::Issuer)?;
        Ok(discovered.replace(ANY_TENANT, tenant))
    }

    fn asks_userinfo(&self) -> bool {
        false
    }

    /// `sub` differs from application to application; `oid` within the tenant, which the issuer names,
    /// is the person (as Microsoft documents it).
    fn person(
        &self,
        provider: &Provider,
        mut claims: Claims,
        _answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError> {
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(issuer), Some(tenant)) = (text("iss"), text("tid")) else {
            return Err(FederationError::Identity("the token names no tenant"));
        };
        if around(&issuer).is_none_or(|(_, of, _)| of != tenant) {
            return Err(FederationError::Identity(
                "the token names another tenant than its issuer",
            ));
        }
        let asked = around(provider.issuer.as_str()).map_or("", |(_, tenant, _)| tenant);
        if asked == "organizations" && tenant.eq_ignore_ascii_case(PERSONAL) {
            return Err(NotAdmitted::Organization.into());
        }
        let subject = text("oid").filter(|id| is_id(id));
        let subject = subject.ok_or(FederationError::Identity("the token has no object id"))?;
        // Whatever a tenant says of an address, Microsoft vouches for its domain in this claim only.
        let is_owned = claims.get("xms_edov") == Some(&Value::Bool(true));
        claims.insert("email_verified".to_owned(), Value::Bool(is_owned));
        identified(&issuer, &subject, claims)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const OTHER: &str = "99999999-2222-3333-4444-555555555555";

    fn of(tenant: &str) -> String {
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    }

    fn provider(tenant: &str) -> Provider {
        let mut provider = super::super::tests::provider();
        provider.issuer = of(tenant).parse().unwrap();
        provider
    }

    fn claims(json: Value) -> Claims {
        let Value::Object(claims) = json else { panic!("an object") };
        claims
    }

    #[test]
    fn metadata_are_those_of_the_tenant_or_of_many() {
        let id = of(TENANT);
        for (asked, told, good) in [
            (TENANT, id.as_str(), true),
            (TENANT, &of(OTHER), false),
            (TENANT, &of(ANY_TENANT), false),
            ("common", &of(ANY_TENANT), true),
            ("consumers", &of(PERSONAL), true),
            ("contoso.com", &id, true),
            ("common", &of("evil"), false),
            ("common", &format!("https://evil.example/{ANY_TENANT}/v2.0"), false),
            ("common", &format!("https://login.microsoftonline.com/{ANY_TENANT}/v1.0"), false),
        ] {
            assert_eq!(Microsoft.knows_itself(&provider(asked), told), good, "{asked} {told}");
        }
    }

    #[test]
    fn the_issuer_is_the_tenants() {
        let issuer = |asked: &str, discovered: &str, tid: Value| {
            Microsoft.issuer(&provider(asked), discovered, &claims(json!({ "tid": tid })))
        };
        assert_eq!(issuer("common", &of(ANY_TENANT), json!(TENANT)), Ok(of(TENANT)));
        assert_eq!(issuer(TENANT, &of(TENANT), json!(OTHER)), Ok(of(TENANT)));
        assert_eq!(issuer("common", &of(ANY_TENANT), json!(PERSONAL)), Ok(of(PERSONAL)));
        let refused = Err(TokenProblem::Issuer);
        for tid in [json!(null), json!("x/../y"), json!(7)] {
            assert_eq!(issuer("common", &of(ANY_TENANT), tid), refused);
        }
    }

    #[test]
    fn case_243_the_person_is_object_and_tenant_and_no_address() {
        let said = |more: Value| {
            let mut said = claims(json!({
                "iss": of(TENANT), "tid": TENANT, "oid": OTHER, "sub": "pairwise",
                "email": "victim@example.com", "email_verified": true,
            }));
            said.extend(claims(more));
            Microsoft.person(&provider("common"), said, &UpstreamAnswer::default())
        };
        let person = said(json!({})).unwrap();
        assert_eq!((person.issuer, person.subject.as_str()), (of(TENANT), OTHER));
        assert!(!person.email_verified);
        assert!(said(json!({ "xms_edov": true })).unwrap().email_verified);
        assert!(!said(json!({ "xms_edov": "1" })).unwrap().email_verified);
        let personal = json!({ "iss": of(PERSONAL), "tid": PERSONAL });
        assert_eq!(said(personal.clone()).unwrap().issuer, of(PERSONAL));
        let mut at_work = claims(json!({ "oid": OTHER }));
        at_work.extend(claims(personal));
        let refused =
            Microsoft.person(&provider("organizations"), at_work, &UpstreamAnswer::default());
        assert_eq!(refused, Err(NotAdmitted::Organization.into()));
        for wrong in [json!({ "oid": null }), json!({ "oid": "a" }), json!({ "tid": OTHER })] {
            assert!(said(wrong).is_err());
        }
    }
}

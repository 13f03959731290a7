//! Google: accounts of one Workspace domain, where the operator wants that.

use serde_json::Value;

use super::super::connector::{Claims, OpenId, standard};
use super::super::error::FederationError;
use super::super::trip::{Hints, UpstreamAnswer};
use crate::domain::provider::{NotAdmitted, Provider};
use crate::domain::upstream::UpstreamPerson;

pub(in crate::federation) struct Google;

impl OpenId for Google {
    /// Google refuses a request with a `prompt` that it does not know, and `login` is none of those:
    /// <https://developers.google.com/identity/openid-connect/openid-connect#prompt>
    fn prompt<'a>(&self, wanted: &'a str) -> &'a str {
        if wanted == "login" { "select_account" } else { wanted }
    }

    fn parameters(&self, provider: &Provider, _hints: &Hints) -> Vec<(&'static str, String)> {
        provider.policy.hosted_domain.iter().map(|domain| ("hd", domain.clone())).collect()
    }

    /// The parameter only chooses what Google shows, and anybody can take it out of the address: it is
    /// the claim that says whose account it is. The domain of the address says nothing.
    fn person(
        &self,
        provider: &Provider,
        claims: Claims,
        _answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError> {
        if let Some(wanted) = &provider.policy.hosted_domain {
            let domain = claims.get("hd").and_then(Value::as_str);
            if !domain.is_some_and(|domain| domain.eq_ignore_ascii_case(wanted)) {
                return Err(NotAdmitted::Organization.into());
            }
        }
        standard(claims)
    }
}

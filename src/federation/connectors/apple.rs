//! Apple: the secret is a statement signed with the team's key, the answer a form, and a person's name is
//! told once, outside of the ID token.

use serde::Deserialize;
use serde_json::Value;

use super::super::call::{Call, Proof};
use super::super::connector::{Claims, OpenId, standard};
use super::super::error::FederationError;
use super::super::trip::{Hints, UpstreamAnswer};
use crate::domain::provider::Provider;
use crate::domain::upstream::UpstreamPerson;

pub(in crate::federation) struct Apple;

/// The longest `user` that is read, in bytes.
const MAX_USER: usize = 4096;

#[derive(Default, Deserialize)]
struct User {
    #[serde(default)]
    name: Name,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Name {
    first_name: Option<String>,
    last_name: Option<String>,
}

impl OpenId for Apple {
    /// Apple tells name and address in a form only.
    fn parameters(&self, _provider: &Provider, _hints: &Hints) -> Vec<(&'static str, String)> {
        vec![("response_mode", "form_post".to_owned())]
    }

    /// By the team for Apple's issuer, with the id of the key. Apple allows half a year; this one is made
    /// for one use.
    fn proof(&self, call: &Call<'_>, _token_endpoint: &str) -> Result<Proof, FederationError> {
        let policy = &call.provider.policy;
        let (Some(team), Some(_)) = (&policy.team_id, &policy.key_id) else {
            return Err(FederationError::Misconfigured("it has no team id or no key id"));
        };
        let key = call.key()?;
        if key.algorithm() != "ES256" {
            return Err(FederationError::Misconfigured("its private key is no P-256 key"));
        }
        let audience = call.provider.issuer.as_str();
        Ok(Proof::Post(call.statement(&key, team, audience)?))
    }

    fn asks_userinfo(&self) -> bool {
        false
    }

    /// The name comes through the browser, so it is taken for what it is: something to call them by.
    fn person(
        &self,
        _provider: &Provider,
        mut claims: Claims,
        answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError> {
        let user = answer.user.as_deref().filter(|user| user.len() <= MAX_USER);
        let User { name } =
            user.and_then(|user| serde_json::from_str(user).ok()).unwrap_or_default();
        let parts = [("given_name", name.first_name), ("family_name", name.last_name)];
        let full: Vec<_> = parts.iter().filter_map(|(_, part)| part.clone()).collect();
        let full = ("name", (!full.is_empty()).then(|| full.join(" ")));
        for (claim, value) in parts.into_iter().chain([full]) {
            if let Some(value) = value {
                claims.entry(claim).or_insert(Value::String(value));
            }
        }
        standard(claims)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::provider;
    use super::*;

    #[test]
    fn a_name_is_taken_from_the_form_and_nothing_else_is() {
        let said = |user: &str| {
            let claims = json!({ "iss": "https://appleid.apple.com", "sub": "1" });
            let Value::Object(claims) = claims else { panic!("an object") };
            let answer = UpstreamAnswer { user: Some(user.to_owned()), ..Default::default() };
            Apple.person(&provider(), claims, &answer).unwrap()
        };
        let person = said(
            r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"victim@example.com",
                "sub":"2","email_verified":true}"#,
        );
        assert_eq!(person.profile.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(person.profile.family_name.as_deref(), Some("Lovelace"));
        assert_eq!((person.email, person.subject.as_str()), (None, "1"));
        for user in ["", "{", "[]", r#"{"name":7}"#] {
            assert_eq!(said(user).profile.name, None);
        }
    }
}

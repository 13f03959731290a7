//! What a provider says about a person who signed in there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::EmailAddress;
use super::client::text_enum;
use crate::kernel::ids::{FlowId, ProviderId, SessionId, UpstreamRequestId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;

/// The longest identifier of a person that is taken, in bytes (OIDC Core §2, `sub`).
pub const MAX_SUBJECT: usize = 255;

/// The longest text of a profile that is kept, in characters. Longer ones are left out.
const MAX_TEXT: usize = 300;

/// Somebody as a provider knows them. Everything was checked as far as it can be checked; what of it
/// is believed is the operator's to say.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamPerson {
    /// Who says so. Together with `subject` this is who it is; nothing else is.
    pub issuer: String,
    /// What the issuer calls the person, always.
    pub subject: String,
    /// An address that the person may or may not own.
    pub email: Option<EmailAddress>,
    /// The issuer says that they own it: JSON `true`, and no text that looks like it.
    pub email_verified: bool,
    /// Names and the like.
    pub profile: UpstreamProfile,
    /// How strongly they proved who they are, in the issuer's words.
    pub acr: Option<String>,
    /// What they proved it with (RFC 8176).
    pub amr: Vec<String>,
    /// When they did.
    pub auth_time: Option<DateTime<Utc>>,
    /// The issuer's session.
    pub sid: Option<String>,
    /// Everything that was said, but for an address that the issuer does not say they own.
    pub claims: Map<String, Value>,
    /// The ID token that says so, of who came back just now.
    pub id_token: Option<IdToken>,
}

/// A provider's ID token: what a sign-out there names the session by.
#[derive(Clone, Debug)]
pub struct IdToken(pub Secret<String>);

impl PartialEq for IdToken {
    fn eq(&self, other: &Self) -> bool {
        let hash = |token: &Self| TokenHash::of(token.0.expose());
        hash(self) == hash(other)
    }
}

/// Names and the like, as a provider last told them. For show: nothing here is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpstreamProfile {
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The given names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The family names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// What the person is called there. Often reused, so it tells nobody apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The address of a picture; never fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// The issuer calls the person by nothing, or by something that is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the identifier of the person is empty, too long or no text")]
pub struct InvalidSubject;

impl UpstreamPerson {
    /// Reads the standard claims (OIDC Core §5.1). One of the wrong type is as good as none. Refuses a
    /// subject that is empty, longer than 255 bytes or has control characters.
    pub fn from_claims(
        issuer: &str,
        subject: &str,
        claims: Map<String, Value>,
    ) -> Result<Self, InvalidSubject> {
        let fits = (1..=MAX_SUBJECT).contains(&subject.len());
        if !fits || subject.chars().any(char::is_control) {
            return Err(InvalidSubject);
        }
        let text = |name: &str| text(claims.get(name));
        let email = text("email").and_then(|email| EmailAddress::parse(&email).ok());
        let is_verified = claims.get("email_verified") == Some(&Value::Bool(true));
        let amr = match claims.get("amr") {
            Some(Value::Array(methods)) => {
                methods.iter().filter_map(|method| self::text(Some(method))).collect()
            }
            _ => Vec::new(),
        };
        let auth_time = claims.get("auth_time").and_then(Value::as_i64);
        let mut person = Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            email_verified: email.is_some() && is_verified,
            email,
            profile: UpstreamProfile {
                name: text("name"),
                given_name: text("given_name"),
                family_name: text("family_name"),
                username: text("preferred_username"),
                locale: text("locale"),
                picture: text("picture"),
            },
            acr: text("acr"),
            amr,
            auth_time: auth_time.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            sid: text("sid"),
            claims: Map::new(),
            id_token: None,
        };
        person.claims = claims;
        // What the database has no place for is no claim that anybody meant.
        person.claims.retain(|name, value| !(name.contains('\0') || has_nul(value)));
        if !person.email_verified {
            // Anybody's address is no claim that a rule of the operator's may go by.
            person.claims.remove("email");
        }
        Ok(person)
    }

    /// The domain of the address in its canonical form.
    pub fn email_domain(&self) -> Option<&str> {
        Some(self.email.as_ref()?.canonical().rsplit_once('@')?.1)
    }
}

text_enum! {
    /// What somebody is sent to a provider for.
    UpstreamPurpose {
        /// To sign in, or to get an account.
        SignIn = "sign_in",
        /// To link the account there with the one that they are signed in to.
        Link = "link",
    }
}

/// Where a trip to a provider belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamPlace {
    /// It is a step of this sign-in.
    Flow(FlowId),
    /// It is a step of this sign-in, behind another factor.
    SecondFactor(FlowId),
    /// Somebody who is signed in links an account.
    Session(SessionId),
}

impl UpstreamPlace {
    /// What it is for.
    pub fn purpose(self) -> UpstreamPurpose {
        match self {
            Self::Flow(_) | Self::SecondFactor(_) => UpstreamPurpose::SignIn,
            Self::Session(_) => UpstreamPurpose::Link,
        }
    }

    /// The sign-in that it is a step of.
    pub fn flow(self) -> Option<FlowId> {
        match self {
            Self::Flow(flow) | Self::SecondFactor(flow) => Some(flow),
            Self::Session(_) => None,
        }
    }
}

/// Somebody who was sent to a provider. Nonce and PKCE verifier are not kept: they follow from the
/// state, the browser and the master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpstreamRequest {
    /// Its id.
    pub id: UpstreamRequestId,
    /// Of the `state` that the answer brings back.
    pub state: TokenHash,
    /// Where they were sent.
    pub provider_id: ProviderId,
    /// The browser that has to bring the answer.
    pub browser: TokenHash,
    /// What it belongs to.
    pub place: UpstreamPlace,
    /// When they were sent.
    pub created_at: DateTime<Utc>,
    /// Until when an answer is taken.
    pub expires_at: DateTime<Utc>,
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text that can be shown on one line.
fn text(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?.trim();
    let fits = !text.is_empty() && text.chars().count() <= MAX_TEXT;
    (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn person(claims: Value) -> UpstreamPerson {
        let Value::Object(claims) = claims else { panic!("an object") };
        UpstreamPerson::from_claims("https://up.example", "1", claims).unwrap()
    }

    #[test]
    fn case_244_only_true_is_verified() {
        for (said, verified) in [
            (json!(true), true),
            (json!(false), false),
            (json!("true"), false),
            (json!("false"), false),
            (json!(1), false),
            (json!(null), false),
        ] {
            let person = person(json!({ "email": "a@b.example", "email_verified": said }));
            assert_eq!(person.email_verified, verified, "{said}");
            assert_eq!(person.claims.contains_key("email"), verified, "{said}");
            assert_eq!(person.email_domain(), Some("b.example"));
        }
        assert!(!person(json!({ "email": "a@b.example" })).email_verified);
        // Something that is no address is not owned either.
        for email in [json!("a"), json!("a@b.example, c@d.example"), json!(7)] {
            let person = person(json!({ "email": email, "email_verified": true }));
            assert!(person.email.is_none() && !person.email_verified);
        }
    }

    #[test]
    fn what_is_of_the_wrong_type_is_left_out() {
        let person = person(json!({
            "name": ["Ada"], "given_name": "Ada\u{0}", "family_name": " Lovelace ",
            "locale": "x".repeat(301), "amr": ["pwd", 7, "otp"], "auth_time": "now",
        }));
        let kept =
            UpstreamProfile { family_name: Some("Lovelace".to_owned()), ..Default::default() };
        assert_eq!(person.profile, kept);
        assert_eq!(
            (person.amr, person.auth_time),
            (vec!["pwd".to_owned(), "otp".to_owned()], None)
        );
    }

    proptest! {
        #[test]
        fn a_subject_is_kept_to_the_byte_or_refused(subject: String) {
            match UpstreamPerson::from_claims("https://up.example", &subject, Map::new()) {
                Ok(person) => prop_assert_eq!(person.subject, subject),
                Err(InvalidSubject) => prop_assert!(
                    subject.is_empty() || subject.len() > MAX_SUBJECT
                        || subject.chars().any(char::is_control)
                ),
            }
        }
    }
}

//! Claims about people, and how relying parties ask for single ones (OIDC Core §5.1, §5.5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client::text_enum;
use super::scope::{ADDRESS, EMAIL, PHONE, PROFILE, ROLES, Scopes};

text_enum! {
    #[derive(PartialOrd, Ord)]
    /// A claim about a person that Latchkey can give.
    Claim {
        /// The full name.
        Name = "name",
        /// The given names.
        GivenName = "given_name",
        /// The family names.
        FamilyName = "family_name",
        /// The middle names.
        MiddleName = "middle_name",
        /// What friends say.
        Nickname = "nickname",
        /// The name to sign in with.
        PreferredUsername = "preferred_username",
        /// The address of a picture of the person.
        Picture = "picture",
        /// The address of a page about the person.
        Profile = "profile",
        /// The person's own page.
        Website = "website",
        /// In the person's words.
        Gender = "gender",
        /// ISO 8601.
        Birthdate = "birthdate",
        /// An IANA time zone.
        Zoneinfo = "zoneinfo",
        /// BCP 47.
        Locale = "locale",
        /// When the profile last changed.
        UpdatedAt = "updated_at",
        /// The primary address.
        Email = "email",
        /// Whether that is known to be the person's.
        EmailVerified = "email_verified",
        /// E.164.
        PhoneNumber = "phone_number",
        /// Whether that is known to be the person's.
        PhoneNumberVerified = "phone_number_verified",
        /// The postal address, an object.
        Address = "address",
        /// Names of the roles.
        Roles = "roles",
    }
}

impl Claim {
    /// The scope that gives it together with others (OIDC Core §5.4).
    pub fn scope(self) -> &'static str {
        match self {
            Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::MiddleName
            | Self::Nickname
            | Self::PreferredUsername
            | Self::Profile
            | Self::Picture
            | Self::Website
            | Self::Gender
            | Self::Birthdate
            | Self::Zoneinfo
            | Self::Locale
            | Self::UpdatedAt => PROFILE,
            Self::Email | Self::EmailVerified => EMAIL,
            Self::PhoneNumber | Self::PhoneNumberVerified => PHONE,
            Self::Address => ADDRESS,
            Self::Roles => ROLES,
        }
    }
}

/// How one claim is asked for (OIDC Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Without it the relying party serves the person less well. It is no condition (§5.5.1).
    pub essential: bool,
    /// Only these values will do; empty means any.
    pub values: Vec<Value>,
}

impl Wanted {
    /// Whether the true value is one that was asked for.
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }

    fn to_json(&self) -> Value {
        match (self.essential, self.values.is_empty()) {
            (false, true) => Value::Null,
            (true, true) => json!({ "essential": true }),
            (essential, false) => json!({ "essential": essential, "values": self.values }),
        }
    }
}

/// The claims of one destination, by name.
pub type WantedClaims = BTreeMap<Claim, Wanted>;

/// The `claims` parameter, as far as it is understood: what is unknown was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Value", try_from = "Value")]
pub struct ClaimsRequest {
    /// To be given at the userinfo endpoint.
    pub userinfo: WantedClaims,
    /// To be put into the ID token.
    pub id_token: WantedClaims,
    /// Who the person may be, where `sub` was asked for by value (§5.5.1).
    pub subjects: Option<Vec<String>>,
    /// One of these must be reached, where the ID token's `acr` is essential (§5.5.1.1); empty
    /// means any. A voluntary `acr` asks for nothing that the ID token would not tell anyway.
    pub acr: Vec<String>,
}

/// The largest number of values that one claim may be asked for by.
pub const MAX_VALUES: usize = 32;

/// Why a `claims` parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClaims {
    /// `userinfo` and `id_token` are objects.
    #[error("userinfo or id_token is not an object")]
    NotAnObject,
    /// A claim is asked for by null or by an object.
    #[error("a claim is neither null nor an object")]
    NotARequest,
    /// `essential` is true or false, `values` a list with something in it, and not beside `value`.
    #[error("essential, value or values of a claim cannot be understood")]
    Members,
    /// `sub` and `acr` are texts.
    #[error("sub or acr is asked for by something that is no text")]
    NotText,
    /// More than [`MAX_VALUES`].
    #[error("a claim is asked for by too many values")]
    TooMany,
    /// Two demands on `sub` that nobody can meet.
    #[error("sub is asked for by values that exclude each other")]
    Nobody,
}

impl ClaimsRequest {
    /// Reads the members of the parameter. Unknown members and claims are ignored (§5.5).
    pub fn read(members: &Map<String, Value>) -> Result<Self, InvalidClaims> {
        let mut request = Self::default();
        for destination in ["userinfo", "id_token"] {
            let Some(asked) = members.get(destination) else { continue };
            let asked = asked.as_object().ok_or(InvalidClaims::NotAnObject)?;
            for (name, how) in asked {
                match (name.as_str(), destination) {
                    ("sub", _) => request.narrow_subjects(texts(&wanted(how)?)?)?,
                    ("acr", "id_token") => {
                        let how = wanted(how)?;
                        let values = texts(&how)?;
                        request.acr = if how.essential { values } else { Vec::new() };
                    }
                    (name, _) => {
                        let Ok(claim) = name.parse() else { continue };
                        let how = wanted(how)?;
                        let known = if destination == "userinfo" {
                            &mut request.userinfo
                        } else {
                            &mut request.id_token
                        };
                        known.insert(claim, how);
                    }
                }
            }
        }
        Ok(request)
    }

    fn narrow_subjects(&mut self, values: Vec<String>) -> Result<(), InvalidClaims> {
        if values.is_empty() {
            return Ok(());
        }
        let left: Vec<_> = match self.subjects.take() {
            None => values,
            Some(known) => known.into_iter().filter(|subject| values.contains(subject)).collect(),
        };
        if left.is_empty() {
            return Err(InvalidClaims::Nobody);
        }
        self.subjects = Some(left);
        Ok(())
    }

    /// Only the claims that one of these scopes holds.
    #[must_use]
    pub fn within(mut self, scopes: &Scopes) -> Self {
        self.userinfo.retain(|claim, _| scopes.contains(claim.scope()));
        self.id_token.retain(|claim, _| scopes.contains(claim.scope()));
        self
    }

    /// Every claim that is asked for, wherever it is to go.
    pub fn claims(&self) -> BTreeSet<Claim> {
        self.userinfo.keys().chain(self.id_token.keys()).copied().collect()
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads how a claim is asked for.
fn wanted(how: &Value) -> Result<Wanted, InvalidClaims> {
    let members = match how {
        Value::Null => return Ok(Wanted::default()),
        Value::Object(members) => members,
        _ => return Err(InvalidClaims::NotARequest),
    };
    let essential = match members.get("essential") {
        None => false,
        Some(value) => value.as_bool().ok_or(InvalidClaims::Members)?,
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(Value::Array(values))) if values.len() > MAX_VALUES => {
            return Err(InvalidClaims::TooMany);
        }
        (None, Some(Value::Array(values))) if !values.is_empty() => values.clone(),
        _ => return Err(InvalidClaims::Members),
    };
    Ok(Wanted { essential, values })
}

fn texts(wanted: &Wanted) -> Result<Vec<String>, InvalidClaims> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(InvalidClaims::NotText);
    wanted.values.iter().map(text).collect()
}

impl TryFrom<Value> for ClaimsRequest {
    type Error = InvalidClaims;

    fn try_from(stored: Value) -> Result<Self, InvalidClaims> {
        Self::read(stored.as_object().ok_or(InvalidClaims::NotAnObject)?)
    }
}

impl From<ClaimsRequest> for Value {
    /// In the parameter's own form, which [`ClaimsRequest::read`] understands.
    fn from(request: ClaimsRequest) -> Self {
        let members = |claims: &WantedClaims| -> Map<String, Value> {
            claims.iter().map(|(claim, how)| (claim.as_str().to_owned(), how.to_json())).collect()
        };
        let mut id_token = members(&request.id_token);
        if let Some(subjects) = &request.subjects {
            id_token.insert("sub".to_owned(), json!({ "values": subjects }));
        }
        if !request.acr.is_empty() {
            id_token.insert("acr".to_owned(), json!({ "essential": true, "values": request.acr }));
        }
        json!({ "userinfo": members(&request.userinfo), "id_token": id_token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> Result<ClaimsRequest, InvalidClaims> {
        ClaimsRequest::read(value.as_object().unwrap())
    }

    #[test]
    fn what_is_unknown_is_ignored() {
        let request = read(&json!({
            "userinfo": {
                "name": null,
                "email": { "essential": true, "purpose": 5 },
                "name#de": 7,
                "shoe_size": "large",
                "acr": { "essential": true, "values": ["high"] },
            },
            "id_token": { "auth_time": { "essential": true }, "roles": { "value": ["a"] } },
            "elsewhere": 3,
        }))
        .unwrap();
        assert_eq!(request.userinfo[&Claim::Name], Wanted::default());
        assert!(request.userinfo[&Claim::Email].essential);
        assert_eq!(request.userinfo.len(), 2);
        assert_eq!(request.id_token[&Claim::Roles].values, [json!(["a"])]);
        assert_eq!((request.subjects, request.acr.len()), (None, 0));
    }

    #[test]
    fn wrong_types_are_refused() {
        let many: Vec<_> = (0..=MAX_VALUES).collect();
        for (value, error) in [
            (json!({ "userinfo": [] }), InvalidClaims::NotAnObject),
            (json!({ "id_token": null }), InvalidClaims::NotAnObject),
            (json!({ "userinfo": { "name": true } }), InvalidClaims::NotARequest),
            (json!({ "userinfo": { "name": { "essential": "yes" } } }), InvalidClaims::Members),
            (json!({ "userinfo": { "name": { "values": "a" } } }), InvalidClaims::Members),
            (json!({ "userinfo": { "name": { "values": [] } } }), InvalidClaims::Members),
            (
                json!({ "userinfo": { "name": { "value": "a", "values": ["a"] } } }),
                InvalidClaims::Members,
            ),
            (json!({ "userinfo": { "name": { "values": many } } }), InvalidClaims::TooMany),
            (json!({ "id_token": { "sub": { "value": 1 } } }), InvalidClaims::NotText),
            (json!({ "id_token": { "acr": { "values": [1] } } }), InvalidClaims::NotText),
            (
                json!({ "id_token": { "sub": { "value": "a" } }, "userinfo": { "sub": { "value": "b" } } }),
                InvalidClaims::Nobody,
            ),
        ] {
            assert_eq!(read(&value), Err(error), "{value}");
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let request = read(&json!({
            "userinfo": { "name": { "essential": true }, "gender": { "values": ["a", "b"] } },
            "id_token": {
                "sub": { "value": "s" }, "email": null,
                "acr": { "essential": true, "value": "x" },
            },
        }))
        .unwrap();
        assert_eq!(request.subjects, Some(vec!["s".to_owned()]));
        assert_eq!(request.acr, ["x"]);
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap(), request);
    }

    #[test]
    fn only_what_the_scopes_hold_is_kept() {
        let request = read(&json!({ "userinfo": { "name": null, "email": null } })).unwrap();
        let narrowed = request.within(&Scopes::parse("openid email").unwrap());
        assert_eq!(narrowed.claims(), BTreeSet::from([Claim::Email]));
    }
}

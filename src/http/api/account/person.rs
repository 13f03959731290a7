//! A person, as the front end sees them.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::details::{self, Detail};
use crate::domain::picture::Size;
use crate::domain::user::Profile;
use crate::http::api::envelope::timestamp;
use crate::kernel::urls::Issuer;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The same for ever, as in tokens.
    pub sub: String,
    /// The primary address.
    pub email: Option<String>,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// The name to sign in with beside the addresses.
    pub username: Option<String>,
    /// The address of the person's picture: a square of 512 pixels as JPEG. It changes with the picture.
    pub picture: Option<String>,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// Whether the phone number is known to be the person's.
    pub phone_number_verified: bool,
    /// When the account was made (RFC 3339).
    pub created_at: String,
    /// When the profile last changed (RFC 3339).
    pub updated_at: String,
    /// What the person told about themselves.
    #[serde(flatten)]
    pub details: Details,
}

/// What people tell about themselves: a member per detail, each of them may be absent.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Details(Map<String, Value>);

impl Person {
    /// Of an account.
    pub fn of(profile: &Profile, issuer: &Issuer) -> Self {
        let (user, address) = (&profile.user, profile.primary_address.as_ref());
        let told = user.details();
        let member = |detail: &Detail| Some((member(*detail), Value::from(told.get(*detail)?)));
        Self {
            sub: user.subject.clone(),
            email: address.map(|address| address.email.as_typed().to_owned()),
            email_verified: address.is_some_and(|address| address.verified_at.is_some()),
            username: user.username.as_ref().map(|username| username.as_str().to_owned()),
            picture: user.picture.as_ref().map(|name| issuer.join(&name.path(Size::Large))),
            roles: profile.roles.clone(),
            phone_number_verified: told.phone_number_verified(),
            created_at: timestamp(user.created_at),
            updated_at: timestamp(user.updated_at),
            details: Details(Detail::ALL.iter().filter_map(member).collect()),
        }
    }
}

/// The member of a detail: `given_name` is `givenName`.
pub(super) fn member(detail: Detail) -> String {
    let mut parts = detail.as_str().split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

impl PartialSchema for Details {
    fn schema() -> RefOr<Schema> {
        let text = |detail: Detail| {
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                .description(Some(detail.rule()))
                .max_length(Some(details::MAX_CHARS))
        };
        let all = Detail::ALL.iter().fold(ObjectBuilder::new(), |object, detail| {
            object.property(member(*detail), text(*detail))
        });
        let about = "What people tell about themselves. Null or an empty text takes one away.";
        Schema::Object(all.description(Some(about)).build()).into()
    }
}

impl ToSchema for Details {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_written_as_everywhere_in_the_api() {
        assert_eq!(member(Detail::GivenName), "givenName");
        assert_eq!(member(Detail::Name), "name");
        assert_eq!(member(Detail::PhoneNumber), "phoneNumber");
    }
}

//! Which claims about a person a scope gives (OIDC Core §5.4).

use serde_json::{Map, Value, json};

use crate::domain::address::Username;
use crate::domain::scope::{EMAIL, PROFILE, ROLES, Scopes};
use crate::domain::user::Profile;

/// Every claim that [`of`] can give, for discovery.
pub const SUPPORTED: &[&str] = &[
    "sub",
    "name",
    "preferred_username",
    "locale",
    "zoneinfo",
    "updated_at",
    "email",
    "email_verified",
    "roles",
];

/// The claims about a person that these scopes give. What is not known is left out.
pub fn of(profile: &Profile, scopes: &Scopes) -> Map<String, Value> {
    let user = &profile.user;
    let mut claims = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    add("sub", Some(json!(user.subject)));
    if scopes.contains(PROFILE) {
        add("name", user.name.as_ref().map(|name| json!(name)));
        add(
            "preferred_username",
            user.username.as_ref().map(Username::as_str).map(|name| json!(name)),
        );
        add("locale", user.locale.as_ref().map(|locale| json!(locale)));
        add("zoneinfo", user.zoneinfo.as_ref().map(|zone| json!(zone)));
        add("updated_at", Some(json!(user.updated_at.timestamp())));
    }
    if scopes.contains(EMAIL)
        && let Some(address) = &profile.primary_address
    {
        add("email", Some(json!(address.email.as_typed())));
        add("email_verified", Some(json!(address.verified_at.is_some())));
    }
    if scopes.contains(ROLES) {
        add("roles", Some(json!(profile.roles)));
    }
    claims
}

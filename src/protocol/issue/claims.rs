//! Claims about a person: which are given where (OIDC Core §5.4, §5.5), and what they say.

use serde_json::{Map, Value, json};

use crate::domain::address::Username;
use crate::domain::claims::{Claim, WantedClaims};
use crate::domain::details::{Detail, Details};
use crate::domain::grant::LiveGrant;
use crate::domain::picture::Size;
use crate::domain::scope::Scopes;
use crate::domain::user::Profile;
use crate::kernel::urls::Issuer;

/// What the userinfo endpoint tells for an access token of this scope: the claims of the scopes,
/// and those that were asked for there one by one. Never one whose scope the client is not
/// registered for any more. What is not known is left out.
pub fn for_userinfo(issuer: &Issuer, live: &LiveGrant, token: &Scopes) -> Map<String, Value> {
    let scopes = token.intersection(&live.client_scopes);
    let of_scopes = Claim::ALL.iter().filter(|claim| scopes.contains(claim.scope()));
    let told = of_scopes.filter_map(|claim| {
        Some((claim.as_str().to_owned(), value(issuer, &live.profile, *claim)?))
    });
    let subject = ("sub".to_owned(), json!(live.profile.user.subject));
    let mut claims: Map<_, _> = std::iter::once(subject).chain(told).collect();
    if let Some(asked) = &live.grant.claims {
        claims.extend(asked_for(issuer, &live.profile, &asked.userinfo, &live.client_scopes));
    }
    claims
}

/// What an ID token tells about the person besides `sub`: only what was asked for there one by one,
/// within what the client is registered for.
pub(super) fn for_id_token(
    issuer: &Issuer,
    live: &LiveGrant,
    registered: &Scopes,
) -> Map<String, Value> {
    let asked = live.grant.claims.as_ref();
    asked.map_or_else(Map::new, |asked| {
        asked_for(issuer, &live.profile, &asked.id_token, registered).collect()
    })
}

/// A claim that is asked for by value is given only where that is the truth (OIDC Core §5.5.1).
fn asked_for<'a>(
    issuer: &'a Issuer,
    profile: &'a Profile,
    asked: &'a WantedClaims,
    registered: &'a Scopes,
) -> impl Iterator<Item = (String, Value)> + 'a {
    let allowed = asked.iter().filter(|(claim, _)| registered.contains(claim.scope()));
    allowed.filter_map(|(claim, wanted)| {
        let value = value(issuer, profile, *claim).filter(|value| wanted.accepts(value))?;
        Some((claim.as_str().to_owned(), value))
    })
}

/// What is known.
fn value(issuer: &Issuer, profile: &Profile, claim: Claim) -> Option<Value> {
    let (user, contact) = (&profile.user, &profile.user.contact);
    let address = profile.primary_address.as_ref();
    let told = |detail| contact.get(detail).map(Value::from);
    match claim {
        Claim::Name => user.name.as_deref().map(Value::from),
        Claim::GivenName => told(Detail::GivenName),
        Claim::FamilyName => told(Detail::FamilyName),
        Claim::MiddleName => told(Detail::MiddleName),
        Claim::Nickname => told(Detail::Nickname),
        Claim::PreferredUsername => user.username.as_ref().map(Username::as_str).map(Value::from),
        Claim::Picture => {
            user.picture.as_ref().map(|name| json!(issuer.join(&name.path(Size::Large))))
        }
        Claim::Profile => told(Detail::Profile),
        Claim::Website => told(Detail::Website),
        Claim::Gender => told(Detail::Gender),
        Claim::Birthdate => told(Detail::Birthdate),
        Claim::Zoneinfo => user.zoneinfo.as_deref().map(Value::from),
        Claim::Locale => user.locale.as_deref().map(Value::from),
        Claim::UpdatedAt => Some(json!(user.updated_at.timestamp())),
        Claim::Email => address.map(|address| json!(address.email.as_typed())),
        Claim::EmailVerified => address.map(|address| json!(address.verified_at.is_some())),
        Claim::PhoneNumber => told(Detail::PhoneNumber),
        Claim::PhoneNumberVerified => {
            told(Detail::PhoneNumber).map(|_| json!(contact.phone_number_verified()))
        }
        Claim::Address => postal_address(contact),
        Claim::Roles => Some(json!(profile.roles)),
    }
}

/// OIDC Core §5.1.1.
fn postal_address(contact: &Details) -> Option<Value> {
    let formatted = contact.formatted_address()?;
    let parts = Detail::POSTAL.iter().filter_map(|part| {
        contact.get(*part).map(|text| (part.as_str().to_owned(), Value::from(text)))
    });
    Some(Value::Object(
        std::iter::once(("formatted".to_owned(), Value::from(formatted))).chain(parts).collect(),
    ))
}

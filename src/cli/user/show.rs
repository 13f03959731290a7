//! How people are shown. The names in JSON are those of the claims, where there is one.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::exit::Failure;
use super::super::output::{self, Output};
use crate::domain::address::Username;
use crate::domain::credential::passkey::Passkey;
use crate::domain::credential::totp::Authenticator;
use crate::domain::details::Detail;
use crate::domain::federation_link::FederationLink;
use crate::domain::provider::Slug;
use crate::domain::rate_limit::Lock;
use crate::domain::session::Session;
use crate::domain::user::{DELETION_UNDO, Profile, UserStatus};
use crate::identity::admin::Ways;
use crate::kernel::printable::Printable;

/// People, a line each.
pub(super) fn list(output: Output, people: &[Profile]) -> Result<(), Failure> {
    let value = json!({ "users": people.iter().map(json).collect::<Vec<_>>() });
    output.show(&value, || {
        if people.is_empty() {
            return "There is nobody.".to_owned();
        }
        let rows: Vec<_> = people.iter().map(row).collect();
        output::table(&["email", "username", "name", "status", "roles", "created"], &rows)
    })
}

fn row(profile: &Profile) -> Vec<String> {
    let user = &profile.user;
    vec![
        or_dash(email(profile)),
        or_dash(user.username.as_ref().map(Username::as_str)),
        or_dash(user.name.as_deref()),
        status(user.status).to_owned(),
        profile.roles.join(" "),
        output::time(Some(user.created_at)),
    ]
}

/// One person.
pub(super) fn text(profile: &Profile, ways: &Ways, sessions: &[Session]) -> String {
    let user = &profile.user;
    let verified = profile
        .primary_address
        .as_ref()
        .map(|address| if address.verified_at.is_some() { "verified" } else { "not verified" });
    let lines = [
        ("email", email(profile).map(|email| format!("{email} ({})", verified.unwrap_or("-")))),
        ("username", user.username.as_ref().map(|name| name.as_str().to_owned())),
        ("name", user.name.clone()),
        ("subject", Some(user.subject.clone())),
        ("id", Some(user.id.to_string())),
        ("status", Some(status(user.status).to_owned())),
        ("deactivated", deactivated_at(user.status).map(|at| output::time(Some(at)))),
        ("gone after", gone_after(user.status).map(|at| output::time(Some(at)))),
        ("roles", (!profile.roles.is_empty()).then(|| profile.roles.join(" "))),
        ("created", Some(output::time(Some(user.created_at)))),
    ];
    let details = user.details();
    let verified = if details.phone_number_verified() { "verified" } else { "not verified" };
    let told = Detail::ALL.iter().filter(|detail| **detail != Detail::Name).filter_map(|detail| {
        let text = details.get(*detail)?.replace('\n', ", ");
        let text = match detail {
            Detail::PhoneNumber => format!("{text} ({verified})"),
            _ => text,
        };
        Some((detail.as_str(), Some(text)))
    });
    let sessions = sessions.iter().map(|session| ("session", session_text(session)));
    let shown: Vec<_> = lines
        .into_iter()
        .chain(told)
        .filter_map(|(name, value)| Some((name, value?)))
        .chain(ways_text(ways))
        .chain(sessions)
        .collect();
    output::fields(&shown)
}

/// What somebody signs in with, a line each.
fn ways_text(ways: &Ways) -> Vec<(&'static str, String)> {
    let used = |at| match at {
        Some(at) => format!("used {}", output::time(Some(at))),
        None => "never used".to_owned(),
    };
    let mut lines = vec![];
    if ways.password {
        lines.push(("password", "set".to_owned()));
    }
    for passkey in &ways.passkeys {
        let at = used(passkey.last_used_at);
        lines.push(("passkey", format!("{}, {at}", Printable(passkey.name.as_str()))));
    }
    for app in &ways.authenticators {
        let at = used(app.last_used_at);
        lines.push(("authenticator app", format!("{}, {at}", Printable(app.name.as_str()))));
    }
    if ways.recovery_codes > 0 {
        lines.push(("recovery codes", format!("{} left", ways.recovery_codes)));
    }
    for (link, slug) in &ways.providers {
        let at = output::time(Some(link.synced_at));
        let of = slug.as_ref().map_or(link.issuer.as_str(), Slug::as_str);
        let told = link.email.as_deref().unwrap_or(&link.subject);
        lines.push(("provider", format!("{of}, {}, used {at}", Printable(told))));
    }
    lines
}

/// The same for scripts.
pub(super) fn factors_json(ways: &Ways) -> Value {
    let passkey =
        |it: &Passkey| json!({ "name": it.name.as_str(), "last_used_at": it.last_used_at });
    let app =
        |it: &Authenticator| json!({ "name": it.name.as_str(), "last_used_at": it.last_used_at });
    let provider = |(link, slug): &(FederationLink, Option<Slug>)| {
        json!({
            "provider": slug, "issuer": link.issuer, "subject": link.subject, "email": link.email,
            "connected_at": link.created_at, "last_used_at": link.synced_at,
        })
    };
    json!({
        "password": ways.password,
        "passkeys": ways.passkeys.iter().map(passkey).collect::<Vec<_>>(),
        "authenticators": ways.authenticators.iter().map(app).collect::<Vec<_>>(),
        "recovery_codes_left": ways.recovery_codes,
        "providers": ways.providers.iter().map(provider).collect::<Vec<_>>(),
    })
}

fn session_text(session: &Session) -> String {
    format!(
        "used {}, from {}, {}",
        output::time(Some(session.last_used_at)),
        or_dash(session.ip.as_deref()),
        or_dash(session.user_agent.as_deref())
    )
}

/// One person, for scripts.
pub(super) fn json(profile: &Profile) -> Value {
    let user = &profile.user;
    let address = profile.primary_address.as_ref();
    let mut value = json!({
        "id": user.id,
        "subject": user.subject,
        "email": email(profile),
        "email_verified": address.map(|address| address.verified_at.is_some()),
        "username": user.username.as_ref().map(Username::as_str),
        "status": status(user.status),
        "deactivated_at": deactivated_at(user.status),
        "gone_after": gone_after(user.status),
        "roles": profile.roles,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "phone_number_verified": user.contact.phone_number_verified(),
    });
    let details = user.details();
    for detail in Detail::ALL {
        value[detail.as_str()] = json!(details.get(*detail));
    }
    value
}

/// How an account stands after failed sign-ins; `None` where there were none.
pub(super) fn lock_text(lock: &Lock) -> Option<String> {
    let misses = lock.misses_in_a_row;
    let stands = match lock.until {
        _ if lock.is_final => {
            "only browsers that the account knows are let in, until the password is set or \
             `latchkey user unlock`"
                .to_owned()
        }
        Some(until) => {
            format!("locked for unknown browsers until {}", output::time(Some(until)))
        }
        None => "not locked".to_owned(),
    };
    (misses > 0 || lock.holds()).then(|| format!("Failed sign-ins in a row: {misses}; {stands}."))
}

/// The same for scripts.
pub(super) fn lock_json(lock: &Lock) -> Value {
    json!({
        "locked": lock.holds(),
        "until": lock.until,
        "final": lock.is_final,
        "failures_in_a_row": lock.misses_in_a_row,
    })
}

/// A session, for scripts.
pub(super) fn session_json(session: &Session) -> Value {
    json!({
        "id": session.id,
        "ip": session.ip,
        "user_agent": session.user_agent,
        "remember": session.remember,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
    })
}

fn email(profile: &Profile) -> Option<&str> {
    profile.primary_address.as_ref().map(|address| address.email.as_typed())
}

fn or_dash(text: Option<&str>) -> String {
    text.unwrap_or("-").to_owned()
}

fn status(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
        UserStatus::Deactivated { .. } => "deactivated",
        UserStatus::Deleting { .. } => "deleting",
    }
}

/// When the person closed the account, who can open it again.
fn deactivated_at(status: UserStatus) -> Option<DateTime<Utc>> {
    match status {
        UserStatus::Deactivated { since } => Some(since),
        UserStatus::Active | UserStatus::Disabled | UserStatus::Deleting { .. } => None,
    }
}

/// When an account that is being deleted cannot be brought back any more.
fn gone_after(status: UserStatus) -> Option<DateTime<Utc>> {
    match status {
        UserStatus::Deleting { since } => Some(since + DELETION_UNDO),
        UserStatus::Active | UserStatus::Disabled | UserStatus::Deactivated { .. } => None,
    }
}

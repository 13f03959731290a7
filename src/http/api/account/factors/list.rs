//! `GET /api/account/factors`: what one signs in with.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::credential::passkey::{MAX_PASSKEYS, Passkey};
use crate::domain::credential::totp::{Authenticator, MAX_AUTHENTICATORS};
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::account::security::protection;
use crate::http::pages::view;

/// What one signs in with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Factors {
    /// How well the account is protected.
    protection: Protection,
    /// Whether it has a password.
    password: bool,
    /// Its authenticator apps, oldest first.
    apps: Vec<App>,
    /// Whether it can have another one.
    can_add_app: bool,
    /// Its passkeys, oldest first.
    passkeys: Vec<OwnPasskey>,
    /// Whether it can have another one.
    can_add_passkey: bool,
    /// Its recovery codes; null where it never had any.
    recovery_codes: Option<RecoveryCodes>,
    /// In how many browsers it asks for no second factor.
    trusted_browsers: u32,
}

/// How well an account is protected.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// By a password alone.
    Password,
    /// By whoever reads the mail alone.
    Mail,
    /// By a provider alone.
    Provider,
    /// By a provider, and past it by whoever reads the mail.
    MailOrProvider,
    /// There is nothing to sign in with.
    Nothing,
    /// There is a second factor, and nobody asks for it.
    NotAsked,
    /// By two factors, and no recovery codes.
    NoCodes,
    /// By two factors, and few recovery codes.
    FewCodes,
    /// By two factors, and recovery codes.
    Strong,
}

impl From<view::Protection> for Protection {
    fn from(protection: view::Protection) -> Self {
        match protection {
            view::Protection::Password => Self::Password,
            view::Protection::Mail => Self::Mail,
            view::Protection::Provider => Self::Provider,
            view::Protection::MailOrProvider => Self::MailOrProvider,
            view::Protection::Nothing => Self::Nothing,
            view::Protection::NotAsked => Self::NotAsked,
            view::Protection::NoCodes => Self::NoCodes,
            view::Protection::FewCodes => Self::FewCodes,
            view::Protection::Strong => Self::Strong,
        }
    }
}

/// An authenticator app.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// What it is called in calls.
    id: String,
    /// What the person calls it.
    name: String,
    /// Since when it counts (RFC 3339).
    added_at: String,
    /// When a code of it was last right (RFC 3339).
    last_used_at: Option<String>,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnPasskey {
    /// What it is called in calls.
    id: String,
    /// What the person calls it.
    name: String,
    /// When it was added (RFC 3339).
    added_at: String,
    /// When it was last used (RFC 3339).
    last_used_at: Option<String>,
    /// Whether somebody else may have its key as well: its counter went back.
    copied: bool,
    /// Whether it was added when somebody else may have been signed in: it lets nobody in by itself.
    in_doubt: bool,
}

/// The recovery codes of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// When they were made (RFC 3339).
    made_at: String,
    /// How many are left.
    left: u32,
}

/// Lists what the person signs in with.
#[utoipa::path(get, path = "/api/account/factors", tag = "account",
    responses((status = 200, description = "The factors", body = Success<Factors>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = who(&visit).await?;
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    let enrolled = identity.enrolled(&who).await?;
    let (apps, passkeys) = (identity.authenticators(user).await?, identity.passkeys(user).await?);
    let codes = identity.recovery_codes(user).await?;
    let left = codes.map(|(_, left)| left);
    let factors = Factors {
        protection: protection(enrolled, left, &identity.settings()).into(),
        password: enrolled.password,
        can_add_app: apps.len() < MAX_AUTHENTICATORS,
        apps: apps.into_iter().map(app).collect(),
        can_add_passkey: identity.offers_passkeys() && passkeys.len() < MAX_PASSKEYS,
        passkeys: passkeys.into_iter().map(passkey).collect(),
        recovery_codes: codes.map(|(made, left)| RecoveryCodes { made_at: timestamp(made), left }),
        trusted_browsers: identity.trusted_browsers(&who.profile).await?,
    };
    Ok(done(&visit, factors))
}

fn app(app: Authenticator) -> App {
    App {
        id: app.id.to_string(),
        name: app.name.as_str().to_owned(),
        added_at: timestamp(app.confirmed_at.unwrap_or(app.created_at)),
        last_used_at: app.last_used_at.map(timestamp),
    }
}

fn passkey(passkey: Passkey) -> OwnPasskey {
    OwnPasskey {
        id: passkey.id.to_string(),
        name: passkey.name.as_str().to_owned(),
        added_at: timestamp(passkey.created_at),
        last_used_at: passkey.last_used_at.map(timestamp),
        copied: passkey.cloned_at.is_some(),
        in_doubt: passkey.disowned_at.is_some(),
    }
}

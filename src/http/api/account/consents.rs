//! `GET /api/account/consents`: what one allowed apps.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// What one allowed apps.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consents {
    /// An entry per app.
    consents: Vec<Allowed>,
}

/// What one allowed an app.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
    /// The app in calls.
    client_id: String,
    /// What people call it.
    name: String,
    /// What it may ask for.
    scopes: Vec<String>,
    /// Single claims beside those that the scopes hold.
    claims: Vec<String>,
    /// When first (RFC 3339).
    created_at: String,
    /// When last widened (RFC 3339).
    updated_at: String,
}

/// Lists the apps that the person allowed something.
#[utoipa::path(get, path = "/api/account/consents", tag = "account",
    responses((status = 200, description = "The apps", body = Success<Consents>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    let apps = visit.services.identity.apps(user).await?;
    Ok(done(&visit, Consents { consents: apps.into_iter().map(row).collect() }))
}

fn row((consent, client): (Consent, Client)) -> Allowed {
    Allowed {
        client_id: consent.client_id.clone(),
        name: client.name,
        scopes: consent.scopes.iter().map(str::to_owned).collect(),
        claims: consent.claims.iter().map(|claim| claim.as_str().to_owned()).collect(),
        created_at: timestamp(consent.created_at),
        updated_at: timestamp(consent.updated_at),
    }
}

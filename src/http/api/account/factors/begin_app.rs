//! `POST /api/account/factors/apps`: an authenticator app is to be added.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{NewApp, bad_name, factor};
use crate::domain::credential::totp::AuthenticatorName;
use crate::http::api::envelope::{Success, done};
use crate::http::api::json::Json;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// What it is to be called.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AppName {
    /// At most 64 characters. Without it, it gets a usual one in the language of the request.
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
}

/// Begins an authenticator app. Needs a fresh sign-in.
///
/// It counts when a code of it was right, and is forgotten after an hour otherwise.
#[utoipa::path(post, path = "/api/account/factors/apps", tag = "account", request_body = AppName,
    responses((status = 200, description = "What the app scans", body = Success<NewApp>)))]
pub async fn handle(visit: Visit, Json(sent): Json<AppName>) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let locale = visit.frame(None).locale;
    let name = sent.name.unwrap_or_else(|| locale.text("app-name-default"));
    let name = AuthenticatorName::parse(&name).map_err(bad_name)?;
    let begun = visit.services.identity.begin_authenticator(session, name).await;
    Ok(done(&visit, NewApp::of(&begun.map_err(factor)?, locale)))
}

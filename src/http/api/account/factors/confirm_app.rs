//! `POST /api/account/factors/apps/{id}/confirm`: the first code of an authenticator app.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{factor, unknown};
use crate::domain::credential::totp::TotpCode;
use crate::http::api::envelope::{Success, done};
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::flow::set_session;

/// What the app shows.
#[derive(Deserialize, ToSchema)]
pub struct FirstAppCode {
    /// The code, with spaces or without.
    #[schema(min_length = 6)]
    code: String,
}

/// An app that counts from now on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppAdded {
    /// Whether the account has recovery codes. If not, make some now.
    has_recovery_codes: bool,
}

/// Lets an authenticator app count, with a code of it. Needs a fresh sign-in.
#[utoipa::path(post, path = "/api/account/factors/apps/{id}/confirm", tag = "account",
    params(("id" = String, Path, description = "As it was told when the app was begun")),
    request_body = FirstAppCode,
    responses((status = 200, description = "It counts", body = Success<AppAdded>)))]
pub async fn handle(
    visit: Visit,
    id: web::Path<String>,
    Json(typed): Json<FirstAppCode>,
) -> Result<HttpResponse, Failure> {
    let (who, session) = who::session(&visit).await?;
    let id = id.parse().map_err(|_| unknown())?;
    let code = TotpCode::parse(&typed.code).map_err(|_| error::no_code())?;
    let identity = &visit.services.identity;
    let cookie = identity.confirm_authenticator(session, id, code, &visit.context).await;
    let cookie = cookie.map_err(factor)?;
    let has_recovery_codes = identity.recovery_codes(who.session.user_id).await?.is_some();
    let mut answer = done(&visit, AppAdded { has_recovery_codes });
    set_session(&visit, &mut answer, &cookie)?;
    Ok(answer)
}

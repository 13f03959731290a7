//! `PATCH /api/account/factors/apps/{id}`: another name of an authenticator app.

use actix_web::{HttpResponse, web};

use super::{NewName, bad_name, factor, unknown};
use crate::domain::credential::totp::AuthenticatorName;
use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::json::Json;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Gives an authenticator app another name. Needs a fresh sign-in.
#[utoipa::path(patch, path = "/api/account/factors/apps/{id}", tag = "account",
    params(("id" = String, Path, description = "As in the list of factors")), request_body = NewName,
    responses((status = 200, description = "It has the name", body = Success<Nothing>)))]
pub async fn handle(
    visit: Visit,
    id: web::Path<String>,
    Json(sent): Json<NewName>,
) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let id = id.parse().map_err(|_| unknown())?;
    let name = AuthenticatorName::parse(&sent.name).map_err(bad_name)?;
    let renamed =
        visit.services.identity.rename_authenticator(session, id, name, &visit.context).await;
    renamed.map_err(factor)?;
    Ok(done(&visit, Nothing {}))
}

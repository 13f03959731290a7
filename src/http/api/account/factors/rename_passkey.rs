//! `PATCH /api/account/factors/passkeys/{id}`: another name of a passkey.

use actix_web::{HttpResponse, web};

use super::{NewName, bad_name, passkey, unknown};
use crate::domain::credential::passkey::PasskeyName;
use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::json::Json;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Gives a passkey another name. Needs a fresh sign-in.
#[utoipa::path(patch, path = "/api/account/factors/passkeys/{id}", tag = "account",
    params(("id" = String, Path, description = "As in the list of factors")), request_body = NewName,
    responses((status = 200, description = "It has the name", body = Success<Nothing>)))]
pub async fn handle(
    visit: Visit,
    id: web::Path<String>,
    Json(sent): Json<NewName>,
) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let id = id.parse().map_err(|_| unknown())?;
    let name = PasskeyName::parse(&sent.name).ok_or_else(|| bad_name("is no name"))?;
    let renamed = visit.services.identity.rename_passkey(session, id, name, &visit.context).await;
    renamed.map_err(passkey)?;
    Ok(done(&visit, Nothing {}))
}

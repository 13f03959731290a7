//! `DELETE /api/account/factors/apps/{id}`: an authenticator app goes.

use actix_web::{HttpResponse, web};

use super::{factor, unknown};
use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Removes an authenticator app. Needs a fresh sign-in.
#[utoipa::path(delete, path = "/api/account/factors/apps/{id}", tag = "account",
    params(("id" = String, Path, description = "As in the list of factors")),
    responses((status = 200, description = "It is gone", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let id = id.parse().map_err(|_| unknown())?;
    let removed = visit.services.identity.remove_authenticator(session, id, &visit.context).await;
    removed.map_err(factor)?;
    Ok(done(&visit, Nothing {}))
}

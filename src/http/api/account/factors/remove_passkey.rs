//! `DELETE /api/account/factors/passkeys/{id}`: a passkey goes.

use actix_web::{HttpResponse, web};

use super::{passkey, unknown};
use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Removes a passkey. Needs a fresh sign-in.
#[utoipa::path(delete, path = "/api/account/factors/passkeys/{id}", tag = "account",
    params(("id" = String, Path, description = "As in the list of factors")),
    responses((status = 200, description = "It is gone", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let id = id.parse().map_err(|_| unknown())?;
    let removed = visit.services.identity.remove_passkey(session, id, &visit.context).await;
    removed.map_err(passkey)?;
    Ok(done(&visit, Nothing {}))
}

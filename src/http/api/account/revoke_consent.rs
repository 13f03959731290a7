//! `DELETE /api/account/consents/{clientId}`: takes back what one allowed an app.

use actix_web::{HttpResponse, web};

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error::Code;
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::account::AppError;

/// Takes back what the person allowed an app. Every token that it holds for them is dead after this.
#[utoipa::path(delete, path = "/api/account/consents/{clientId}", tag = "account",
    params(("clientId" = String, Path, description = "As in the list of consents")),
    responses((status = 200, description = "The app may do nothing more", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    let not_found = || Code::NotFound.because("the person allowed no such app");
    let id = id.parse().map_err(|_| not_found())?;
    match visit.services.identity.remove_app(user, id, &visit.context).await {
        Ok(()) => Ok(done(&visit, Nothing {})),
        Err(AppError::NotFound) => Err(not_found()),
        Err(AppError::Storage(error)) => Err(error.into()),
    }
}

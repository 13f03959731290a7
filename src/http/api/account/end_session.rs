//! `DELETE /api/account/sessions/{id}`: out of one browser.

use actix_web::{HttpResponse, web};

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error::Code;
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::session::SessionError;

/// Signs the person out of one browser.
#[utoipa::path(delete, path = "/api/account/sessions/{id}", tag = "account",
    params(("id" = String, Path, description = "As in the list of sessions")),
    responses((status = 200, description = "Signed out there", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    let not_found = || Code::NotFound.because("no such session of this person");
    let id = id.parse().map_err(|_| not_found())?;
    match visit.services.identity.end_session(user, id, &visit.context).await {
        Ok(()) => Ok(done(&visit, Nothing {})),
        Err(SessionError::NotFound) => Err(not_found()),
        Err(SessionError::Storage(error)) => Err(error.into()),
    }
}

//! `POST /api/account/export`: what is kept about one.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::api::envelope::{Success, done};
use crate::http::api::error::Code;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::export::ExportError;

/// What is kept, as the account pages hand it out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Exported(Value);

/// Hands out everything that is kept about the person, without secrets. Needs a fresh sign-in, and is told
/// on the trail.
#[utoipa::path(post, path = "/api/account/export", tag = "account",
    responses((status = 200, description = "What is kept", body = Success<Exported>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    match visit.services.identity.export(session, &visit.context).await {
        Ok(document) => Ok(done(&visit, Exported(document))),
        Err(ExportError::NotSignedIn) => Err(Code::NotSignedIn.because("no live session")),
        Err(ExportError::NotFresh) => {
            Err(Code::FreshSignInRequired.because("the sign-in is too long ago"))
        }
        Err(ExportError::Storage(error)) => Err(error.into()),
    }
}

//! `POST /api/account/delete`: one's own account, with time to come back.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::auth::logout::without_cookies;
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::api::error::Code;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::closing::CloseError;

/// An account that is being deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deleted {
    /// Until when a link brings it back (RFC 3339). After that it is gone.
    until: String,
    /// Whether that link was mailed.
    mailed: bool,
}

/// Begins to delete the account. Needs a fresh sign-in.
///
/// Every session and authorization ends at once. For 14 days the link in the mail brings the account back.
#[utoipa::path(post, path = "/api/account/delete", tag = "account",
    responses((status = 200, description = "It is being deleted", body = Success<Deleted>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    match visit.services.identity.delete_own_account(session, &visit.context).await {
        Ok(closed) => {
            let deleted = Deleted { until: timestamp(closed.until), mailed: closed.mailed };
            without_cookies(&visit, done(&visit, deleted))
        }
        Err(CloseError::NotSignedIn) => Err(Code::NotSignedIn.because("no live session")),
        Err(CloseError::NotFresh) => {
            Err(Code::FreshSignInRequired.because("the sign-in is too long ago"))
        }
        Err(CloseError::LastAdministrator) => {
            Err(Code::LastAdministrator.because("nobody could administer Latchkey then"))
        }
        Err(CloseError::Storage(error)) => Err(error.into()),
    }
}

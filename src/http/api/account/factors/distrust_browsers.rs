//! `DELETE /api/account/factors/trusted-browsers`: the second factor is asked for everywhere again.

use actix_web::HttpResponse;

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Lets the account ask for its second factor in every browser again.
#[utoipa::path(delete, path = "/api/account/factors/trusted-browsers", tag = "account",
    responses((status = 200, description = "No browser is trusted", body = Success<Nothing>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    visit.services.identity.distrust_browsers(user, &visit.context).await?;
    Ok(done(&visit, Nothing {}))
}

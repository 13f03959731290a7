//! `POST /api/account/factors/recovery-codes`: new recovery codes.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::factor;
use crate::http::api::envelope::{Success, done};
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Recovery codes.
#[derive(Serialize, ToSchema)]
pub struct NewCodes {
    /// Each works once. They are told this once.
    codes: Vec<String>,
}

/// Makes recovery codes in the place of those before. Needs a fresh sign-in, and a second factor.
#[utoipa::path(post, path = "/api/account/factors/recovery-codes", tag = "account",
    responses((status = 200, description = "The codes", body = Success<NewCodes>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let codes = visit.services.identity.make_recovery_codes(session, &visit.context).await;
    let codes = codes.map_err(factor)?;
    let codes = codes.iter().map(|code| code.shown().expose().clone()).collect();
    Ok(done(&visit, NewCodes { codes }))
}

//! `POST /api/account/sessions/end-others`: out of every browser but this one.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::envelope::{Success, done};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// What ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// How many sessions.
    ended: usize,
}

/// Signs the person out of every browser but the one that asks.
#[utoipa::path(post, path = "/api/account/sessions/end-others", tag = "account",
    responses((status = 200, description = "Signed out elsewhere", body = Success<Ended>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = who(&visit).await?;
    let (user, present) = (who.session.user_id, who.session.id);
    let identity = &visit.services.identity;
    let ended = identity.end_other_sessions(user, present, &visit.context).await?;
    Ok(done(&visit, Ended { ended }))
}

//! `POST /api/auth/refresh`: the next access token of somebody who is remembered.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::envelope::{Success, done};
use crate::http::api::error::{self, Code};
use crate::http::api::refresh_cookie;
use crate::http::api::signing_in::api;
use crate::http::api::step::Session;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// What the front end is given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refreshed {
    /// In the place of what it had.
    session: Session,
}

/// Exchanges the refresh cookie for the next one, and for an access token.
///
/// A cookie that was exchanged before is a copy in wrong hands: with it, everything ends that came of
/// the sign-in.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth",
    responses((status = 200, description = "A new access token", body = Success<Refreshed>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let missing = || Code::RefreshRefused.because("no refresh cookie");
    let token = refresh_cookie::token(&visit).ok_or_else(missing)?;
    let tokens = api(&visit)?.client.refresh(token, visit.context.clone()).await;
    let tokens = tokens.map_err(error::tokens)?;
    let mut answer = done(&visit, Refreshed { session: Session::of(&tokens) });
    refresh_cookie::set(&visit, &mut answer, &tokens)?;
    Ok(answer)
}

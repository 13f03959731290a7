//! `POST /api/auth/logout`: out of this browser.

use actix_web::HttpResponse;

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error;
use crate::http::api::refresh_cookie;
use crate::http::api::signing_in::api;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;

/// Signs this browser out, and gives its refresh token back. Whoever was not signed in is not either
/// after this.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth",
    responses((status = 200, description = "Nobody is signed in here", body = Success<Nothing>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    if let Some(token) = refresh_cookie::token(&visit) {
        let given_back = api(&visit)?.client.give_back(token, visit.context.clone());
        given_back.await.map_err(error::tokens)?;
    }
    if let Some(secret) = visit.session {
        visit.services.identity.sign_out(secret, &visit.context).await?;
    }
    signed_out(&visit)
}

/// The answer, which takes the cookies away.
pub(super) fn signed_out(visit: &Visit) -> Result<HttpResponse, Failure> {
    without_cookies(visit, done(visit, Nothing {}))
}

/// Takes the cookies away with an answer.
pub(in crate::http::api) fn without_cookies(
    visit: &Visit,
    mut answer: HttpResponse,
) -> Result<HttpResponse, Failure> {
    answer
        .add_cookie(&cookies::removal(&visit.site.issuer, Kind::Session))
        .map_err(|error| Failure::internal(error.to_string()))?;
    refresh_cookie::forget(visit, &mut answer)?;
    Ok(answer)
}

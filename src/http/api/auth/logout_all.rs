//! `POST /api/auth/logout-all`: out of every browser.

use actix_web::HttpResponse;

use super::logout::signed_out;
use crate::http::api::envelope::{Nothing, Success};
use crate::http::api::signing_in::api;
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Signs the person out of every browser, this one included, and ends what the front end holds for
/// them. Other apps that were allowed to act while the person is away may still do so.
#[utoipa::path(post, path = "/api/auth/logout-all", tag = "auth",
    responses((status = 200, description = "Signed out everywhere", body = Success<Nothing>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (user, client) = (who(&visit).await?.session.user_id, api(&visit)?.client.client_id());
    let identity = &visit.services.identity;
    identity.sign_out_everywhere(user, client.clone(), &visit.context).await?;
    signed_out(&visit)
}

//! `POST /api/auth/reset-password`: a new password by a mailed link.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::kernel::secret::Secret;

/// The link and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reset {
    /// What stands behind `token=` in the link that was mailed.
    #[schema(min_length = 1)]
    token: String,
    /// The new password.
    #[schema(min_length = 8, format = "password")]
    password: String,
}

/// Sets the password of whom a link was mailed to, and ends whatever they had open.
///
/// Nobody is signed in by this, and whatever else is asked of the account at a sign-in is asked as before.
#[utoipa::path(post, path = "/api/auth/reset-password", tag = "auth", request_body = Reset,
    responses((status = 200, description = "The password is the new one", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, Json(reset): Json<Reset>) -> Result<HttpResponse, Failure> {
    let (token, password) =
        (Secret::from(reset.token.as_str()), Secret::from(reset.password.as_str()));
    let redeemed =
        visit.services.identity.redeem_password_link(&token, &password, &visit.context).await;
    redeemed.map_err(|it| error::link(it, "password", visit.site.env.now()))?;
    Ok(done(&visit, Nothing {}))
}

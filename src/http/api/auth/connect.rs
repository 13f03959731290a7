//! `POST /api/auth/connect`: whether the account and who one is at a provider belong together.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::envelope::Success;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;

/// What the person decided.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Connection {
    /// The sign-in.
    flow: String,
    /// Whether the account is connected. With whom says the sign-in, not the call.
    connect: bool,
}

/// Answers the step `connect`. It is asked no more, whatever the answer.
#[utoipa::path(post, path = "/api/auth/connect", tag = "auth", request_body = Connection,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(
    visit: Visit,
    Json(connection): Json<Connection>,
) -> Result<HttpResponse, Failure> {
    let at = signing_in::under_way(&visit, &connection.flow).await?;
    signing_in::take(&visit, at, Input::Connect(connection.connect)).await
}

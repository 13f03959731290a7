//! `POST /api/auth/consent`: what the app may do.

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
pub struct Decision {
    /// The sign-in.
    flow: String,
    /// Whether the app may do what it asks for. What that is says the sign-in, not the call.
    allow: bool,
}

/// Answers the step `consent`.
#[utoipa::path(post, path = "/api/auth/consent", tag = "auth", request_body = Decision,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(decision): Json<Decision>) -> Result<HttpResponse, Failure> {
    let at = signing_in::under_way(&visit, &decision.flow).await?;
    let input = if decision.allow { Input::Allow } else { Input::Deny };
    signing_in::take(&visit, at, input).await
}

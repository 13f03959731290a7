//! `POST /api/auth/totp`: a code of an authenticator app.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::credential::totp::TotpCode;
use crate::http::api::envelope::Success;
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;

/// What the person typed after another factor.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondCode {
    /// The sign-in.
    pub(super) flow: String,
    /// The code, with spaces or without.
    #[schema(min_length = 6)]
    pub(super) code: String,
    /// Whether the account is to ask for no second factor in this browser for some time.
    #[serde(default)]
    pub(super) trust_browser: bool,
}

/// Proves an authenticator app after another factor.
///
/// What is no code is refused without being counted.
#[utoipa::path(post, path = "/api/auth/totp", tag = "auth", request_body = SecondCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(typed): Json<SecondCode>) -> Result<HttpResponse, Failure> {
    let code = TotpCode::parse(&typed.code).map_err(|_| error::no_code())?;
    let at = signing_in::under_way(&visit, &typed.flow).await?;
    let input = Input::Totp { code, trust_browser: typed.trust_browser };
    signing_in::take(&visit, at, input).await
}

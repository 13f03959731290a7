//! `POST /api/auth/recovery-code`: a recovery code.

use actix_web::HttpResponse;

use super::totp::SecondCode;
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::http::api::envelope::Success;
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;

/// Proves a recovery code after another factor. It is of no use after that.
///
/// What is no code is refused without being counted.
#[utoipa::path(post, path = "/api/auth/recovery-code", tag = "auth", request_body = SecondCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(typed): Json<SecondCode>) -> Result<HttpResponse, Failure> {
    let code = RecoveryCode::parse(&typed.code).map_err(|_| error::no_code())?;
    let at = signing_in::under_way(&visit, &typed.flow).await?;
    let input = Input::RecoveryCode { code, trust_browser: typed.trust_browser };
    signing_in::take(&visit, at, input).await
}

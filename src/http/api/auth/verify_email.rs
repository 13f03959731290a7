//! `POST /api/auth/verify-email`: the address of an account to be made.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::credential::mailed_code::{Code, CodePurpose};
use crate::http::api::envelope::Success;
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;
use crate::identity::login::factors::typed_code::TypedCode;

/// What the person typed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressCode {
    /// The sign-in.
    flow: String,
    /// Six digits, with spaces or without.
    #[schema(min_length = 6, example = "483920")]
    code: String,
    /// Another username, where the one that was wanted went to somebody else.
    username: Option<String>,
}

/// Confirms the address of an account to be made, with the code that was mailed to it.
///
/// The account is made by this, and the person is signed in.
#[utoipa::path(post, path = "/api/auth/verify-email", tag = "auth", request_body = AddressCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(typed): Json<AddressCode>) -> Result<HttpResponse, Failure> {
    let code = Code::parse(&typed.code).ok_or_else(error::no_code)?;
    let at = signing_in::under_way(&visit, &typed.flow).await?;
    let input = Input::MailedCode(TypedCode {
        purpose: CodePurpose::Register,
        code,
        remember: None,
        trust_browser: false,
        username: typed.username,
        locale: visit.frame(None).locale,
    });
    signing_in::take(&visit, at, input).await
}

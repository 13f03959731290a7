//! `POST /api/auth/verify-otp`: a code that was mailed.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::send_otp::CodeFor;
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
pub struct MailedCode {
    /// The sign-in.
    flow: String,
    /// What the code is for: as when it was asked for.
    #[serde(default)]
    purpose: CodeFor,
    /// Six digits, with spaces or without.
    #[schema(min_length = 6, example = "483920")]
    code: String,
    /// Whether the sign-in outlives the browser window, where the code is the first factor.
    remember_me: Option<bool>,
    /// Whether the account is to ask for no second factor in this browser for some time, where the code is
    /// one.
    #[serde(default)]
    trust_browser: bool,
}

/// Signs in with a mailed code, or proves it as the second factor.
#[utoipa::path(post, path = "/api/auth/verify-otp", tag = "auth", request_body = MailedCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(typed): Json<MailedCode>) -> Result<HttpResponse, Failure> {
    if typed.purpose == CodeFor::Register {
        let reason = "is confirmed at /api/auth/verify-email".to_owned();
        return Err(error::invalid([("purpose".to_owned(), reason)].into()));
    }
    let code = Code::parse(&typed.code).ok_or_else(error::no_code)?;
    let (at, remember) = signing_in::at(&visit, Some(&typed.flow), typed.remember_me).await?;
    let purpose = typed.purpose.code();
    let input = Input::MailedCode(TypedCode {
        purpose,
        code,
        remember: remember.filter(|_| purpose == CodePurpose::SignIn),
        trust_browser: purpose == CodePurpose::SecondFactor && typed.trust_browser,
        username: None,
        locale: visit.frame(None).locale,
    });
    signing_in::take(&visit, at, input).await
}

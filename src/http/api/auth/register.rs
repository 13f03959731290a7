//! `POST /api/auth/register`: an account is to be made.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::api::elsewhere;
use crate::http::api::envelope::Success;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::{NextStep, SignIn};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;
use crate::identity::register::Registration;
use crate::kernel::secret::Secret;

/// What the person typed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// The address. A code is mailed to it.
    #[schema(min_length = 3, format = "email")]
    email: String,
    /// The password.
    #[schema(min_length = 8, format = "password")]
    password: String,
    /// The full name; may be left out.
    #[serde(default)]
    name: String,
    /// A username; may be left out.
    #[serde(default)]
    username: String,
    /// Whether the sign-in outlives the browser window.
    remember_me: Option<bool>,
    /// The sign-in that goes on; without it, one begins.
    flow: Option<String>,
}

/// Mails a code to the address of an account to be made.
///
/// The next step is `verify-email`; before it there is no account. Whether the address has an account
/// already is not told: its owner is, by mail, and no code is right. Where a provider owns the domain of the
/// address, the next step is `provider`.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = NewAccount,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(new): Json<NewAccount>) -> Result<HttpResponse, Failure> {
    let elsewhere = elsewhere::leave(&visit, &new.email, new.flow.as_deref(), new.remember_me);
    if let Some(answer) = elsewhere.await? {
        return Ok(answer);
    }
    let (at, remember) = signing_in::at(&visit, new.flow.as_deref(), new.remember_me).await?;
    let input = Input::Register(Registration {
        email: new.email,
        name: new.name,
        username: new.username,
        password: Some(Secret::from(new.password.as_str())),
        passkey: false,
        remember: remember.unwrap_or_default(),
        locale: visit.frame(None).locale,
    });
    signing_in::mail(&visit, at, input, CodePurpose::Register, NextStep::VerifyEmail).await
}

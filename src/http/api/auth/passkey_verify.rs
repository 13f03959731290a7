//! `POST /api/auth/passkey/verify`: what the browser signed.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::passkey_options::part;
use crate::http::api::envelope::Success;
use crate::http::api::error::Code;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;
use crate::identity::login::factors::passkey::PasskeyAnswer;

/// What the browser made of the question.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyAnswered {
    /// The sign-in.
    flow: String,
    /// Which question it answers.
    ceremony: String,
    /// What `toJSON()` of the `PublicKeyCredential` gives (WebAuthn §5.1).
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
    /// Whether the sign-in outlives the browser window, where the passkey is the first factor.
    remember_me: Option<bool>,
    /// Whether the account is to ask for no second factor in this browser for some time.
    #[serde(default)]
    trust_browser: bool,
}

/// Signs in with a passkey, or proves it after another factor.
///
/// The front end must be one of the allow-listed origins: browsers sign where they were asked.
#[utoipa::path(post, path = "/api/auth/passkey/verify", tag = "auth", request_body = PasskeyAnswered,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(
    visit: Visit,
    Json(answered): Json<PasskeyAnswered>,
) -> Result<HttpResponse, Failure> {
    let unknown = |_| Code::PasskeyRefused.because("no question of ours has this id");
    let ceremony = answered.ceremony.parse().map_err(unknown)?;
    let (at, view) = signing_in::look(&visit, &answered.flow).await?;
    let part = part(&view, answered.remember_me);
    let credential = Value::Object(answered.credential).to_string();
    let trust_browser = answered.trust_browser;
    let input = Input::Passkey(PasskeyAnswer { ceremony, credential, part, trust_browser });
    signing_in::take(&visit, at, input).await
}

//! `POST /api/account/factors/passkeys/verify`: the passkey that the browser made.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::passkey;
use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error::Code;
use crate::http::api::json::Json;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::passkeys::NewPasskey;

/// What the browser made of the question.
#[derive(Deserialize, ToSchema)]
pub struct NewPasskeyAnswer {
    /// Which question it answers.
    ceremony: String,
    /// What `toJSON()` of the `PublicKeyCredential` gives (WebAuthn §5.1).
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
}

/// Adds the passkey that the browser made. Needs a fresh sign-in.
///
/// No browser is trusted without a second factor after it.
#[utoipa::path(post, path = "/api/account/factors/passkeys/verify", tag = "account",
    request_body = NewPasskeyAnswer,
    responses((status = 200, description = "It is there", body = Success<Nothing>)))]
pub async fn handle(
    visit: Visit,
    Json(made): Json<NewPasskeyAnswer>,
) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let unknown = |_| Code::PasskeyRefused.because("no question of ours has this id");
    let new = NewPasskey {
        ceremony: made.ceremony.parse().map_err(unknown)?,
        credential: Value::Object(made.credential).to_string(),
        fallback_name: visit.frame(None).locale.text("passkey"),
    };
    let (identity, browser) = (&visit.services.identity, visit.browser.or_nobody());
    identity.add_passkey(session, browser, new, &visit.context).await.map_err(passkey)?;
    Ok(done(&visit, Nothing {}))
}

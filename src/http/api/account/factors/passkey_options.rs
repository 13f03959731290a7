//! `POST /api/account/factors/passkeys/options`: a passkey is to be added.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::passkey;
use crate::http::api::envelope::{Success, done};
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// A question to the browser.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPasskeyQuestion {
    /// Which question it is, to be sent with the answer. It is used up by the first one, and lives for
    /// five minutes.
    ceremony: String,
    /// What `PublicKeyCredential.parseCreationOptionsFromJSON` takes (WebAuthn §5.1.8).
    #[schema(value_type = Object)]
    public_key: Value,
}

/// Asks for a new passkey. Needs a fresh sign-in.
#[utoipa::path(post, path = "/api/account/factors/passkeys/options", tag = "account",
    responses((status = 200, description = "What the browser is asked",
        body = Success<NewPasskeyQuestion>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (_, session) = who::session(&visit).await?;
    let identity = &visit.services.identity;
    let asked = identity.ask_for_new_passkey(session, visit.browser.or_nobody()).await;
    let asked = asked.map_err(passkey)?;
    let (ceremony, public_key) = (asked.ceremony.to_string(), asked.options);
    Ok(done(&visit, NewPasskeyQuestion { ceremony, public_key }))
}

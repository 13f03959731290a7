//! `POST /api/auth/passkey/options`: what the browser is asked to sign.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::api::envelope::{Success, done};
use crate::http::api::error;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::factors::passkey::Part;
use crate::identity::login::{FlowView, Next};

/// In which sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyWanted {
    /// The sign-in that goes on; without it, one begins.
    flow: Option<String>,
    /// Whether the sign-in that begins outlives the browser window.
    remember_me: Option<bool>,
}

/// A question to the browser.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyQuestion {
    /// The sign-in, to be sent with the answer.
    flow: String,
    /// Which question it is, to be sent with the answer. It is used up by the first one, and lives for
    /// five minutes.
    ceremony: String,
    /// What `PublicKeyCredential.parseRequestOptionsFromJSON` takes (WebAuthn §5.1.9).
    #[schema(value_type = Object)]
    public_key: Value,
}

/// Asks for a passkey: to sign in with, or after another factor.
#[utoipa::path(post, path = "/api/auth/passkey/options", tag = "auth", request_body = PasskeyWanted,
    responses((status = 200, description = "What the browser is asked", body = Success<PasskeyQuestion>)))]
pub async fn handle(
    visit: Visit,
    Json(asking): Json<PasskeyWanted>,
) -> Result<HttpResponse, Failure> {
    let remember = asking.remember_me;
    let (at, part) = if let Some(flow) = &asking.flow {
        let (at, view) = signing_in::look(&visit, flow).await?;
        (at, part(&view, remember))
    } else {
        let (at, remember) = signing_in::at(&visit, None, remember).await?;
        (at, Part::First { remember })
    };
    let asked = visit.services.identity.ask_for_passkey(at, part).await;
    let asked = asked.map_err(|it| error::flow(it, visit.site.env.now()))?;
    let (flow, ceremony) = (at.flow.to_string(), asked.ceremony.to_string());
    let public_key = asked.options;
    Ok(done(&visit, PasskeyQuestion { flow, ceremony, public_key }))
}

/// As which factor a passkey is asked for where a flow stands.
pub(super) fn part(view: &FlowView, remember: Option<bool>) -> Part {
    match view.next {
        Next::SecondFactor { .. } => Part::Second,
        Next::Login { .. }
        | Next::SetUp
        | Next::Register
        | Next::MakePasskey
        | Next::Connect
        | Next::SelectAccount
        | Next::Consent { .. }
        | Next::Unmet
        | Next::Done
        | Next::Denied => Part::First { remember: signing_in::remembered(view, remember) },
    }
}

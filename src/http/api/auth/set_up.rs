//! `POST /api/auth/set-up`: an authenticator app, before one is let in.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::credential::totp::AuthenticatorName;
use crate::http::api::account::factors::NewApp;
use crate::http::api::envelope::{Success, done};
use crate::http::api::error::{self, Code};
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::SetUp;

/// In which sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetUpBegun {
    /// The sign-in, which waits for `set-up`.
    flow: String,
}

/// An app that waits for its first code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstApp {
    /// The sign-in, to be sent with the code.
    flow: String,
    /// The app. Its secret is told this once.
    app: NewApp,
}

/// Begins an authenticator app in a sign-in that waits for a second factor to be set up.
#[utoipa::path(post, path = "/api/auth/set-up", tag = "auth", request_body = SetUpBegun,
    responses((status = 200, description = "What the app scans", body = Success<FirstApp>)))]
pub async fn handle(visit: Visit, Json(sent): Json<SetUpBegun>) -> Result<HttpResponse, Failure> {
    let at = signing_in::under_way(&visit, &sent.flow).await?;
    let locale = visit.frame(None).locale;
    let name = AuthenticatorName::parse(&locale.text("app-name-default"));
    let name = name.map_err(|error| Failure::internal(error.to_string()))?;
    let begun = visit.services.identity.begin_set_up(at, name, &visit.context).await;
    match begun.map_err(|it| error::flow(it, visit.site.env.now()))? {
        SetUp::Done(begun) => {
            let app = NewApp::of(&begun, locale);
            Ok(done(&visit, FirstApp { flow: at.flow.to_string(), app }))
        }
        SetUp::Elsewhere(_) => Err(Code::NotAskedFor.because("the flow waits for something else")),
    }
}

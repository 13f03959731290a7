//! `POST /api/auth/set-up/confirm`: the first code of an authenticator app, before one is let in.

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
use crate::identity::login::SetUp;

/// What the app shows.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstCode {
    /// The sign-in.
    flow: String,
    /// The app that was begun in it.
    app: String,
    /// What it shows.
    #[schema(min_length = 6)]
    code: String,
}

/// Confirms the app with a code, which proves it as well.
///
/// The answer has the recovery codes of the account, this once. Where the app was begun too long ago, the
/// next step is `set-up` still.
#[utoipa::path(post, path = "/api/auth/set-up/confirm", tag = "auth", request_body = FirstCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(typed): Json<FirstCode>) -> Result<HttpResponse, Failure> {
    let code = TotpCode::parse(&typed.code).map_err(|_| error::no_code())?;
    let unknown = || error::invalid([("app".to_owned(), "is none of ours".to_owned())].into());
    let id = typed.app.parse().map_err(|_| unknown())?;
    let at = signing_in::under_way(&visit, &typed.flow).await?;
    let confirmed = visit.services.identity.confirm_set_up(at, id, code, &visit.context).await;
    match confirmed.map_err(|it| error::flow(it, visit.site.env.now()))? {
        SetUp::Done((advanced, codes)) => {
            let codes = codes.iter().map(|code| code.shown().expose().clone()).collect();
            signing_in::answer(&visit, at, advanced, codes).await
        }
        SetUp::Elsewhere(advanced) => signing_in::answer(&visit, at, *advanced, vec![]).await,
    }
}

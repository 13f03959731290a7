//! `GET /api/auth/session`: where a front end begins.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::account::Person;
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;

/// Who is there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Present {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// Who.
    pub user: Option<Person>,
    /// When the session ends at the latest (RFC 3339).
    pub expires_at: Option<String>,
    /// What every call that changes something carries as `X-CSRF-Token`. It belongs to the browser, and
    /// lasts as long as its cookie.
    pub csrf_token: String,
}

/// Tells who is signed in, and gives the browser what further calls need.
#[utoipa::path(get, path = "/api/auth/session", tag = "auth",
    responses((status = 200, description = "Who is there", body = Success<Present>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let who = match visit.session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    let present = Present {
        signed_in: who.is_some(),
        user: who.as_ref().map(|who| Person::of(&who.profile, &visit.site.issuer)),
        expires_at: who.as_ref().map(|who| timestamp(who.session.expires_at)),
        csrf_token: visit.csrf(Binding::Api(browser)),
    };
    let mut answer = done(&visit, present);
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

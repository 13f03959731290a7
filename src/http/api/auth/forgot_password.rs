//! `POST /api/auth/forgot-password`: a link to set a new password, by mail.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::providers::OtherProvider;
use crate::http::api::envelope::{Success, done};
use crate::http::api::error::{self, Code, invalid};
use crate::http::api::json::Json;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::recover::ForgotError;

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// An email address or a username. May be called `email` or `username` instead.
    #[serde(alias = "email", alias = "username")]
    #[schema(min_length = 1)]
    identifier: String,
}

/// What there is to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sent {
    /// Where the password of this address is kept, because a provider owns its domain: nothing was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<OtherProvider>,
}

/// Mails a link to set a new password, to whoever has this address or username.
///
/// Whether anybody has is not told.
#[utoipa::path(post, path = "/api/auth/forgot-password", tag = "auth", request_body = Forgotten,
    responses((status = 200, description = "The same for everybody", body = Success<Sent>)))]
pub async fn handle(visit: Visit, Json(asked): Json<Forgotten>) -> Result<HttpResponse, Failure> {
    let typed = asked.identifier.trim();
    if typed.is_empty() {
        return Err(invalid([("identifier".to_owned(), "must not be empty".to_owned())].into()));
    }
    let owner = visit.services.identity.provider_of(typed);
    let provider = owner.map(|it| OtherProvider { id: it.slug.to_string(), name: it.label });
    // The mail goes out all the same: an account may have a password here, or have been closed.
    match visit.services.identity.forgot_password(typed, &visit.context).await {
        Ok(()) => Ok(done(&visit, Sent { provider })),
        Err(ForgotError::Closed) if provider.is_some() => Ok(done(&visit, Sent { provider })),
        Err(ForgotError::Closed) => Err(Code::MailClosed.because("there is no mail")),
        Err(ForgotError::TooMany { retry_at, standing }) => {
            Err(error::too_many(retry_at, standing, visit.site.env.now()))
        }
        Err(ForgotError::Storage(error)) => Err(error.into()),
    }
}

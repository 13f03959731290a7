//! `POST /auth/{provider}/backchannel-logout` (OpenID Connect Back-Channel Logout §2.5): a provider that
//! people sign in with says that they signed out there. No cookie is read, and none is set.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::refusal;
use crate::http::error::Failure;
use crate::http::extract::context::Context;
use crate::http::extract::form::Form;
use crate::http::services::Services;
use crate::identity::federated::LogoutTokenError;
use crate::protocol::error::{OAuthError, Refusal};

/// Where it is said.
pub const PATH: &str = "/auth/{provider}/backchannel-logout";

/// Ends what the logout token names. Whether there was anything is not told.
pub async fn take(
    services: web::Data<Services>,
    request: HttpRequest,
    slug: web::Path<String>,
    Form(form): Form,
    Context(context): Context,
) -> Result<HttpResponse, Failure> {
    let token = form.secret("logout_token");
    match services.identity.signed_out_there(&slug, token, &context).await {
        Ok(_) => Ok(HttpResponse::build(StatusCode::OK)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish()),
        Err(LogoutTokenError::Unknown) => Err(Failure::not_found("no such provider")),
        Err(LogoutTokenError::Storage(error)) => Err(error.into()),
        // Then the provider asks again.
        Err(LogoutTokenError::Provider(error)) if error.is_away() => {
            Err(Failure::busy(error.to_string()))
        }
        Err(LogoutTokenError::Provider(error)) => {
            let got = error.to_string();
            Ok(refused(&request, "check_logout_token", "the logout token is not taken", &got))
        }
        Err(LogoutTokenError::Replayed) => {
            let got = "one that came before";
            Ok(refused(&request, "check_logout_token_once", "the logout token came before", got))
        }
    }
}

fn refused(
    request: &HttpRequest,
    check: &'static str,
    description: &'static str,
    got: &str,
) -> HttpResponse {
    let section = "OIDC Back-Channel Logout 2.6";
    let refusal = Refusal::new(OAuthError::InvalidRequest, check, section, description)
        .compared("a new logout token of this provider", got);
    refusal::log(&refusal);
    refusal::token(&refusal, request)
}

//! `POST /oauth2/token` (RFC 6749 §3.2).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{json, refusal, token_request};
use crate::http::error::Failure;
use crate::http::extract::context::Context;
use crate::http::extract::form::FormBody;
use crate::http::services::Services;

/// Answers a token request. No cookie is read or set.
pub async fn token(
    services: web::Data<Services>,
    request: HttpRequest,
    FormBody(body): FormBody,
    Context(context): Context,
) -> Result<HttpResponse, Failure> {
    let asked = token_request(&request, &body)?;
    match services.provider.token(asked, context).await {
        Ok(tokens) => Ok(json(StatusCode::OK, &tokens)),
        Err(error) => refusal::split(error).map(|refusal| refusal::token(&refusal, &request)),
    }
}

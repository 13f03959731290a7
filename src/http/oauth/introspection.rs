//! `POST /oauth2/introspect` (RFC 7662 §2).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{json, refusal, token_request};
use crate::http::error::Failure;
use crate::http::extract::context::Context;
use crate::http::extract::form::FormBody;
use crate::http::services::Services;

/// Tells a client about a token of its own.
pub async fn introspect(
    services: web::Data<Services>,
    request: HttpRequest,
    FormBody(body): FormBody,
    Context(context): Context,
) -> Result<HttpResponse, Failure> {
    let asked = token_request(&request, &body)?;
    match services.provider.introspect(asked, context).await {
        Ok(known) => Ok(json(StatusCode::OK, &known)),
        Err(error) => refusal::split(error).map(|refusal| refusal::token(&refusal, &request)),
    }
}

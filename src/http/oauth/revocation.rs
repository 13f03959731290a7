//! `POST /oauth2/revoke` (RFC 7009 §2).

use actix_web::{HttpRequest, HttpResponse, web};

use super::{refusal, token_request};
use crate::http::error::Failure;
use crate::http::extract::context::Context;
use crate::http::extract::form::FormBody;
use crate::http::services::Services;

/// Ends a token that a client gives back.
pub async fn revoke(
    services: web::Data<Services>,
    request: HttpRequest,
    FormBody(body): FormBody,
    Context(context): Context,
) -> Result<HttpResponse, Failure> {
    let asked = token_request(&request, &body)?;
    match services.provider.revoke(asked, context).await {
        Ok(()) => Ok(HttpResponse::Ok().finish()),
        Err(error) => refusal::split(error).map(|refusal| refusal::token(&refusal, &request)),
    }
}

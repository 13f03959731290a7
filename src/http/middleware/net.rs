//! The net below everything: what panics outside of a handler, while its answer is rendered for
//! example, is answered all the same. Nothing is rendered here, so that nothing can go wrong.

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use futures_util::FutureExt as _;

/// The layer itself; see the module.
pub async fn net<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_| {
        let answer = HttpResponse::InternalServerError()
            .content_type("text/plain; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body("Internal Server Error");
        Err(InternalError::from_response("a panic outside of a handler", answer).into())
    })
}

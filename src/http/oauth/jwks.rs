//! `GET /oauth2/jwks` (RFC 7517 §5).

use actix_web::{HttpRequest, HttpResponse, web};

use super::document::Document;
use crate::http::services::Services;

/// The public keys.
pub async fn jwks(services: web::Data<Services>, request: HttpRequest) -> HttpResponse {
    let published = services.provider.jwks();
    let key_set = published.key_set;
    let document = Document { body: key_set.body, gzip: key_set.gzip, etag: key_set.etag };
    document.answer(&request, published.max_age)
}

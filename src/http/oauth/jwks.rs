//! `GET /oauth2/jwks` (RFC 7517 §5).

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::http::services::Services;

/// For how long the keys may be kept. A key is published long before it is used.
const CACHING: &str = "public, max-age=300";

/// The public keys. Whoever has them already is told so (RFC 9110 §13.1.2).
pub async fn jwks(services: web::Data<Services>, request: HttpRequest) -> HttpResponse {
    let keys = services.provider.jwks();
    let known = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == &*keys.etag || tag.trim() == "*");
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::CACHE_CONTROL, CACHING))
        .insert_header((header::ETAG, &*keys.etag));
    if known {
        answer.finish()
    } else {
        answer.content_type("application/json").body(Bytes::from_owner(keys.body))
    }
}

//! The metadata documents (OpenID Connect Discovery §4, RFC 8414 §3).

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::http::services::Services;
use crate::i18n::Locale;

/// Seconds for which the metadata may be kept.
const MAX_AGE: u32 = 3600;

/// `GET` of either well-known address.
pub async fn metadata(services: web::Data<Services>) -> HttpResponse {
    let languages = Locale::all().map(Locale::tag).collect();
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}")))
        .json(services.provider.metadata(languages))
}

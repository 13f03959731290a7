//! The metadata documents (OpenID Connect Discovery §4, RFC 8414 §3).

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Error;

use super::document::Document;
use crate::http::services::Services;
use crate::i18n::Locale;
use crate::protocol::Provider;

/// Seconds for which the metadata may be kept.
const MAX_AGE: i64 = 3600;

/// The metadata of a node, which stays as it is for as long as the node runs.
pub fn document(provider: &Provider) -> Result<Document, Error> {
    let languages = Locale::all().map(Locale::tag).collect();
    Ok(Document::new(serde_json::to_vec(&provider.metadata(languages))?))
}

/// `GET` of either well-known address.
pub async fn metadata(services: web::Data<Services>, request: HttpRequest) -> HttpResponse {
    services.metadata.clone().answer(&request, MAX_AGE)
}

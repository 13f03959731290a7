//! `GET /.well-known/webauthn`: on whose pages browsers may use the passkeys of this host (WebAuthn Level 3
//! §5.11.1). Without it the front end could ask for none, where its host is another one.

use actix_web::HttpResponse;
use serde_json::json;

use super::signing_in::api;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Where it is.
pub const PATH: &str = "/.well-known/webauthn";

/// The origins of the front end, and our own.
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let others = api(&visit)?.origins.iter().map(String::as_str);
    let origins: Vec<&str> = std::iter::once(visit.site.issuer.as_str()).chain(others).collect();
    Ok(HttpResponse::Ok().json(json!({ "origins": origins })))
}

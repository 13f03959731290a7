//! Stylesheet, script and icon.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::http::assets::{self, Asset};
use crate::http::error::Failure;

/// `GET /assets/{name}`: for ever the same, because the name holds a hash.
pub async fn asset(name: web::Path<String>) -> Result<HttpResponse, Failure> {
    let asset = assets::lookup(&name).ok_or_else(|| Failure::not_found("no such asset"))?;
    Ok(file(asset, "public, max-age=31536000, immutable"))
}

/// `GET /favicon.ico`: asked for by browsers that show no page of ours.
pub async fn favicon() -> Result<HttpResponse, Failure> {
    let icon = assets::icon_path().strip_prefix(assets::PREFIX).and_then(assets::lookup);
    let icon = icon.ok_or_else(|| Failure::internal("the icon is missing"))?;
    Ok(file(icon, "public, max-age=86400"))
}

fn file(asset: Asset, caching: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, caching))
        .body(asset.bytes)
}

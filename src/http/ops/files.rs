//! Stylesheet, script and icon.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::http::assets::{self, Asset};
use crate::http::encoding;
use crate::http::error::Failure;

/// `GET /assets/{name}`: for ever the same, because the name holds a hash.
pub async fn asset(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Failure> {
    let asset = assets::lookup(&name).ok_or_else(|| Failure::not_found("no such asset"))?;
    Ok(file(&request, asset, "public, max-age=31536000, immutable"))
}

/// `GET /favicon.ico`: asked for by browsers that show no page of ours.
pub async fn favicon(request: HttpRequest) -> Result<HttpResponse, Failure> {
    let icon = assets::icon_path().strip_prefix(assets::PREFIX).and_then(assets::lookup);
    let icon = icon.ok_or_else(|| Failure::internal("the icon is missing"))?;
    Ok(file(&request, icon, "public, max-age=86400"))
}

fn file(request: &HttpRequest, asset: Asset, caching: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, encoding::VARY));
    match asset.gzip {
        Some(gzip) if encoding::takes_gzip(request) => {
            answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip)
        }
        _ => answer.body(asset.bytes),
    }
}

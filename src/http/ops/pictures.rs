//! People's pictures.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::picture::PictureName;
use crate::http::error::Failure;
use crate::http::middleware::headers::FormAction;
use crate::http::services::Services;

/// How long a browser keeps one. Another picture has another name; one that was taken away is not to be
/// shown for ever.
const CACHING: &str = "public, max-age=86400, immutable";

/// `GET /pictures/{file}`: whoever was told the name sees the picture, on whichever site.
pub async fn show(
    services: web::Data<Services>,
    request: HttpRequest,
    file: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let nothing = || Failure::not_found("no such picture");
    let (name, size) = PictureName::of_file(&file).ok_or_else(nothing)?;
    let tag = format!("\"{}\"", file.trim_end_matches(".jpg"));
    let identity = &services.identity;
    // Whoever has it is told by its name alone that it is still this one.
    let bytes = if is_known(&request, &tag) {
        identity.has_picture(name).await?.then_some(None)
    } else {
        identity.picture(name, size).await?.map(Some)
    };
    let bytes = bytes.ok_or_else(nothing)?;
    let mut answer = match bytes {
        None => HttpResponse::NotModified(),
        Some(_) => HttpResponse::Ok(),
    };
    answer
        .insert_header((header::CACHE_CONTROL, CACHING))
        .insert_header((header::ETAG, tag))
        .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"));
    let mut answer = match bytes {
        None => answer.finish(),
        Some(bytes) => answer
            .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"picture.jpg\""))
            .content_type("image/jpeg")
            .body(bytes),
    };
    answer.extensions_mut().insert(FormAction::Picture);
    Ok(answer)
}

/// Whether whoever asks has the picture of this tag (RFC 9110 §13.1.2).
fn is_known(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag)
}

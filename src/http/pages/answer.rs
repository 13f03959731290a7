//! Answers of pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use askama::Template;

use crate::http::error::Failure;
use crate::http::middleware::headers::FormAction;

/// A page.
pub(in crate::http) fn html(
    status: StatusCode,
    view: &impl Template,
    form_action: FormAction,
) -> Result<HttpResponse, Failure> {
    let body = view.render().map_err(|error| Failure::internal(error.to_string()))?;
    let mut answer =
        HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body);
    answer.extensions_mut().insert(form_action);
    Ok(answer)
}

/// A page whose forms stay on this site.
pub(in crate::http) fn page(view: &impl Template) -> Result<HttpResponse, Failure> {
    html(StatusCode::OK, view, FormAction::Ours)
}

/// Go there by GET (RFC 9110 §15.4.4): after a form was sent, so that a reload sends nothing twice.
pub(in crate::http) fn see_other(location: impl Into<String>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location.into())).finish()
}

//! A name for every request, and its line in the log.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage as _, HttpRequest};

use super::figures;
use crate::observe::traces;

/// The header that tells it.
pub(super) const HEADER: &str = "x-request-id";

/// The name of a request: random and our own, because one that was sent could be anything.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The name of this request.
pub fn of(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(|id| id.0.clone())
}

/// Writes the line of a request to the log, and counts it: the route that it took and never what was
/// asked for, because queries hold codes and tokens.
pub(super) fn log(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let (method, route) = (figures::name(method), route.unwrap_or("none"));
    figures::count(method, route, status, took);
    traces::answered(method, route, status.as_u16());
    tracing::info!(
        method,
        route,
        status = status.as_u16(),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
}

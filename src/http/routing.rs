//! How handlers are mounted, so that none lacks its surroundings.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard::{Any, Get, Head};
use actix_web::middleware::from_fn;
use actix_web::{Error, Resource, Route, web};

use super::middleware::cors::{self, Sharing};
use super::middleware::csrf;

/// A page: guarded against forms of other sites and against being framed.
pub fn page(
    path: &str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::resource(path).wrap(from_fn(csrf::guard))
}

/// An endpoint that scripts of other sites may read. `methods` is what it takes.
pub fn shared(
    path: &str,
    sharing: Sharing,
    methods: &'static str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::resource(path)
        .wrap(from_fn(move |request, next| cors::share(sharing, methods, request, next)))
}

/// The route of GET, which answers HEAD as well (RFC 9110 §9.3.2).
pub fn get() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

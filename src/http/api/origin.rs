//! Who may call the JSON API: pages of this site and of the front end's allow-listed origins, and where
//! something changes, only with the token that the browser was given.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest as _, HttpResponse, web};

use super::Api;
use super::error::Code;
use crate::http::error::Failure;
use crate::http::extract::browser::Browser;
use crate::http::middleware::csrf::Binding;
use crate::http::services::Services;
use crate::http::site::{Site, site_of};

/// Where the token of `GET /api/auth/session` goes.
pub const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// What a script may send besides the simple headers.
const ALLOWED_HEADERS: &str = "authorization, content-type, x-csrf-token";
/// What a script may read besides the simple headers.
const EXPOSED_HEADERS: &str = "x-request-id, retry-after, ratelimit-policy, ratelimit, \
                               ratelimit-limit, ratelimit-remaining, ratelimit-reset";
/// What there is at all.
const METHODS: &str = "GET, POST, PATCH, DELETE";
/// Seconds for which a browser may remember the answer to a preflight.
const PREFLIGHT_AGE: &str = "600";

/// Surrounds every endpoint of the API; see the module. Where there is no front end, there is no API.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let services = request.app_data::<web::Data<Services>>().cloned();
    let Some((services, api)) = services.as_ref().and_then(|it| Some((it, it.api.as_ref()?)))
    else {
        return Ok(request.error_response(Code::NotFound.because("there is no [api]")));
    };
    let site = site_of(request.request())?;
    let origin = one(request.headers(), &header::ORIGIN);
    let shared = origin.clone().ok().flatten().filter(|origin| api.allows(origin));
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let judged = if request.method().is_safe() {
        Ok(())
    } else {
        origin.and_then(|origin| check(site, api, services, request.headers(), origin, &request))
    };
    let mut answer = match judged {
        Err(failure) => request.error_response(failure),
        Ok(()) if is_preflight && shared.is_some() => request.into_response(preflight()),
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
    };
    share(answer.headers_mut(), shared.as_deref());
    Ok(answer)
}

fn check(
    site: &Site,
    api: &Api,
    services: &Services,
    headers: &HeaderMap,
    origin: Option<String>,
    request: &ServiceRequest,
) -> Result<(), Failure> {
    let foreign = |reason: &str| {
        let expected = "a page of this site, or of an origin in api.origins";
        Code::OriginNotAllowed.because(reason).by("check_origin", "Fetch Standard 3.2", expected)
    };
    let sent = one(headers, &HeaderName::from_static("sec-fetch-site"))?;
    if !matches!(sent.as_deref(), None | Some("same-origin" | "same-site" | "none")) {
        return Err(foreign("Sec-Fetch-Site is another site"));
    }
    let origin = origin.ok_or_else(|| foreign("no Origin"))?;
    if origin != site.issuer.as_str() && !api.allows(&origin) {
        return Err(foreign(&format!("Origin is {origin}")));
    }
    let forged = || Code::CsrfRefused.because("X-CSRF-Token is missing, or of another browser");
    let browser = Browser::extract(request.request()).into_inner()?.0.ok_or_else(forged)?;
    let token = one(headers, &CSRF)?;
    Binding::Api(browser).verify(&services.master, token.as_deref()).map_err(|_| forged())
}

/// A header that may be there once.
fn one(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Failure> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => {
            Err(Code::OriginNotAllowed.because("a header of the browser is there twice"))
        }
        (value, _) => Ok(value.map(|value| value.to_str().unwrap_or_default().to_owned())),
    }
}

fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

/// Lets the pages of an allowed origin read the answer, which was made for the browser's cookies.
fn share(headers: &mut HeaderMap, origin: Option<&str>) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let yes = HeaderValue::from_static("true");
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

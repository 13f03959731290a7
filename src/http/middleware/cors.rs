//! Which scripts of other sites may read an answer (Fetch Standard §3.2). Never with cookies.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::domain::refusal::Reason;
use crate::http::error::Note;
use crate::http::site::{Origins, site_of};

/// With whom an endpoint shares its answers. Pages and the authorization endpoint have no such
/// thing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// With everybody: public metadata.
    Public,
    /// With the origins of registered redirect URIs.
    Registered,
}

/// What a script may send besides the simple headers.
const ALLOWED_HEADERS: &str = "authorization, content-type";
/// What a script may read besides the simple headers.
const EXPOSED_HEADERS: &str = "www-authenticate, x-request-id, retry-after";
/// Seconds for which a browser may remember the answer to a preflight.
const PREFLIGHT_AGE: &str = "600";

impl Sharing {
    /// The value of `Access-Control-Allow-Origin`, if there is one.
    fn allow_origin(self, sent: &HeaderMap, registered: &Origins) -> Option<HeaderValue> {
        let mut origins = sent.get_all(header::ORIGIN);
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return None;
        };
        match self {
            Self::Public => Some(HeaderValue::from_static("*")),
            Self::Registered => {
                let is_registered = origin.to_str().is_ok_and(|text| registered.contains(text));
                is_registered.then(|| origin.clone())
            }
        }
    }
}

/// Answers preflights, and marks answers as shared. `methods` is what the endpoint takes.
pub async fn share(
    sharing: Sharing,
    methods: &'static str,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let allowed = sharing.allow_origin(request.headers(), &site_of(request.request())?.origins);
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight && allowed.is_some() {
        let mut answer = HttpResponse::NoContent();
        answer
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE));
        request.into_response(answer.finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    if is_preflight && allowed.is_none() {
        let sent = response.request().headers().get(header::ORIGIN);
        let sent = sent.map(|origin| String::from_utf8_lossy(origin.as_bytes()).into_owned());
        let reason = Reason::new("check_cors_origin", "Fetch Standard 3.2")
            .compared("the origin of a registered redirect URI", sent.unwrap_or_default());
        let error = response.status().as_u16().to_string();
        Note { error, reason }.attach(response.response_mut());
    }
    let headers = response.headers_mut();
    if sharing == Sharing::Registered {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    let readers = HeaderValue::from_static("cross-origin");
    headers.insert(header::CROSS_ORIGIN_RESOURCE_POLICY, readers);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::redirect_uri::RedirectUri;

    fn allowed(sharing: Sharing, origins: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let registered = [RedirectUri::stored("https://app.example/cb".to_owned())];
        let value = sharing.allow_origin(&headers, &Origins::of(&registered))?;
        Some(value.to_str().unwrap().to_owned())
    }

    #[test]
    fn case_277_only_one_registered_origin_is_reflected() {
        let own = "https://app.example";
        assert_eq!(allowed(Sharing::Registered, &[own]).as_deref(), Some(own));
        for origin in [
            "null",
            "https://evil.test",
            "http://app.example",
            "https://app.example/",
            "https://app.example@evil.test",
            "https://app.example:443",
            "https://app.example\\evil",
            "",
        ] {
            assert_eq!(allowed(Sharing::Registered, &[origin]), None, "{origin}");
        }
        assert_eq!(allowed(Sharing::Registered, &[]), None);
        assert_eq!(allowed(Sharing::Registered, &[own, "https://evil.test"]), None);
        assert_eq!(allowed(Sharing::Public, &["null"]).as_deref(), Some("*"));
        assert_eq!(allowed(Sharing::Public, &[]), None);
    }
}

//! JSON bodies, read strictly: one object, no member twice, no member of another type. Members that
//! nobody asked for are left alone.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Code;
use crate::crypto::strict_json;
use crate::http::error::Failure;
use crate::http::extract::form;
use crate::http::site::site_of;

/// A body that was read into its type.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body as its members, for whoever has rules of their own about them.
#[derive(Debug)]
pub struct Members(pub Map<String, Value>);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let members = Members::from_request(request, payload);
        Box::pin(async move {
            let members = Value::Object(members.await?.0);
            // What serde says quotes what was sent, which may be a password.
            let read = serde_json::from_value(members);
            read.map(Self)
                .map_err(|_| Failure::bad_request("a member is missing or of another type"))
        })
    }
}

impl FromRequest for Members {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = check_headers(request.headers());
        let body = site_of(request).map(|site| {
            form::body(site.max_body_bytes, site.body_timeout, request.headers(), payload.take())
        });
        Box::pin(async move {
            headers?;
            let body = body?.await?;
            let members = strict_json::parse_object(&body)
                .map_err(|error| Failure::bad_request(error.to_string()))?;
            if members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
                return Err(Failure::bad_request("a text holds a NUL character"));
            }
            Ok(Self(members))
        })
    }
}

/// Whether a text in it is one that Postgres cannot hold.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The body must be JSON, in UTF-8 and not compressed.
fn check_headers(headers: &HeaderMap) -> Result<(), Failure> {
    let unsupported = |reason: &str| Err(Code::UnsupportedMediaType.because(reason));
    if headers.contains_key(header::CONTENT_ENCODING) {
        return unsupported("the body is encoded");
    }
    let mut types = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (types.next(), types.next()) else {
        return unsupported("Content-Type is missing or repeated");
    };
    if is_json(value.to_str().unwrap_or_default()) {
        Ok(())
    } else {
        unsupported("the body is not application/json")
    }
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.filter(|part| !part.is_empty()).all(|part| {
            part.eq_ignore_ascii_case("charset=utf-8")
                || part.eq_ignore_ascii_case("charset=\"utf-8\"")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_json() {
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;"] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "text/plain; application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/json; charset=utf-16",
            "application/jsonp",
            "application/problem+json",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[test]
    fn case_311_nul_is_no_text() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(has_nul(&value(r#"{"a":[{"b":"x\u0000"}]}"#)));
        assert!(!has_nul(&value(r#"{"a":[{"b":"x\u0001"}],"c":null,"d":1}"#)));
    }
}

//! Form bodies and queries: `application/x-www-form-urlencoded`, read strictly.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;

use crate::http::error::Failure;
use crate::http::site::site_of;
use crate::kernel::form_urlencoded::{self, LonePercent, Malformed};
use crate::kernel::secret::Secret;

/// The most fields of one form. The longest honest one has about twenty.
const MOST_FIELDS: usize = 100;

/// Why a form or a query was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// Not text, or text that Postgres cannot hold.
    #[error("a field is not UTF-8, or holds a NUL character")]
    BadText,
    /// A lone `%`.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    BadEscape,
    /// More than [`MOST_FIELDS`].
    #[error("it has more than {MOST_FIELDS} fields")]
    TooMany,
    /// One name twice.
    #[error("a field is there twice")]
    Duplicate,
}

/// The pairs of a form or a query, decoded, in their order, duplicates included.
pub fn pairs(encoded: &[u8]) -> Result<Vec<(String, String)>, BadForm> {
    let fields = form_urlencoded::pairs(encoded);
    if fields.clone().nth(MOST_FIELDS).is_some() {
        return Err(BadForm::TooMany);
    }
    fields.map(|(name, value)| Ok((decode(name)?, decode(value)?))).collect()
}

fn decode(encoded: &[u8]) -> Result<String, BadForm> {
    form_urlencoded::decode(encoded, LonePercent::Refused).map_err(|reason| match reason {
        Malformed::LonePercent => BadForm::BadEscape,
        Malformed::NotUtf8 | Malformed::Nul => BadForm::BadText,
    })
}

/// The fields of a form or a query, each of which is there once at most.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, Secret<String>)>);

impl Fields {
    /// Reads an encoded form or query.
    pub fn parse(encoded: &[u8]) -> Result<Self, BadForm> {
        let mut fields: Vec<(String, Secret<String>)> = Vec::new();
        for (name, value) in pairs(encoded)? {
            let value = Secret::new(value);
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(BadForm::Duplicate);
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// The fields of a form in parts, decoded as they are.
    pub(super) fn of_parts(parts: Vec<(String, Bytes)>) -> Result<Self, BadForm> {
        let mut fields: Vec<(String, Secret<String>)> = Vec::new();
        for (name, value) in parts {
            let text = str::from_utf8(&value).map_err(|_| BadForm::BadText)?;
            if text.contains('\0') || name.contains('\0') {
                return Err(BadForm::BadText);
            }
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(BadForm::Duplicate);
            }
            fields.push((name, Secret::from(text)));
        }
        Ok(Self(fields))
    }

    /// A field, or `None` where it was not sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose().as_str())
    }

    /// A field without the space around it; empty where it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    /// A field as it was typed, kept out of logs; empty where it was not sent.
    pub fn secret(&self, name: &str) -> Secret<String> {
        Secret::from(self.get(name).unwrap_or_default())
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.get(name) == Some("on")
    }
}

/// The query of a request.
#[derive(Debug)]
pub struct Query(pub Fields);

impl FromRequest for Query {
    type Error = Failure;
    type Future = std::future::Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let fields = Fields::parse(request.query_string().as_bytes());
        std::future::ready(
            fields.map(Self).map_err(|error| Failure::bad_request(error.to_string())),
        )
    }
}

/// The form in the body of a request.
#[derive(Debug)]
pub struct Form(pub Fields);

impl FromRequest for Form {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = FormBody::from_request(request, payload);
        Box::pin(async move {
            let FormBody(body) = body.await?;
            let fields = Fields::parse(&body).map_err(|e| Failure::bad_request(e.to_string()))?;
            Ok(Self(fields))
        })
    }
}

/// The encoded form in the body of a request, for whoever has rules of their own about its fields.
#[derive(Debug)]
pub struct FormBody(pub Bytes);

impl FromRequest for FormBody {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = check_headers(request.headers());
        let body = site_of(request).map(|site| {
            body(site.max_body_bytes, site.body_timeout, request.headers(), payload.take())
        });
        Box::pin(async move {
            let body = body?;
            headers?;
            body.await.map(Self)
        })
    }
}

/// Receives a body of at most `limit` bytes within `patience`.
pub fn body(
    limit: usize,
    patience: Duration,
    headers: &HeaderMap,
    payload: Payload,
) -> impl Future<Output = Result<Bytes, Failure>> + use<> {
    let announced = content_length(headers);
    async move {
        if announced.is_some_and(|length| length > limit) {
            return Err(Failure::too_large());
        }
        let body = tokio::time::timeout(patience, receive(payload, limit)).await;
        body.unwrap_or_else(|_| Err(Failure::too_slow()))
    }
}

async fn receive(mut payload: Payload, limit: usize) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Failure::bad_request(error.to_string()))?;
        if body.len() + chunk.len() > limit {
            return Err(Failure::too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The body must be a form, in UTF-8 and not compressed.
fn check_headers(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Failure::unsupported_media_type("the body is encoded"));
    }
    let mut types = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (types.next(), types.next()) else {
        return Err(Failure::unsupported_media_type("Content-Type is missing or repeated"));
    };
    if is_form(value.to_str().unwrap_or_default()) {
        Ok(())
    } else {
        Err(Failure::unsupported_media_type("the body is not a form"))
    }
}

/// Whether a `Content-Type` is that of a form in UTF-8.
pub fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_urlencoded = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    is_urlencoded
        && parts.filter(|part| !part.is_empty()).all(|part| {
            part.eq_ignore_ascii_case("charset=utf-8")
                || part.eq_ignore_ascii_case("charset=\"utf-8\"")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded() {
        let fields = Fields::parse(b"a=1+2%2B&b=&c&&d=%C3%A4%26&remember=on").unwrap();
        assert_eq!(fields.get("a"), Some("1 2+"));
        assert_eq!(fields.get("b"), Some(""));
        assert_eq!(fields.get("c"), Some(""));
        assert_eq!(fields.get("d"), Some("ä&"));
        assert_eq!(fields.get("e"), None);
        assert!(fields.ticked("remember") && !fields.ticked("a"));
        assert_eq!(Fields::parse(b"a=%20x+").unwrap().text("a"), "x");
    }

    #[test]
    fn case_311_what_is_no_text_is_refused() {
        for encoded in [b"a=%00" as &[u8], b"%00=a", b"a=\0", b"a=%ff", b"a=\xff", b"a=%ED%A0%80"] {
            assert_eq!(Fields::parse(encoded).unwrap_err(), BadForm::BadText, "{encoded:?}");
        }
        for encoded in [b"a=%" as &[u8], b"a=%4", b"a=%zz", b"%u0041=1", b"a=%%41"] {
            assert_eq!(Fields::parse(encoded).unwrap_err(), BadForm::BadEscape, "{encoded:?}");
        }
    }

    #[test]
    fn case_312_neither_many_nor_repeated_fields() {
        assert_eq!(Fields::parse(b"a=1&b=2&%61=1").unwrap_err(), BadForm::Duplicate);
        let many = |count: usize| (0..count).map(|n| format!("{n}=")).collect::<Vec<_>>().join("&");
        assert!(Fields::parse(many(MOST_FIELDS).as_bytes()).is_ok());
        let error = Fields::parse(many(MOST_FIELDS + 1).as_bytes()).unwrap_err();
        assert_eq!(error, BadForm::TooMany);
    }

    #[test]
    fn only_forms_in_utf8() {
        for good in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded;",
        ] {
            assert!(is_form(good), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded2",
        ] {
            assert!(!is_form(bad), "{bad}");
        }
    }
}

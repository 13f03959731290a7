//! The endpoints for relying parties: parse, call, render.

pub mod authorize;
pub mod discovery;
pub mod document;
pub mod introspection;
pub mod jwks;
pub mod logout;
mod refusal;
pub mod revocation;
pub mod token;
pub mod upstream_logout;
pub mod userinfo;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use percent_encoding::percent_encode_byte;
use serde::Serialize;

use super::error::{Failure, SentClient};
use crate::protocol::client_auth;
use crate::protocol::params::{BadEncoding, Params};
use crate::protocol::token::TokenRequest;

/// A JSON answer that nobody keeps (RFC 6749 §5.1).
fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(body)
}

/// A request in which a client proves itself: the header and the form.
fn token_request(request: &HttpRequest, body: &[u8]) -> Result<TokenRequest, Failure> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let authorization = headers.next().map(|value| value.to_str().unwrap_or_default().to_owned());
    if headers.next().is_some() {
        return Err(Failure::bad_request("Authorization is there twice"));
    }
    let params = body_params(body)?;
    if let Some(client) = client_auth::sent_client_id(authorization.as_deref(), &params) {
        request.extensions_mut().insert(SentClient(client));
    }
    Ok(TokenRequest { authorization, params })
}

/// The parameters of a form body.
fn body_params(body: &[u8]) -> Result<Params, Failure> {
    let text = str::from_utf8(body).map_err(|_| unreadable(BadEncoding::NotUtf8))?;
    Params::parse(text).map_err(unreadable)
}

fn unreadable(error: BadEncoding) -> Failure {
    match error {
        BadEncoding::TooLarge => Failure::too_large(),
        BadEncoding::NotUtf8 | BadEncoding::Nul => Failure::bad_request(error.to_string()),
    }
}

/// The way from a POST that another site may have made to a GET of ours, where the browser's Lax
/// cookies are there. Only the text of the parameters travels on; whatever is no plain character
/// of a query is encoded.
pub fn as_get(path: &str, body: &[u8]) -> HttpResponse {
    let mut location = format!("{path}?");
    for byte in body {
        if matches!(byte, b'!'..=b'~') && !matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\') {
            location.push(char::from(*byte));
        } else {
            location.push_str(percent_encode_byte(*byte));
        }
    }
    super::pages::answer::see_other(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_272_a_posted_request_becomes_an_address_of_ours() {
        let location = |body: &[u8]| {
            let answer = as_get("/oauth2/authorize", body);
            assert_eq!(answer.status(), 303);
            answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(location(b"a=1&b=%2F+x"), "/oauth2/authorize?a=1&b=%2F+x");
        assert_eq!(
            location(b"a=\r\nSet-Cookie: x#y\xff"),
            "/oauth2/authorize?a=%0D%0ASet-Cookie:%20x%23y%FF"
        );
        assert_eq!(location(b""), "/oauth2/authorize?");
    }
}

//! What the audit trail notes about a request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use super::client_ip::client_ip;
use crate::domain::audit::RequestContext;
use crate::http::error::Failure;
use crate::http::middleware::request_id;
use crate::http::site::site_of;

/// The longest part of a `User-Agent` that is kept, in characters.
const LONGEST_AGENT: usize = 512;

/// The request as the audit trail sees it.
#[derive(Clone, Debug)]
pub struct Context(pub RequestContext);

impl FromRequest for Context {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(of(request).map(Self))
    }
}

/// The request as the audit trail sees it.
pub(in crate::http) fn of(request: &HttpRequest) -> Result<RequestContext, Failure> {
    let site = site_of(request)?;
    let ip = request
        .peer_addr()
        .map(|peer| client_ip(peer.ip(), request.headers(), &site.proxies).to_string());
    let agent = request.headers().get(header::USER_AGENT).map(|value| agent(value.as_bytes()));
    Ok(RequestContext {
        request_id: request_id::of(request),
        ip,
        user_agent: agent,
        method: Some(request.method().to_string()),
        endpoint: request.match_pattern(),
        started_at: Some(site.env.now()),
        browser: None,
    })
}

/// Bytes that are no printable text are replaced: what a browser calls itself ends up on pages,
/// in logs and in the database.
pub fn agent(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .take(LONGEST_AGENT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::agent;

    #[test]
    fn case_328_a_user_agent_is_one_line_of_limited_length() {
        assert_eq!(agent(b"Mozilla/5.0 (X11)"), "Mozilla/5.0 (X11)");
        assert_eq!(agent(b"a\x1b[31m\tb\xff"), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
        assert_eq!(agent(&[b'x'; 2000]).chars().count(), 512);
    }
}

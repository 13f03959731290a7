//! Requests for somebody else are turned away.

use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Authority;
use actix_web::http::{StatusCode, Uri};
use url::{Host, Url};

use crate::http::error::Failure;
use crate::http::pages::view::ErrorKind;
use crate::kernel::urls::Issuer;

/// Refuses a request whose `Host`, or authority in the request line (RFC 9112 §3.2.2), is not the
/// issuer's: 421, or 400 where there is no single `Host`.
///
/// No answer is ever derived from these, or from `Forwarded` and its kin. This check keeps shared
/// caches and DNS rebinding out as well.
pub fn check(issuer: &Issuer, uri: &Uri, headers: &HeaderMap) -> Result<(), Failure> {
    let mut hosts = headers.get_all(header::HOST);
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.to_str().unwrap_or_default()),
        (None, _) => None,
        (Some(_), Some(_)) => return Err(Failure::bad_request("Host is there twice")),
    };
    let authority = uri.authority().map(Authority::as_str);
    let mut named = host.into_iter().chain(authority).peekable();
    if named.peek().is_none() {
        return Err(Failure::bad_request("Host is missing"));
    }
    if named.all(|name| is_issuer(issuer, name)) {
        Ok(())
    } else {
        let status = StatusCode::MISDIRECTED_REQUEST;
        let sent = host.or(authority).unwrap_or_default();
        let failure = Failure::new(status, ErrorKind::NotFound, format!("another host: {sent}"));
        Err(failure.by("check_host", "RFC 9110 15.5.20", issuer.as_str()))
    }
}

/// Whether the one `Host` is an address, or the name that every machine calls itself by.
pub fn is_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST);
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let url = host.to_str().ok().and_then(|host| Url::parse(&format!("http://{host}/")).ok());
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_issuer(issuer: &Issuer, authority: &str) -> bool {
    let scheme = if issuer.is_https() { "https" } else { "http" };
    // Nearly every request spells it like the issuer itself, and needs no parsing.
    let parts = issuer.as_str().split_once("://");
    if parts == Some((scheme, authority)) {
        return true;
    }
    // What an address could also hold must not get into it through Host, nor another spelling.
    !authority.contains(['/', '\\', '@', '?', '#', '%', ' ', '\t'])
        && Url::parse(&format!("{scheme}://{authority}/"))
            .is_ok_and(|url| url.origin().ascii_serialization() == issuer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn status(issuer: &str, uri: &str, hosts: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        let issuer = Issuer::parse(issuer).unwrap();
        let checked = check(&issuer, &uri.parse().unwrap(), &headers);
        checked.map_or_else(|failure| failure.status.as_u16(), |()| 200)
    }

    #[test]
    fn case_315_only_the_issuers_host() {
        let issuer = "https://id.example";
        for host in ["id.example", "ID.example", "id.example:443"] {
            assert_eq!(status(issuer, "/", &[host]), 200, "{host}");
        }
        for host in [
            "evil.test",
            "id.example.evil.test",
            "id.example:444",
            "id.example@evil.test",
            "evil.test/id.example",
            "id.example.",
            "127.0.0.1",
            "",
            "id.example evil.test",
            "id.ex%61mple",
        ] {
            assert_eq!(status(issuer, "/", &[host]), 421, "{host}");
        }
        assert_eq!(status(issuer, "/", &[]), 400);
        assert_eq!(status(issuer, "/", &["id.example", "id.example"]), 400);
        assert_eq!(status("http://localhost:8080", "/", &["localhost:8080"]), 200);
        assert_eq!(status("http://localhost:8080", "/", &["localhost"]), 421);
        assert_eq!(status("http://localhost:8080", "/", &["127.0.0.1:8080"]), 421);
    }

    #[test]
    fn case_130_an_absolute_request_line_counts_as_well() {
        let issuer = "https://id.example";
        assert_eq!(status(issuer, "https://id.example/a", &["id.example"]), 200);
        assert_eq!(status(issuer, "https://evil.test/a", &["id.example"]), 421);
        assert_eq!(status(issuer, "https://id.example/a", &["evil.test"]), 421);
    }
}

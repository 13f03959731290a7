//! The span of a request.

use actix_web::dev::ServiceRequest;
use tracing::Span;

use crate::http::site::Site;
use crate::observe::traces::{self, Parent};

/// The header of W3C Trace Context §3.2.
const HEADER: &str = "traceparent";

/// The span of a request of ours. It is part of the trace that a trusted proxy names: anybody else
/// could put requests into the traces of others.
pub(super) fn span(site: &Site, request: &ServiceRequest, id: &str) -> Span {
    traces::request(id, parent(site, request))
}

fn parent(site: &Site, request: &ServiceRequest) -> Option<Parent> {
    let mut lines = request.headers().get_all(HEADER);
    let line = lines.next()?;
    // Two of them are not to be read (W3C Trace Context §3.2).
    if lines.next().is_some() {
        return None;
    }
    let peer = request.peer_addr()?.ip().to_canonical();
    if site.proxies.trust(peer) { Parent::parse(line.as_bytes()) } else { None }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::http::middleware::tests::site;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn found(peer: &str, lines: &[&str]) -> bool {
        let mut site = site("https://id.example.com");
        site.proxies.trusted = vec!["10.0.0.0/8".parse().unwrap()];
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for line in lines {
            request = request.append_header((HEADER, *line));
        }
        parent(&site, &request.to_srv_request()).is_some()
    }

    #[test]
    fn only_a_trusted_proxy_names_a_trace() {
        assert!(found("10.1.2.3:9", &[GOOD]));
        assert!(found("[::ffff:10.1.2.3]:9", &[GOOD]));
        assert!(!found("192.0.2.1:9", &[GOOD]));
        assert!(!found("10.1.2.3:9", &[GOOD, GOOD]));
        assert!(!found("10.1.2.3:9", &["<script>"]));
        assert!(!found("10.1.2.3:9", &[]));
    }
}

//! How a node that is about to stop gets rid of its proxy without a request being lost.
//!
//! A proxy without active health checks, like nginx, learns that a node is gone only when a request
//! fails there, and a connection that is closed under a POST leaves open whether it was acted on. So
//! before the listeners close, requests of a trusted proxy that may be repeated are answered 502
//! without being looked at: the proxy sends these, and from then on all others, to another node.
//! Nothing else here answers 502. What changes something, and whoever has no proxy to ask elsewhere, is
//! served to the last.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::http::ops::health::Readiness;
use crate::http::site::Site;

/// The answer to a request that had better go to another node, or `None` when it is served here.
pub(super) fn elsewhere(site: &Site, request: &ServiceRequest) -> Option<HttpResponse> {
    let is_leaving = readiness(request.request()).is_some_and(Readiness::is_leaving);
    let is_proxied =
        || request.peer_addr().is_some_and(|peer| site.proxies.trust(peer.ip().to_canonical()));
    // Whoever asks for its health means this node.
    let is_meant = request.path().starts_with("/health/");
    (is_leaving && request.method().is_safe() && !is_meant && is_proxied()).then(|| {
        HttpResponse::BadGateway()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body("this node is about to stop; ask again")
    })
}

/// Ends the connection with this answer when the node is about to stop: one that is kept would be
/// closed at a moment that its other end cannot know.
pub(super) fn part(answer: &mut ServiceResponse<BoxBody>) {
    if readiness(answer.request()).is_some_and(Readiness::is_draining) {
        answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
}

fn readiness(request: &HttpRequest) -> Option<&Readiness> {
    request.app_data::<web::Data<Readiness>>().map(web::Data::get_ref)
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, http::Method};

    use super::*;
    use crate::http::middleware::edge::edge;
    use crate::http::middleware::tests::site;

    /// The status of an answer, and whether its connection ends with it.
    async fn asked(readiness: &Readiness, method: Method, path: &str) -> (u16, bool) {
        asked_by("10.0.0.10:4711", readiness, method, path).await
    }

    async fn asked_by(
        peer: &str,
        readiness: &Readiness,
        method: Method,
        path: &str,
    ) -> (u16, bool) {
        let mut site = site("https://id.example");
        site.proxies.trusted = vec!["10.0.0.10/32".parse().unwrap()];
        let app = App::new()
            .app_data(web::Data::new(site))
            .app_data(web::Data::new(readiness.clone()))
            .default_service(web::to(|| async { HttpResponse::Ok().body("served") }))
            .wrap(from_fn(edge));
        let request = TestRequest::with_uri(path).method(method).peer_addr(peer.parse().unwrap());
        let request = request.insert_header((header::HOST, "id.example")).to_request();
        let answer = call_service(&init_service(app).await, request).await;
        let closes = answer.response().head().connection_type() == ConnectionType::Close;
        (answer.status().as_u16(), closes)
    }

    #[tokio::test]
    async fn case_f18_what_may_be_repeated_is_sent_elsewhere_before_the_listeners_close() {
        let readiness = Readiness::default();
        assert_eq!(asked(&readiness, Method::GET, "/").await, (200, false));
        readiness.drain();
        for method in [Method::GET, Method::POST] {
            assert_eq!(asked(&readiness, method, "/").await, (200, true), "notice is given first");
        }
        readiness.leave();
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert_eq!(asked(&readiness, method, "/oauth2/authorize").await, (502, true));
        }
        let direct = asked_by("203.0.113.9:4711", &readiness, Method::GET, "/").await;
        assert_eq!(direct, (200, true), "there is nobody to send it elsewhere");
        assert_eq!(asked(&readiness, Method::POST, "/oauth2/token").await, (200, true));
        assert_eq!(asked(&readiness, Method::GET, "/health/live").await, (200, true));
    }
}

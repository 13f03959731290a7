//! In which form the public files and documents are sent.

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptEncoding, Encoding, Header as _};

/// The value of `Vary` on whatever may be sent in either form.
pub const VARY: &str = "accept-encoding";

/// Whether whoever asks prefers gzip (RFC 9110 §12.5.3).
pub fn takes_gzip(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::ACCEPT_ENCODING)
        && AcceptEncoding::parse(request)
            .ok()
            .and_then(|accepted| {
                accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter())
            })
            .is_some_and(|chosen| chosen == Encoding::gzip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn gzip_is_for_those_who_ask_for_it() {
        let takes = |value: &str| {
            takes_gzip(
                &TestRequest::default().insert_header(("accept-encoding", value)).to_http_request(),
            )
        };
        for value in ["gzip", "gzip, deflate, br, zstd", "gzip;q=0.5, br", "GZIP"] {
            assert!(takes(value), "{value}");
        }
        for value in
            ["", "*", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0.2, identity", "gzip;q=x"]
        {
            assert!(!takes(value), "{value}");
        }
        assert!(!takes_gzip(&TestRequest::default().to_http_request()));
    }
}

//! Bytes that nobody means well with, in every header, cookie and method, on every route there is.

use futures_util::future::join_all;
use latchkey::config::ClientAddressHeader;

use crate::support::app::TestApp;
use crate::support::raw::{raw, request, status};
use crate::support::routes::routes;

/// Every header that anything reads, and some that proxies, caches and frameworks do.
const HEADERS: [&str; 24] = [
    "User-Agent",
    "Accept",
    "Accept-Language",
    "Accept-Encoding",
    "Authorization",
    "Origin",
    "Referer",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Request-Id",
    "Traceparent",
    "Sec-Fetch-Site",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "If-None-Match",
    "If-Modified-Since",
    "Range",
    "Content-Type",
    "Content-Encoding",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Expect",
    "Upgrade",
];
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "X-Y_Z.9!"];

#[tokio::test]
async fn case_311_odd_bytes_in_headers_cookies_and_methods_are_no_fault_of_ours() {
    let app = TestApp::start_configured(|config| {
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.http.client_address_header = ClientAddressHeader::Forwarded;
    });
    let values: [&[u8]; 7] = [
        b"",
        b"\xff\xfe\x80",
        b"'; DROP TABLE users; --",
        b"\"\\\",,;;==q=zz;q=9e999",
        b"for=\"[::ffff:999.1.1.1]:_\";for",
        b"Basic \xc3\x28==, Bearer a.b.c",
        b"*/*;q=\xe2\x80\xae, en-\xf0\x9f\x94\x91",
    ];
    let cookies = ["session", "browser", "language"].map(|kind| app.cookie_name(kind));
    for route in routes() {
        let path = route.path("%F0%9F%94%91");
        for method in METHODS {
            let each = values.iter().map(async |value| {
                let mut lines = Vec::new();
                for name in HEADERS {
                    lines.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
                }
                for cookie in &cookies {
                    lines.extend([b"Cookie: ", cookie.as_bytes(), b"=", value, b"\r\n"].concat());
                }
                let answer = raw(&app, &request(&app, method, path.as_bytes(), &lines, b"")).await;
                assert!(status(&answer) < 500, "{method} {path} {value:?}: {answer}");
                assert!(status(&answer) >= 200, "{method} {path} {value:?}: {answer}");
            });
            join_all(each).await;
        }
    }
}

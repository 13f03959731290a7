//! Requests that two programs would read differently, protocols that are not spoken, and what is
//! answered before there is a request at all.

use tokio::io::AsyncWriteExt as _;

use crate::support::app::TestApp;
use crate::support::raw::{connect, head, host, raw, rest, status};

/// What cannot be told where it ends is refused, and the connection ends with it: what comes after
/// is never read as a request of somebody else's.
#[tokio::test]
async fn case_312_what_can_be_read_in_two_ways_is_refused() {
    let app = TestApp::start();
    let host = host(&app);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let second = format!("GET /oauth2/jwks HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for (what, lines) in [
        ("both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"),
        ("two lengths", "Content-Length: 0\r\nContent-Length: 6\r\n\r\n"),
        ("two equal lengths", "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        ("a list of lengths", "Content-Length: 0, 6\r\n\r\n"),
        ("a signed length", "Content-Length: +0\r\n\r\n"),
        ("a negative length", "Content-Length: -1\r\n\r\n"),
        ("a length in hex", "Content-Length: 0x0\r\n\r\n"),
        ("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"),
        ("an unknown coding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("a list of codings", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunked twice", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        ("a folded line", "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "Content-Length : 0\r\n\r\n"),
        ("a name with a space", "X Y: 0\r\n\r\n"),
        ("a NUL in a value", "X-Y: a\0b\r\n\r\n"),
        ("a bare CR", "X-Y: a\rContent-Length: 9\r\n\r\n"),
        ("two hosts", "Host: evil.test\r\n\r\n"),
    ] {
        let request =
            format!("POST /oauth2/logout HTTP/1.1\r\nHost: {host}\r\n{form}{lines}{second}");
        let answer = raw(&app, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{what}: {answer}");
        assert_nothing_told(&answer);
    }
    for (what, chunks) in [
        ("a size that is none", "x\r\n"),
        ("an endless size", "fffffffffffffffff\r\n"),
        ("a chunk that is longer than it says", "1\r\nabc\r\n0\r\n\r\n"),
    ] {
        let request = format!(
            "POST /oauth2/logout HTTP/1.1\r\nHost: {host}\r\n{form}Transfer-Encoding: chunked\r\n\r\n\
             {chunks}{second}"
        );
        let answer = raw(&app, request.as_bytes()).await;
        // The connection may be gone before there is an answer.
        assert!(answer.is_empty() || status(&answer) == 400, "{what}: {answer}");
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{what}: {answer}");
    }
}

/// What the web framework refuses before there is a request has none of our headers, because there
/// is no place to set them: it has no body either, tells nothing, and ends the connection.
fn assert_nothing_told(answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "", "{answer}");
    let mut lines: Vec<_> = head.lines().skip(1).map(str::to_ascii_lowercase).collect();
    lines.retain(|line| !line.starts_with("date: "));
    lines.sort();
    assert_eq!(lines, ["connection: close", "content-length: 0"], "{answer}");
}

#[tokio::test]
async fn case_312_what_is_no_request_is_refused_with_nothing_told() {
    let app = TestApp::start();
    for (what, request) in [
        ("no request line", "\r\n\r\nhello\r\n\r\n"),
        ("a path with a space", "GET /a b HTTP/1.1\r\n\r\n"),
        ("no version", "GET /\r\n\r\n"),
        ("another version", "GET / HTTP/3.0\r\n\r\n"),
        ("a method with brackets", "<script> / HTTP/1.1\r\n\r\n"),
        ("TLS", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03\r\n\r\n"),
        ("no host", "GET / HTTP/1.1\r\n\r\n"),
    ] {
        let answer = raw(&app, request.as_bytes()).await;
        assert_eq!(status(&answer), 400, "{what}: {answer}");
        assert_nothing_told(&answer);
    }
}

/// RFC 9112 §3.2: whoever names no host, or an empty one, is refused, however old the protocol.
#[tokio::test]
async fn case_315_a_request_that_names_no_host_is_refused() {
    let app = TestApp::start();
    for path in ["/login", "/oauth2/jwks", "/.well-known/openid-configuration"] {
        for (what, request) in [
            ("none", format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n")),
            ("none, as of old", format!("GET {path} HTTP/1.0\r\n\r\n")),
            ("an empty one", format!("GET {path} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")),
        ] {
            let answer = raw(&app, request.as_bytes()).await;
            let refused = if what == "an empty one" { 421 } else { 400 };
            assert_eq!(status(&answer), refused, "{path}, {what}: {answer}");
            assert!(!answer.contains("\"keys\"") && !answer.contains("login-form"), "{answer}");
        }
    }
}

/// HTTP/2 in clear is not spoken, so its floods (rapid reset, CONTINUATION, empty DATA) find
/// nobody who listens.
#[tokio::test]
async fn case_314_http2_is_not_spoken() {
    let app = TestApp::start();
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), settings].concat();
    let answer = raw(&app, &preface).await;
    assert_eq!(status(&answer), 400, "{answer}");

    // An offer to change over (RFC 7540 §3.2) is ignored, as it may be.
    let mut stream = connect(&app).await;
    let request = format!(
        "GET /health/live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade, HTTP2-Settings\r\n\
         Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
        host(&app)
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = head(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    stream.write_all(&preface).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(!answer.contains("HTTP/2"), "{answer}");

    for upgrade in ["websocket", "TLS/1.0"] {
        let request = format!(
            "GET /login HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            host(&app)
        );
        let mut stream = connect(&app).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = head(&mut stream).await;
        assert_ne!(status(&answer), 101, "{upgrade}: {answer}");
    }
}

/// Several requests sent at once are answered each, in their order, and no more than were sent.
#[tokio::test]
async fn case_312_requests_in_a_row_are_answered_in_their_order() {
    let app = TestApp::start();
    let host = host(&app);
    let paths = ["/health/live", "/nowhere", "/oauth2/jwks", "/oauth2/authorize"];
    let last = paths.len() * 25 - 1;
    let requests = (0..=last).fold(String::new(), |requests, n| {
        let close = if n == last { "Connection: close\r\n" } else { "" };
        let path = paths[n % paths.len()];
        requests + &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{close}\r\n")
    });
    let answers = raw(&app, requests.as_bytes()).await;
    let statuses: Vec<_> = answers
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| answers[at + 9..at + 12].parse::<u16>().unwrap())
        .collect();
    let expected: Vec<u16> = [200, 404, 200, 400].repeat(25);
    assert_eq!(statuses, expected);
}

/// The rest of a body that was refused is never taken for another request.
#[tokio::test]
async fn case_312_what_is_left_of_a_refused_body_is_no_request() {
    let app = TestApp::start();
    let host = host(&app);
    let inner = format!("GET /oauth2/jwks HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let body = format!("{}{inner}", "a".repeat(200_000));
    let kinds = ["application/x-www-form-urlencoded", "application/json"];
    for kind in kinds {
        let head = format!("POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n");
        for request in [
            format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()),
            format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            ),
        ] {
            let mut stream = connect(&app).await;
            let _ = stream.write_all(request.as_bytes()).await;
            let close =
                format!("GET /signed-out HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(close.as_bytes()).await;
            let answers = rest(&mut stream).await;
            assert!(matches!(status(&answers), 413 | 415), "{kind}: {answers}");
            assert!(!answers.contains("\"keys\""), "{kind}: {answers}");
        }
    }
}

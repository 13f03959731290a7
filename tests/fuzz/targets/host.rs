//! `http::middleware::host`: whether a request is for us. The first line is the request's target,
//! each further line a `Host`.

use actix_web::http::Uri;
use actix_web::http::header::{HOST, HeaderMap, HeaderValue};
use latchkey::http::middleware::host;
use latchkey::kernel::urls::Issuer;

pub fn check(data: &[u8]) {
    let [target, lines] = super::parts(data);
    let Ok(target) = Uri::try_from(target) else { return };
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HOST, value);
        }
    }
    for (issuer, expected, default) in [
        ("https://id.example", ("id.example", 443), 443),
        ("http://localhost:8080", ("localhost", 8080), 80),
    ] {
        if host::check(&Issuer::parse(issuer).unwrap(), &target, &headers).is_err() {
            continue;
        }
        let hosts: Vec<&HeaderValue> = headers.get_all(HOST).collect();
        assert!(hosts.len() == 1 || hosts.is_empty() && target.authority().is_some());
        let hosts = hosts.into_iter().map(HeaderValue::as_bytes);
        for name in hosts.chain(target.authority().map(|authority| authority.as_str().as_bytes())) {
            let name = name.to_ascii_lowercase();
            let name = String::from_utf8_lossy(&name);
            let (host, port) = name.split_once(':').unwrap_or((&name, ""));
            let port = if port.is_empty() { default } else { port.parse().unwrap() };
            assert_eq!((host, port), expected, "{name}");
        }
    }
}

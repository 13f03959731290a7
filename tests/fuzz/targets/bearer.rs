//! `http::oauth::userinfo`: the bearer token among the Authorization lines.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use latchkey::http::oauth::userinfo::bearer;

pub fn check(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(AUTHORIZATION, value);
        }
    }
    let lines: Vec<&[u8]> = headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes).collect();
    let Some(token) = bearer(&headers) else { return };
    assert_eq!(lines.len(), 1, "which of them is meant?");
    assert!(!token.is_empty() && !token.starts_with(' '));
    let before = lines[0].strip_suffix(token.as_bytes()).unwrap();
    assert_eq!(before.to_ascii_lowercase().trim_ascii_end(), b"bearer");
    assert!(before[b"bearer".len()..].iter().all(|byte| *byte == b' ') && before.len() > 6);
}

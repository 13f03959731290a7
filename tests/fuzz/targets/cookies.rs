//! `http::extract::cookies`: the `Cookie` lines of a request, of which `s` is ours.

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::http::extract::cookies::{secret, value};

pub fn check(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut ours = Vec::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else { continue };
        let lossy = line.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>();
        for pair in lossy.split(';') {
            // Space in the sense of ASCII only.
            let pair = pair.trim_matches([' ', '\t']);
            ours.extend(
                pair.split_once('=').filter(|(name, _)| *name == "s").map(|(_, v)| v.to_owned()),
            );
        }
        headers.append(COOKIE, line);
    }
    let expected = match ours.as_slice() {
        [one] => {
            let bytes: Vec<u8> = one.chars().map(|c| u8::try_from(c).unwrap()).collect();
            String::from_utf8(bytes).ok()
        }
        _ => None,
    };
    assert_eq!(value(&headers, "s"), expected.as_deref());
    if let Some(text) = secret(&headers, "s") {
        assert_eq!(Some(text), expected.as_deref());
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert_eq!((bytes.len(), URL_SAFE_NO_PAD.encode(bytes)), (32, text.to_owned()));
    }
}

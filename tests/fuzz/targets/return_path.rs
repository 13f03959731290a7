//! `http::extract::return_path`: where to go back to after a choice (case 021).

use actix_web::http::header::HeaderValue;
use latchkey::http::extract::return_path::stays_here;
use percent_encoding::percent_decode_str;
use url::Url;

pub fn check(data: &[u8]) {
    let Some(path) = super::text(data) else { return };
    if !stays_here(path) {
        return;
    }
    HeaderValue::from_str(path).unwrap();
    for base in ["https://id.example/language?lang=de", "http://localhost:8080/a/b/c"] {
        let base = Url::parse(base).unwrap();
        let url = base.join(path).unwrap();
        assert_eq!(url.origin(), base.origin(), "{path}");
        assert_eq!((url.username(), url.password()), ("", None), "{path}");
        // Not even if a server in between decodes it once more and makes an address of that.
        let decoded = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
        assert!(!decoded.starts_with("//") && !decoded.contains(['\\', '\r', '\n']), "{path}");
    }
}

//! `http::extract::form`: whether a `Content-Type` is that of a form in UTF-8.

use latchkey::http::extract::form::is_form;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.trim().strip_prefix("application/x-www-form-urlencoded") else {
        return assert!(!is_form(text));
    };
    if is_form(text) {
        // Nothing is left but the one charset.
        let rest = rest.replace("\"utf-8\"", "utf-8").replace("charset=utf-8", "");
        assert!(rest.chars().all(|c| c == ';' || c.is_whitespace()), "{text:?}");
        assert!(rest.is_empty() || rest.trim_start().starts_with(';'), "{text:?}");
    } else {
        assert!(!rest.trim().is_empty(), "{text:?}");
    }
}

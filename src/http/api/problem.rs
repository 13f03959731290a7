//! A refusal as it is written: in the envelope, or as a problem document (RFC 9457).

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::code::Code;
use super::envelope::{ErrorBody, ErrorDetails, Metadata, Refused};
use crate::http::error::Failure;

/// The answer, in the envelope or as a problem document.
pub fn render(
    failure: &Failure,
    mut answer: HttpResponseBuilder,
    problem: bool,
    now: DateTime<Utc>,
    request_id: &str,
) -> HttpResponse {
    let code = failure.told.as_ref().map_or_else(|| Code::of(failure), |told| told.code);
    let fields = failure.told.as_ref().and_then(|told| told.fields.clone());
    let details = ErrorDetails::of(&failure.standing, fields, now);
    answer.append_header((header::VARY, "accept"));
    if !problem {
        let (message, metadata) =
            (code.message(), Metadata::of(request_id, now, &failure.standing));
        let error = ErrorBody { code: code.as_str(), message, details };
        return answer.json(Refused { success: false, error, metadata });
    }
    let body = json!({
        "type": "about:blank",
        "title": failure.status.canonical_reason().unwrap_or("Error"),
        "status": failure.status.as_u16(),
        "detail": code.message(),
        "code": code.as_str(),
        "details": details,
        "requestId": request_id,
    });
    let mut answer = answer.json(body);
    let kind = HeaderValue::from_static(PROBLEM);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// RFC 9457 §3.
const PROBLEM: &str = "application/problem+json";

/// Whether a program would rather have a problem document: it names that type, and plain JSON with no
/// greater weight (RFC 9110 §12.5.1).
pub fn prefers_problem(headers: &HeaderMap) -> bool {
    let sent = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let (mut problem, mut plain) = (0, 0);
    for range in sent.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if kind.eq_ignore_ascii_case(PROBLEM) {
            problem = weight;
        } else if kind.eq_ignore_ascii_case("application/json") {
            plain = weight;
        }
    }
    problem > 0 && problem >= plain
}

/// A weight (RFC 9110 §12.4.2); what is none counts as none.
fn thousandths(text: &str) -> u32 {
    let weight: f64 = text.parse().unwrap_or(0.0);
    [1.0, 0.999, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.001]
        .iter()
        .zip([1000, 999, 900, 800, 700, 600, 500, 400, 300, 200, 100, 1])
        .find(|(least, _)| weight >= **least)
        .map_or(0, |(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_is_for_those_who_ask_for_it() {
        let prefers = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.append(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            prefers_problem(&headers)
        };
        for accept in [
            "application/problem+json",
            "Application/Problem+JSON",
            "application/json, application/problem+json",
            "application/json;q=0.5, application/problem+json;q=0.8",
            "text/html, application/problem+json;q=0.1",
        ] {
            assert!(prefers(accept), "{accept}");
        }
        for accept in [
            "*/*",
            "",
            "application/json",
            "application/problem+json;q=0",
            "application/json, application/problem+json;q=0.9",
            "application/problem+json;q=x",
        ] {
            assert!(!prefers(accept), "{accept}");
        }
        assert!(!prefers_problem(&HeaderMap::new()));
    }
}

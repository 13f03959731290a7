//! Refusals of the token and userinfo endpoints (RFC 6749 §5.2, RFC 6750 §3).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::http::error::{Failure, Note};
use crate::protocol::error::{OAuthError, ProtocolError, Refusal};

/// The refusal, or the failure that stands behind it.
pub(super) fn split(error: ProtocolError) -> Result<Refusal, Failure> {
    match error {
        ProtocolError::Refused(refusal) => {
            log(&refusal);
            Ok(refusal)
        }
        ProtocolError::Storage(error) => Err(error.into()),
        ProtocolError::TooMany { retry_after } => {
            let failure = Failure::too_many(retry_after);
            Err(failure.by("check_guesses", "RFC 6749 2.3.1", "the client's secret"))
        }
        ProtocolError::Signing => Err(Failure::internal("a token could not be signed")),
    }
}

/// Writes which check refused, and what it compared, to the log.
pub(super) fn log(refusal: &Refusal) {
    let reason = &refusal.reason;
    tracing::info!(
        error = refusal.error.as_str(),
        check = reason.check,
        specification = reason.specification,
        expected = reason.expected,
        got = reason.got,
        "request refused"
    );
}

/// The answer of the token endpoint to `request`. Only who used the header is challenged to use it
/// (RFC 6749 §5.2): some libraries read a challenge and then no error code any more.
pub(super) fn token(refusal: &Refusal, request: &HttpRequest) -> HttpResponse {
    let status = match refusal.error {
        OAuthError::InvalidClient => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({
        "error": refusal.error.as_str(),
        "error_description": refusal.description,
    });
    let mut answer = super::json(status, &body);
    attach(&mut answer, refusal);
    if status == StatusCode::UNAUTHORIZED && request.headers().contains_key(header::AUTHORIZATION) {
        let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// The answer to a presented bearer token.
pub(super) fn bearer(refusal: &Refusal) -> HttpResponse {
    let (status, scope) = match refusal.error {
        OAuthError::InsufficientScope => (StatusCode::FORBIDDEN, ", scope=\"openid\""),
        OAuthError::InvalidRequest => (StatusCode::BAD_REQUEST, ""),
        _ => (StatusCode::UNAUTHORIZED, ""),
    };
    let (error, description) = (refusal.error.as_str(), refusal.description);
    let challenge = format!(
        "Bearer realm=\"userinfo\", error=\"{error}\", error_description=\"{description}\"{scope}"
    );
    let mut answer =
        super::json(status, &json!({ "error": error, "error_description": description }));
    attach(&mut answer, refusal);
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// The answer to a request without any token: a challenge without an error, and a body that names
/// none either (RFC 6750 §3.1).
pub(super) fn unauthenticated() -> HttpResponse {
    let refusal = Refusal::new(
        OAuthError::InvalidToken,
        "present_access_token",
        "RFC 6750 3.1",
        "no access token was sent",
    )
    .compared("one Bearer token", "none, or another scheme");
    log(&refusal);
    let status = StatusCode::UNAUTHORIZED;
    let body = json!({ "type": "about:blank", "title": "Unauthorized", "status": status.as_u16() });
    let mut answer = super::json(status, &body);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    let challenge = HeaderValue::from_static("Bearer realm=\"userinfo\"");
    headers.insert(header::WWW_AUTHENTICATE, challenge);
    attach(&mut answer, &refusal);
    answer
}

/// Lets the edge keep the reason, unless it is kept.
pub(super) fn attach(answer: &mut HttpResponse, refusal: &Refusal) {
    if let Some(note) = Note::of(refusal) {
        note.attach(answer);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refusal(error: OAuthError) -> Refusal {
        Refusal::new(error, "check_scope", "RFC 0", "it is so").compared("secret expectation", "x")
    }

    fn challenge(answer: &HttpResponse) -> Option<&str> {
        answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap())
    }

    fn with_header() -> HttpRequest {
        TestRequest::default().insert_header((header::AUTHORIZATION, "Basic x")).to_http_request()
    }

    #[test]
    fn case_041_a_client_that_did_not_prove_itself_in_the_header_is_challenged() {
        let answer = token(&refusal(OAuthError::InvalidClient), &with_header());
        assert_eq!(answer.status(), 401);
        assert!(challenge(&answer).unwrap().starts_with("Basic "));
        let in_the_body = TestRequest::default().to_http_request();
        let answer = token(&refusal(OAuthError::InvalidClient), &in_the_body);
        assert_eq!((answer.status().as_u16(), challenge(&answer)), (401, None));
        let answer = token(&refusal(OAuthError::InvalidGrant), &with_header());
        assert_eq!((answer.status().as_u16(), challenge(&answer)), (400, None));
    }

    #[test]
    fn case_051_token_errors_are_not_kept() {
        for error in [OAuthError::InvalidClient, OAuthError::InvalidGrant] {
            let answer = token(&refusal(error), &with_header());
            assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
            assert_eq!(answer.headers().get("content-type").unwrap(), "application/json");
            assert!(answer.headers().get("set-cookie").is_none());
        }
    }

    #[test]
    fn bearer_challenges_name_the_error() {
        let answer = bearer(&refusal(OAuthError::InvalidToken));
        assert_eq!(answer.status(), 401);
        assert!(challenge(&answer).unwrap().contains("error=\"invalid_token\""));
        let answer = bearer(&refusal(OAuthError::InsufficientScope));
        assert_eq!(answer.status(), 403);
        assert!(challenge(&answer).unwrap().ends_with("scope=\"openid\""));
        let answer = unauthenticated();
        assert_eq!(answer.status(), 401);
        assert!(!challenge(&answer).unwrap().contains("error"));
    }
}

//! One error, three renderings: the page, the OAuth error, the problem document.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use askama::Template as _;
use serde_json::json;

use super::pages::view::{ErrorKind, ErrorView, NextStep};
use super::site::Site;
use crate::i18n::Locale;

/// Why a request is not answered as asked.
///
/// The person or the program is told the kind; the reason is for the log, under the request's id.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What happened, as far as a person is told.
    pub kind: ErrorKind,
    /// What a person can do next, beside the advice that goes with the kind.
    pub next: Option<NextStep>,
    /// Seconds after which another attempt makes sense.
    pub retry_after: Option<u32>,
    reason: String,
}

impl Failure {
    /// A failure with its private reason, which holds no secret.
    pub fn new(status: StatusCode, kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self { status, kind, next: None, retry_after: None, reason: reason.into() }
    }

    /// Unreadable: 400.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorKind::BadRequest, reason)
    }

    /// A body beyond the limit: 413.
    pub fn too_large() -> Self {
        let reason = "the body is larger than http.max_body_bytes";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::BadRequest, reason)
    }

    /// A body that took too long to arrive: 408.
    pub fn too_slow() -> Self {
        let reason = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorKind::BadRequest, reason)
    }

    /// A body that is no form: 415.
    pub fn unsupported_media_type(reason: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorKind::BadRequest, reason)
    }

    /// A request that this site's own pages did not make: 403.
    pub fn forged(reason: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorKind::FormTooOld, reason)
    }

    /// Nothing there: 404.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorKind::NotFound, reason).next(NextStep::home())
    }

    /// Overloaded, or the database is away: 503.
    pub fn busy(reason: impl Into<String>) -> Self {
        let failure = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Busy, reason);
        Self { retry_after: Some(2), ..failure }
    }

    /// Too many attempts: 429.
    pub fn too_many(retry_after: u32) -> Self {
        let minutes = retry_after.div_ceil(60);
        let kind = ErrorKind::TooManyAttempts { minutes };
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, kind, "too many attempts");
        Self { retry_after: Some(retry_after), ..failure }
    }

    /// A fault of ours: 500.
    pub fn internal(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal, reason)
    }

    /// Adds what a person can do next.
    #[must_use]
    pub fn next(mut self, next: NextStep) -> Self {
        self.next = Some(next);
        self
    }

    /// What the web framework answers by itself, as one of ours.
    pub fn from_status(status: StatusCode) -> Self {
        let reason = "refused by the web framework";
        let kind = match status {
            StatusCode::NOT_FOUND => return Self::not_found(reason),
            StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
            status if status.is_server_error() => ErrorKind::Internal,
            _ => ErrorKind::BadRequest,
        };
        Self::new(status, kind, reason)
    }

    /// Writes the private reason to the log. Call it within the request's span.
    pub fn log(&self) {
        if self.status.is_server_error() {
            tracing::error!(status = self.status.as_u16(), reason = self.reason, "request failed");
        } else {
            tracing::info!(status = self.status.as_u16(), reason = self.reason, "request refused");
        }
    }

    /// The answer in the form that whoever asked understands.
    pub fn render(
        &self,
        site: &Site,
        face: Face,
        locale: Locale,
        request_id: &str,
    ) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        match face {
            Face::Page => {
                let view = ErrorView {
                    frame: site.frame(locale),
                    kind: self.kind.clone(),
                    next: self.next.clone(),
                    request_id: request_id.to_owned(),
                    at: site.env.now(),
                };
                match view.render() {
                    Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
                    Err(_) => answer.content_type("text/plain; charset=utf-8").body(self.title()),
                }
            }
            Face::OAuth => answer.json(json!({
                "error": self.oauth_code(),
                "error_description": format!("{} (request {request_id})", self.title()),
            })),
            Face::Problem => {
                let body = json!({
                    "type": "about:blank",
                    "title": self.title(),
                    "status": self.status.as_u16(),
                    "request_id": request_id,
                });
                let mut answer = answer.json(body);
                let kind = HeaderValue::from_static("application/problem+json");
                answer.headers_mut().insert(header::CONTENT_TYPE, kind);
                answer
            }
        }
    }

    fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    /// The closest of the codes of RFC 6749 §4.1.2.1 and §5.2.
    fn oauth_code(&self) -> &'static str {
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                "temporarily_unavailable"
            }
            status if status.is_server_error() => "server_error",
            _ => "invalid_request",
        }
    }
}

/// Who reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// A person: HTML.
    Page,
    /// A relying party: JSON after RFC 6749 §5.2.
    OAuth,
    /// Another program: JSON after RFC 9457.
    Problem,
}

impl Face {
    /// Who reads the answers of `path`.
    pub fn of_path(path: &str) -> Self {
        match path {
            "/oauth2/token" | "/oauth2/introspect" | "/oauth2/revoke" | "/oauth2/userinfo"
            | "/oauth2/jwks" => Self::OAuth,
            _ if path.starts_with("/.well-known/") => Self::OAuth,
            _ if path.starts_with("/health/") => Self::Problem,
            _ => Self::Page,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Only the status: the edge renders the rest, because it knows who asked.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::middleware::tests::site;
    use actix_web::body::to_bytes;

    async fn rendered(failure: &Failure, face: Face) -> (HttpResponse<()>, String) {
        let site = site("https://id.example");
        let answer = failure.render(&site, face, Locale::default(), "req-1");
        let (head, body) = answer.into_parts();
        let body = to_bytes(body).await.unwrap();
        (head, String::from_utf8(body.to_vec()).unwrap())
    }

    fn header(head: &HttpResponse<()>, name: &str) -> String {
        head.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn case_319_a_fault_tells_its_id_and_not_its_reason() {
        let failure = Failure::internal("relation \"users\" does not exist at /srv/latchkey");
        for face in [Face::Page, Face::OAuth, Face::Problem] {
            let (head, body) = rendered(&failure, face).await;
            assert_eq!(head.status(), 500);
            assert!(body.contains("req-1"), "{body}");
            assert!(!body.contains("users") && !body.contains("/srv"), "{body}");
        }
    }

    #[tokio::test]
    async fn case_324_a_wait_is_told_in_seconds() {
        let (head, body) = rendered(&Failure::too_many(90), Face::Page).await;
        assert_eq!((head.status().as_u16(), header(&head, "retry-after")), (429, "90".to_owned()));
        assert!(body.contains('2'), "two minutes, rounded up: {body}");
    }

    #[tokio::test]
    async fn each_reader_gets_its_own_form() {
        let failure = Failure::bad_request("x");
        let kind = |head| header(head, "content-type");
        let (head, body) = rendered(&failure, Face::Page).await;
        assert_eq!(kind(&head), "text/html; charset=utf-8");
        assert!(body.starts_with("<!doctype html>"));
        let (head, body) = rendered(&failure, Face::OAuth).await;
        assert_eq!(kind(&head), "application/json");
        assert!(body.contains(r#""error":"invalid_request""#), "{body}");
        let (head, body) = rendered(&failure, Face::Problem).await;
        assert_eq!(kind(&head), "application/problem+json");
        assert!(body.contains(r#""status":400"#), "{body}");
    }
}

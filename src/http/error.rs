//! One error, three renderings: the page, the OAuth error, the problem document.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use askama::Template as _;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::api::error::Told;
use super::pages::view::{ErrorKind, ErrorView, NextStep};
use super::rate_limit;
use super::site::Site;
use crate::domain::rate_limit::{Allowance, Standing};
use crate::domain::refusal::Reason;
use crate::i18n::Locale;
use crate::protocol::error::Refusal;

/// Why a request is not answered as asked.
///
/// The person or the program is told the kind; the reason is for the log and for `latchkey why`, under
/// the request's id.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What happened, as far as a person is told.
    pub kind: ErrorKind,
    /// What a person can do next, beside the advice that goes with the kind; the likeliest first.
    pub next: Vec<NextStep>,
    /// Seconds after which another attempt makes sense.
    pub retry_after: Option<u32>,
    /// What is left of the budgets.
    pub standing: Standing,
    /// What the JSON API tells, where the status says too little.
    pub told: Option<Box<Told>>,
    reason: Box<Reason>,
    /// Whether the reason was kept already, or is not to be.
    kept: bool,
}

impl Failure {
    /// A failure with its private reason, which holds no secret.
    pub fn new(status: StatusCode, kind: ErrorKind, reason: impl Into<String>) -> Self {
        // Of a database that is away, or too slow for what is there already, nothing more is asked.
        let kept = kind == ErrorKind::Busy;
        let reason = Box::new(reason_of(&kind).compared("", reason.into()));
        let (next, retry_after, standing, told) = (vec![], None, vec![], None);
        Self { status, kind, next, retry_after, standing, told, reason, kept }
    }

    /// A refusal of the protocol that is told on a page.
    pub fn refused(status: StatusCode, kind: ErrorKind, refusal: &Refusal) -> Self {
        let (reason, kept) = (refusal.reason.clone(), refusal.is_kept());
        let (next, retry_after, standing, told) = (vec![], None, vec![], None);
        Self { status, kind, next, retry_after, standing, told, reason, kept }
    }

    /// Names the check that refused, and what would have been right, where the kind says too little.
    #[must_use]
    pub fn by(mut self, check: &'static str, specification: &'static str, expected: &str) -> Self {
        *self.reason = Reason::new(check, specification).compared(expected, &self.reason.got);
        self
    }

    /// What `latchkey why` is to know of it, unless that is kept already.
    pub fn note(&self) -> Option<Note> {
        let error = self.status.as_u16().to_string();
        (!self.kept).then(|| Note { error, reason: (*self.reason).clone() })
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

    /// A request that a page of another site made: 403.
    pub fn foreign(reason: &'static str) -> Self {
        Self::forged(reason).by("check_origin", "Fetch Metadata 2.3", "a request of our own pages")
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

    /// Adds what is left of the budgets.
    #[must_use]
    pub fn within(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// Too many requests: 429. Nothing is kept of it but a line in the log, because whoever floods
    /// shall cost no statement.
    pub fn flood(beyond: Allowance, now: DateTime<Utc>) -> Self {
        let wait = rate_limit::seconds(&beyond, now);
        let failure = Self::too_many(u32::try_from(wait).unwrap_or(u32::MAX).max(1));
        Self { kept: true, ..failure }.within(vec![beyond])
    }

    /// A fault of ours: 500.
    pub fn internal(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal, reason)
    }

    /// Says it in the words of the JSON API, under the code's own status.
    #[must_use]
    pub fn told(mut self, told: Told) -> Self {
        self.status = told.code.status();
        self.told = Some(Box::new(told));
        self
    }

    /// Keeps nothing of it for `latchkey why`: the trail has it already.
    #[must_use]
    pub fn on_record(mut self) -> Self {
        self.kept = true;
        self
    }

    /// Says what a person can do next.
    #[must_use]
    pub fn next(mut self, next: NextStep) -> Self {
        self.next = vec![next];
        self
    }

    /// Adds what they can do instead of that.
    #[must_use]
    pub fn or(mut self, other: NextStep) -> Self {
        self.next.push(other);
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
            tracing::error!(
                status = self.status.as_u16(),
                reason = self.reason.got,
                "request failed"
            );
        } else {
            tracing::info!(
                status = self.status.as_u16(),
                check = self.reason.check,
                expected = self.reason.expected,
                reason = self.reason.got,
                "request refused"
            );
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
        for field in rate_limit::fields(&self.standing, site.env.now()) {
            answer.insert_header(field);
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
            Face::Api { problem } => {
                super::api::error::render(self, answer, problem, site.env.now(), request_id)
            }
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

/// The check behind a kind of failure.
fn reason_of(kind: &ErrorKind) -> Reason {
    match kind {
        ErrorKind::ReturnAddress { .. } => Reason::new("check_redirect_uri", "RFC 9700 2.1"),
        ErrorKind::UnknownApp => Reason::new("load_client", "RFC 6749 4.1.2.1"),
        ErrorKind::AppRequest => Reason::new("negotiate", "RFC 6749 4.1.1"),
        ErrorKind::FlowExpired => Reason::new("find_flow", ""),
        ErrorKind::OtherBrowser => Reason::new("check_browser", "RFC 9700 4.7"),
        ErrorKind::FormTooOld => Reason::new("check_form", ""),
        ErrorKind::Provider { .. } => Reason::new("check_provider", "OIDC Core 3.1.2.7"),
        ErrorKind::LinkUsed | ErrorKind::DeadLink(_) => Reason::new("find_link", ""),
        ErrorKind::NotFound => Reason::new("find_page", "RFC 9110 15.5.5"),
        ErrorKind::MethodNotAllowed => Reason::new("check_method", "RFC 9110 15.5.6"),
        ErrorKind::BadRequest => Reason::new("read_request", "RFC 9110 15.5.1"),
        ErrorKind::RegistrationClosed => Reason::new("check_registration_open", ""),
        ErrorKind::TooManyAttempts { .. } => Reason::new("check_attempts", "RFC 6585 4"),
        ErrorKind::Busy | ErrorKind::Internal => Reason::new("work", ""),
    }
}

/// Why a request was refused: goes with its answer to the edge, which keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The public error code, or the status of an error page.
    pub error: String,
    /// Why.
    pub reason: Reason,
}

/// The client that a request names, for a [`Note`].
#[derive(Clone, Debug)]
pub struct SentClient(pub String);

impl Note {
    /// Of a refusal that was not kept yet.
    pub fn of(refusal: &Refusal) -> Option<Self> {
        let error = refusal.error.as_str().to_owned();
        (!refusal.is_kept()).then(|| Self { error, reason: (*refusal.reason).clone() })
    }

    /// Puts it on an answer.
    pub fn attach(self, answer: &mut HttpResponse) {
        answer.extensions_mut().insert(self);
    }
}

/// Who reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// A person: HTML.
    Page,
    /// A relying party: JSON after RFC 6749 §5.2.
    OAuth,
    /// The operator's own front end: its envelope, or a problem document where it prefers that.
    Api {
        /// It does.
        problem: bool,
    },
    /// Another program: JSON after RFC 9457.
    Problem,
}

impl Face {
    /// Who reads the answers of `path`, by what they say they read.
    pub fn of(path: &str, headers: &HeaderMap) -> Self {
        match path {
            "/oauth2/token" | "/oauth2/introspect" | "/oauth2/revoke" | "/oauth2/userinfo"
            | "/oauth2/jwks" => Self::OAuth,
            _ if path.starts_with("/.well-known/") => Self::OAuth,
            // That of a provider, for whom it is as good.
            _ if path.starts_with("/auth/") && path.ends_with("/backchannel-logout") => Self::OAuth,
            "/api/health" => Self::Problem,
            _ if path.starts_with("/health/") => Self::Problem,
            _ if path.starts_with("/api/") => {
                Self::Api { problem: super::api::error::prefers_problem(headers) }
            }
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

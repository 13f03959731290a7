//! What the JSON API says when it does not do as asked: a stable code each, with its status.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::envelope::{ErrorBody, ErrorDetails, Metadata, Refused};
use crate::domain::flow::FlowEnded;
use crate::http::error::Failure;
use crate::http::pages::view::ErrorKind;
use crate::http::pages::{fault, view};
use crate::identity::login::FlowError;
use crate::protocol::authorize::ResumeError;
use crate::protocol::error::ProtocolError;
use crate::protocol::first_party::FirstPartyError;

/// The codes: each its variant, its text, its status, and a sentence for developers.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:ident, $message:literal;)*) => {
        /// A stable code. Once given out it never changes its meaning or its status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant),* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The status it comes with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            /// What happened, for developers. People are told by the front end.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message),* }
            }
        }
    };
}

codes! {
    /// The body, the query or a path cannot be read.
    InvalidRequest = "INVALID_REQUEST", BAD_REQUEST, "The request cannot be read.";
    /// A member breaks a rule of its own; the details name it.
    ValidationFailed = "VALIDATION_FAILED", BAD_REQUEST, "A value breaks its rule.";
    /// The sign-in was begun in another browser.
    OtherBrowser = "OTHER_BROWSER", BAD_REQUEST, "The sign-in belongs to another browser.";
    /// Which of the name and the password is wrong, or why the account takes none, is told nobody.
    InvalidCredentials =
        "INVALID_CREDENTIALS", UNAUTHORIZED, "The name or the password is wrong.";
    /// A code is wrong, used or too old.
    InvalidCode = "INVALID_CODE", UNAUTHORIZED, "The code is wrong, used or too old.";
    /// Nobody is signed in.
    NotSignedIn = "NOT_SIGNED_IN", UNAUTHORIZED, "Nobody is signed in.";
    /// The access token is expired, revoked, or none of ours.
    InvalidToken = "INVALID_TOKEN", UNAUTHORIZED, "The access token is not honoured.";
    /// There is no refresh cookie, or what is in it is worth nothing any more.
    RefreshRefused = "REFRESH_REFUSED", UNAUTHORIZED, "The sign-in is over. Sign in again.";
    /// The call comes from a page that may not make it.
    OriginNotAllowed = "ORIGIN_NOT_ALLOWED", FORBIDDEN, "The origin is not allowed.";
    /// `X-CSRF-Token` is missing, or of another browser.
    CsrfRefused =
        "CSRF_REFUSED", FORBIDDEN, "X-CSRF-Token is missing or wrong. Ask for the session again.";
    /// The access token is another app's.
    NotYourApp = "CLIENT_NOT_ALLOWED", FORBIDDEN, "The access token is of another client.";
    /// Somebody has to prove anew who they are.
    FreshSignInRequired =
        "FRESH_SIGN_IN_REQUIRED", FORBIDDEN, "Somebody has to prove anew who they are.";
    /// People do not make accounts themselves here.
    RegistrationClosed = "REGISTRATION_CLOSED", FORBIDDEN, "Registration is closed.";
    /// There is nothing of this name, or nothing of this person's.
    NotFound = "NOT_FOUND", NOT_FOUND, "There is no such thing.";
    /// There is no such sign-in.
    FlowNotFound = "FLOW_NOT_FOUND", NOT_FOUND, "There is no such sign-in.";
    /// Not with this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", METHOD_NOT_ALLOWED, "Not with this method.";
    /// The body did not arrive in time.
    RequestTimeout = "REQUEST_TIMEOUT", REQUEST_TIMEOUT, "The body did not arrive in time.";
    /// The sign-in is finished, or took too long.
    FlowEnded = "FLOW_ENDED", CONFLICT, "The sign-in is over.";
    /// The body is too large.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", PAYLOAD_TOO_LARGE, "The body is too large.";
    /// The address is too long.
    UriTooLong = "URI_TOO_LONG", URI_TOO_LONG, "The address is too long.";
    /// The body is not JSON.
    UnsupportedMediaType =
        "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE, "The body is not application/json.";
    /// The request is for another host.
    Misdirected = "MISDIRECTED_REQUEST", MISDIRECTED_REQUEST, "The request is for another host.";
    /// Too many attempts or requests.
    TooManyAttempts = "TOO_MANY_ATTEMPTS", TOO_MANY_REQUESTS, "Too many attempts. Try later.";
    /// The headers are too large.
    HeadersTooLarge =
        "HEADERS_TOO_LARGE", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large.";
    /// A fault of ours.
    Internal = "INTERNAL_ERROR", INTERNAL_SERVER_ERROR, "A fault of the server.";
    /// Overloaded, or the database is away.
    Unavailable = "SERVICE_UNAVAILABLE", SERVICE_UNAVAILABLE, "Not now. Try again shortly.";
}

impl Code {
    /// What every endpoint may answer, whatever it does.
    pub const COMMON: &[Self] = &[
        Self::InvalidRequest,
        Self::NotFound,
        Self::Misdirected,
        Self::UriTooLong,
        Self::TooManyAttempts,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::Unavailable,
    ];
    /// What every endpoint may answer beside, that changes something.
    pub const CHANGING: &[Self] = &[Self::OriginNotAllowed, Self::CsrfRefused];
    /// What every endpoint may answer beside, that takes a body.
    pub const READING: &[Self] =
        &[Self::RequestTimeout, Self::PayloadTooLarge, Self::UnsupportedMediaType];
    /// What every step of a sign-in may answer beside.
    pub const FLOW: &[Self] = &[Self::OtherBrowser, Self::FlowNotFound, Self::FlowEnded];

    /// What a failure is called that was not made here.
    fn of(failure: &Failure) -> Self {
        match failure.status {
            StatusCode::FORBIDDEN if failure.kind == ErrorKind::RegistrationClosed => {
                Self::RegistrationClosed
            }
            StatusCode::FORBIDDEN => Self::OriginNotAllowed,
            StatusCode::UNAUTHORIZED => Self::NotSignedIn,
            status => {
                let own = Self::ALL.iter().find(|code| code.status() == status);
                let fault =
                    if status.is_server_error() { Self::Internal } else { Self::InvalidRequest };
                *own.unwrap_or(&fault)
            }
        }
    }

    /// The failure, with its private reason.
    pub fn because(self, reason: impl Into<String>) -> Failure {
        Failure::new(self.status(), self.kind(), reason).told(Told { code: self, fields: None })
    }

    fn kind(self) -> view::ErrorKind {
        match self {
            Self::OtherBrowser => ErrorKind::OtherBrowser,
            Self::OriginNotAllowed | Self::CsrfRefused => ErrorKind::FormTooOld,
            Self::NotFound => ErrorKind::NotFound,
            Self::FlowNotFound | Self::FlowEnded => ErrorKind::FlowExpired,
            Self::Internal => ErrorKind::Internal,
            Self::Unavailable => ErrorKind::Busy,
            _ => ErrorKind::BadRequest,
        }
    }
}

/// What the JSON API tells of a failure beside its status.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub code: Code,
    /// The rules that were broken, by member.
    pub fields: Option<BTreeMap<String, String>>,
}

/// A member breaks its rule.
pub fn invalid(fields: BTreeMap<String, String>) -> Failure {
    let code = Code::ValidationFailed;
    code.because("a member breaks its rule").told(Told { code, fields: Some(fields) })
}

/// A step of a sign-in that was not taken.
pub fn flow(error: FlowError, now: DateTime<Utc>) -> Failure {
    match error {
        FlowError::WrongCredentials(standing) => {
            let reason = "the name or the password is wrong";
            Code::InvalidCredentials.because(reason).on_record().within(standing)
        }
        FlowError::WrongCode(standing) => {
            Code::InvalidCode.because("the code is wrong").on_record().within(standing)
        }
        FlowError::NotFound => Code::FlowNotFound.because("there is no such sign-in"),
        FlowError::OtherBrowser => Code::OtherBrowser.because("the browser cookie is another one"),
        FlowError::Ended(ended) => is_over(ended),
        FlowError::Registration(_) => Code::ValidationFailed.because("the account cannot be made"),
        FlowError::ClientRemoved => Code::FlowNotFound.because("the client was removed"),
        // Who is beyond a limit costs no further statement.
        error @ FlowError::TooMany { .. } => fault::flow(error, now).on_record(),
        error => fault::flow(error, now),
    }
}

fn is_over(ended: FlowEnded) -> Failure {
    Code::FlowEnded.because(ended.to_string())
}

/// Tokens that were not given.
pub fn tokens(error: FirstPartyError) -> Failure {
    match error {
        FirstPartyError::Misconfigured(_) => Failure::internal(error.to_string()),
        FirstPartyError::Resume(error) => match error {
            ResumeError::Ended(ended) => is_over(ended),
            ResumeError::OtherBrowser => Code::OtherBrowser.because(error.to_string()),
            ResumeError::NotFound
            | ResumeError::ClientGone
            | ResumeError::ReturnAddressGone { .. } => {
                Code::FlowNotFound.because(error.to_string())
            }
        },
        FirstPartyError::Protocol(error) => protocol(error, Code::RefreshRefused),
    }
}

/// A use case of the protocol that gave no answer; `refused` is what its refusal is called here.
pub fn protocol(error: ProtocolError, refused: Code) -> Failure {
    match error {
        ProtocolError::Refused(refusal) => {
            let failure = refused.because(refusal.reason.got.clone());
            if refusal.is_kept() { failure.on_record() } else { failure }
        }
        ProtocolError::Storage(error) => error.into(),
        ProtocolError::TooMany { retry_after } => Failure::too_many(retry_after),
        ProtocolError::Signing => Failure::internal("a token could not be signed"),
    }
}

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

    #[test]
    fn codes_are_stable_words_of_their_own() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
        assert!(texts.iter().all(|text| text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')));
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(code.message().ends_with('.'), "{code:?}");
        }
    }
}

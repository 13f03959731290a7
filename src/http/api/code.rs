//! The stable codes of the JSON API, each with its status.

use actix_web::http::StatusCode;

use super::error::Told;
use crate::domain::client::text_enum;
use crate::http::error::Failure;
use crate::http::pages::view::ErrorKind;

/// The codes: each its variant, its text, its status, what a page would say instead, and a sentence for
/// developers.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:ident, $kind:ident, $message:literal;)*) => {
        text_enum! {
            /// A stable code. Once given out it never changes its meaning or its status.
            Code { $($(#[$doc])* $variant = $text),* }
        }

        impl Code {
            /// The status it comes with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            /// What a page says where this happens.
            fn kind(self) -> ErrorKind {
                match self { $(Self::$variant => ErrorKind::$kind),* }
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
    InvalidRequest = "INVALID_REQUEST", BAD_REQUEST, BadRequest, "The request cannot be read.";
    /// A member breaks a rule of its own; the details name it.
    ValidationFailed = "VALIDATION_FAILED", BAD_REQUEST, BadRequest, "A value breaks its rule.";
    /// The sign-in was begun in another browser.
    OtherBrowser =
        "OTHER_BROWSER", BAD_REQUEST, OtherBrowser, "The sign-in belongs to another browser.";
    /// Which of the name and the password is wrong, or why the account takes none, is told nobody.
    InvalidCredentials =
        "INVALID_CREDENTIALS", UNAUTHORIZED, BadRequest, "The name or the password is wrong.";
    /// A link is used, too old, or never was one.
    InvalidLink =
        "INVALID_LINK", BAD_REQUEST, LinkUsed, "The link is used, too old, or none of ours.";
    /// A code is wrong, used or too old.
    InvalidCode = "INVALID_CODE", UNAUTHORIZED, BadRequest, "The code is wrong, used or too old.";
    /// A passkey is not known, its answer is wrong, or its account is closed.
    PasskeyRefused = "PASSKEY_REFUSED", UNAUTHORIZED, BadRequest, "The passkey is not accepted.";
    /// Nobody is signed in.
    NotSignedIn = "NOT_SIGNED_IN", UNAUTHORIZED, BadRequest, "Nobody is signed in.";
    /// The access token is expired, revoked, or none of ours.
    InvalidToken = "INVALID_TOKEN", UNAUTHORIZED, BadRequest, "The access token is not honoured.";
    /// There is no refresh cookie, or what is in it is worth nothing any more.
    RefreshRefused =
        "REFRESH_REFUSED", UNAUTHORIZED, BadRequest, "The sign-in is over. Sign in again.";
    /// The call comes from a page that may not make it.
    OriginNotAllowed = "ORIGIN_NOT_ALLOWED", FORBIDDEN, FormTooOld, "The origin is not allowed.";
    /// `X-CSRF-Token` is missing, or of another browser.
    CsrfRefused =
        "CSRF_REFUSED", FORBIDDEN, FormTooOld,
        "X-CSRF-Token is missing or wrong. Ask for the session again.";
    /// The access token is another app's.
    NotYourApp =
        "CLIENT_NOT_ALLOWED", FORBIDDEN, BadRequest, "The access token is of another client.";
    /// Somebody has to prove anew who they are.
    FreshSignInRequired =
        "FRESH_SIGN_IN_REQUIRED", FORBIDDEN, BadRequest, "Somebody has to prove anew who they are.";
    /// People do not make accounts themselves here.
    RegistrationClosed =
        "REGISTRATION_CLOSED", FORBIDDEN, RegistrationClosed, "Registration is closed.";
    /// No mail is sent here, so nothing that takes one works.
    MailClosed = "MAIL_NOT_CONFIGURED", FORBIDDEN, BadRequest, "No mail is sent here.";
    /// There is nothing of this name, or nothing of this person's.
    NotFound = "NOT_FOUND", NOT_FOUND, NotFound, "There is no such thing.";
    /// There is no such sign-in.
    FlowNotFound = "FLOW_NOT_FOUND", NOT_FOUND, FlowExpired, "There is no such sign-in.";
    /// Not with this method.
    MethodNotAllowed =
        "METHOD_NOT_ALLOWED", METHOD_NOT_ALLOWED, BadRequest, "Not with this method.";
    /// The body did not arrive in time.
    RequestTimeout =
        "REQUEST_TIMEOUT", REQUEST_TIMEOUT, BadRequest, "The body did not arrive in time.";
    /// The sign-in is finished, or took too long.
    FlowEnded = "FLOW_ENDED", CONFLICT, FlowExpired, "The sign-in is over.";
    /// The sign-in waits for something else.
    NotAskedFor =
        "STEP_NOT_ASKED_FOR", CONFLICT, BadRequest, "The sign-in waits for something else.";
    /// No code was asked for in this sign-in, or too long ago.
    NothingSent = "NO_CODE_SENT", CONFLICT, BadRequest, "No code was asked for in this sign-in.";
    /// The account has as many of them as it can have.
    TooMany =
        "LIMIT_REACHED", CONFLICT, BadRequest, "The account has as many of them as it can have.";
    /// There is such a passkey, in this account or another.
    PasskeyKnown = "PASSKEY_KNOWN", CONFLICT, BadRequest, "There is such a passkey already.";
    /// The person at the provider is connected with another account.
    ConnectedElsewhere =
        "CONNECTED_ELSEWHERE", CONFLICT, BadRequest,
        "Another account is connected with that person.";
    /// Nobody could sign in without it.
    LastWayIn = "LAST_WAY_IN", CONFLICT, BadRequest, "It is the last way into the account.";
    /// A second factor is asked of the account, and it has no other.
    SecondFactorNeeded =
        "SECOND_FACTOR_NEEDED", CONFLICT, BadRequest,
        "It is the only second factor of an account that needs one.";
    /// Nobody could administer Latchkey after it.
    LastAdministrator =
        "LAST_ADMINISTRATOR", CONFLICT, BadRequest, "This is the last active administrator.";
    /// The body is too large.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", PAYLOAD_TOO_LARGE, BadRequest, "The body is too large.";
    /// The address is too long.
    UriTooLong = "URI_TOO_LONG", URI_TOO_LONG, BadRequest, "The address is too long.";
    /// The body is not JSON.
    UnsupportedMediaType =
        "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE, BadRequest,
        "The body is not application/json.";
    /// The request is for another host.
    Misdirected =
        "MISDIRECTED_REQUEST", MISDIRECTED_REQUEST, BadRequest, "The request is for another host.";
    /// Too many attempts or requests.
    TooManyAttempts =
        "TOO_MANY_ATTEMPTS", TOO_MANY_REQUESTS, BadRequest, "Too many attempts. Try later.";
    /// The headers are too large.
    HeadersTooLarge =
        "HEADERS_TOO_LARGE", REQUEST_HEADER_FIELDS_TOO_LARGE, BadRequest,
        "The headers are too large.";
    /// A fault of ours.
    Internal = "INTERNAL_ERROR", INTERNAL_SERVER_ERROR, Internal, "A fault of the server.";
    /// Overloaded, or the database is away.
    Unavailable = "SERVICE_UNAVAILABLE", SERVICE_UNAVAILABLE, Busy, "Not now. Try again shortly.";
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
    /// What a step may answer beside, that takes a code.
    pub const CODE: &[Self] = &[Self::InvalidCode, Self::ValidationFailed];
    /// What every endpoint may answer beside, that changes how an account is entered.
    pub const SENSITIVE: &[Self] = &[Self::FreshSignInRequired];

    /// What a failure is called that was not made here.
    pub(super) fn of(failure: &Failure) -> Self {
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
}

#[cfg(test)]
mod tests {
    use super::*;

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

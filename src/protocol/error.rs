//! Refusals: a private reason for the operator, a public error for everybody else.

use std::fmt;

use crate::domain::client::text_enum;
pub use crate::domain::refusal::Reason;
use crate::kernel::ids::GrantId;
use crate::storage::{Stop, StorageError};

text_enum! {
    /// The public error codes.
    OAuthError {
        /// RFC 6749 §4.1.2.1 and §5.2.
        InvalidRequest = "invalid_request",
        /// RFC 6749 §5.2.
        InvalidClient = "invalid_client",
        /// RFC 6749 §5.2.
        InvalidGrant = "invalid_grant",
        /// RFC 6749 §4.1.2.1 and §5.2.
        UnauthorizedClient = "unauthorized_client",
        /// RFC 6749 §5.2.
        UnsupportedGrantType = "unsupported_grant_type",
        /// RFC 6749 §4.1.2.1 and §5.2.
        InvalidScope = "invalid_scope",
        /// RFC 8707 §2.
        InvalidTarget = "invalid_target",
        /// RFC 6749 §4.1.2.1.
        AccessDenied = "access_denied",
        /// RFC 6749 §4.1.2.1.
        UnsupportedResponseType = "unsupported_response_type",
        /// OIDC Core §3.1.2.6.
        LoginRequired = "login_required",
        /// OIDC Core §3.1.2.6.
        ConsentRequired = "consent_required",
        /// OIDC Core §3.1.2.6.
        AccountSelectionRequired = "account_selection_required",
        /// OIDC Core §3.1.2.6.
        InteractionRequired = "interaction_required",
        /// OIDC Core §3.1.2.6.
        RequestNotSupported = "request_not_supported",
        /// OIDC Core §3.1.2.6.
        RequestUriNotSupported = "request_uri_not_supported",
        /// OIDC Core §3.1.2.6.
        RegistrationNotSupported = "registration_not_supported",
        /// OpenID Connect Core Error Code Unmet Authentication Requirements §2.
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        /// RFC 6750 §3.1.
        InvalidToken = "invalid_token",
        /// RFC 6750 §3.1.
        InsufficientScope = "insufficient_scope",
    }
}

/// Why a request was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What the other side learns.
    pub error: OAuthError,
    /// One sentence for the other side's developers, in ASCII and without quotes (RFC 6749 §5.2).
    pub description: &'static str,
    /// What only the operator learns.
    pub reason: Box<Reason>,
    /// Whether the reason was kept, or left to the log, already.
    kept: bool,
    /// The grant that ended with it.
    ended: Option<GrantId>,
}

impl Refusal {
    /// A refusal by the named check, one of [`crate::domain::refusal::CHECKS`].
    pub fn new(
        error: OAuthError,
        check: &'static str,
        specification: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            error,
            description,
            reason: Box::new(Reason::new(check, specification)),
            kept: false,
            ended: None,
        }
    }

    /// Adds what would have been right and what came.
    #[must_use]
    pub fn compared(mut self, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        *self.reason = std::mem::take(&mut *self.reason).compared(expected, got);
        self
    }

    /// Names the grant that was revoked because of what came, if one was.
    pub(super) fn ending(mut self, grant: Option<GrantId>) -> Self {
        self.ended = grant;
        self
    }

    /// The grant that was revoked because of what came.
    pub(super) fn ended(&self) -> Option<GrantId> {
        self.ended
    }

    /// Whether the reason was dealt with in the transaction of the request.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    pub(super) fn mark_kept(&mut self) {
        self.kept = true;
    }
}

impl From<Refusal> for Stop<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a use case gave no answer: it said no, or it could not work.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// It said no.
    #[error("refused: {}", .0.error)]
    Refused(Refusal),
    /// The database could not be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Wrong client secrets came too often; the right one is never told this.
    #[error("too many failed client authentications")]
    TooMany {
        /// Seconds until another one is looked at.
        retry_after: u32,
    },
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing,
}

impl From<ProtocolError> for Stop<ProtocolError> {
    fn from(error: ProtocolError) -> Self {
        Self::Refused(error)
    }
}

impl From<Refusal> for ProtocolError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

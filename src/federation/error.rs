//! Why nobody came back from a provider.

use crate::domain::provider::NotAdmitted;
use crate::outbound::OutboundError;

/// Why nobody came back from a provider. The words are for operators: there is no secret in them, no
/// address, and nothing that somebody else has written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FederationError {
    /// It cannot be asked.
    #[error("the provider was not asked, or has not answered: {0}")]
    Outbound(#[from] OutboundError),
    /// It answers, and says that it cannot.
    #[error("the provider answers with status {0}")]
    Status(u16),
    /// It did not answer several times, and is not asked for a while.
    #[error("the provider has not answered several times, and is left alone for a while")]
    Resting,
    /// The person said no there.
    #[error("the person said no at the provider")]
    Cancelled,
    /// It wants to show the person something, and was asked not to.
    #[error("the provider wants to ask the person something")]
    Interaction,
    /// It answered the browser with this error; one that no specification names is "another error".
    #[error("the provider refused with {0}")]
    Refused(&'static str),
    /// The answer has neither a code nor an error.
    #[error("the provider's answer has no code")]
    NoCode,
    /// The answer names another issuer, or none although the provider says that it does (RFC 9207).
    #[error("the answer names another issuer, or none although the provider promised to")]
    OtherIssuer,
    /// Its metadata cannot be used, or are those of somebody else.
    #[error("the provider's metadata cannot be used: {0}")]
    Metadata(&'static str),
    /// The settings do not fit what it tells about itself.
    #[error("the settings do not fit the provider's metadata: {0}")]
    Mismatch(&'static str),
    /// It answered with something that is not what was asked for.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// Its token endpoint refused with this error.
    #[error("the provider's token endpoint refused with {0}")]
    Exchange(&'static str),
    /// Its ID token is not taken.
    #[error("the ID token is not taken: {0}")]
    Token(TokenProblem),
    /// It does not say who the person is.
    #[error("the provider does not say who the person is: {0}")]
    Identity(&'static str),
    /// The operator does not let this person in.
    #[error("this person is not let in: {0}")]
    NotAdmitted(#[from] NotAdmitted),
    /// The provider is not set up so that it can be asked.
    #[error("the provider is not set up: {0}")]
    Misconfigured(&'static str),
}

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It is longer than any that is looked at.
    #[error("it is too long")]
    TooLong,
    /// It is none, is encrypted, or needs an extension.
    #[error("it cannot be read")]
    Unreadable,
    /// It is signed with an algorithm that is not taken, or not at all.
    #[error("its algorithm is not taken")]
    Algorithm,
    /// No key of the provider's has its `kid`.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is another one.
    #[error("its signature is wrong")]
    Signature,
    /// `iss`.
    #[error("it is of another issuer")]
    Issuer,
    /// `aud`.
    #[error("it is for somebody else, or for others too")]
    Audience,
    /// `azp`.
    #[error("it was made for somebody else")]
    AuthorizedParty,
    /// `exp`.
    #[error("it has expired")]
    Expired,
    /// `iat` or `nbf`.
    #[error("it is of another time")]
    IssuedAt,
    /// `nonce`.
    #[error("it belongs to another sign-in")]
    Nonce,
    /// `at_hash`.
    #[error("it belongs to another access token")]
    AccessTokenHash,
    /// `auth_time`.
    #[error("the person signed in too long ago, or it does not say when")]
    AuthTime,
    /// `typ`.
    #[error("it is a token of another kind")]
    Kind,
    /// `events`.
    #[error("it does not tell of a logout")]
    Event,
    /// `nonce`, in a token that must not have one.
    #[error("it has a nonce, as ID tokens have")]
    HasNonce,
    /// `jti`.
    #[error("it has no identifier")]
    Identifier,
    /// `sub` and `sid`.
    #[error("it names neither a person nor a session")]
    Nobody,
}

/// Errors that a specification names: RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6.
const NAMED: &[&str] = &[
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "invalid_client",
    "invalid_grant",
    "unsupported_grant_type",
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
];

/// An error as a specification writes it, or that it is another one: what a stranger has written is
/// repeated nowhere.
pub(super) fn named(code: &str) -> &'static str {
    NAMED.iter().find(|named| **named == code).copied().unwrap_or("another error")
}

impl FederationError {
    /// The error that a provider sent the browser back with.
    pub(super) fn answered(code: &str) -> Self {
        match code {
            // Apple's, and Facebook's, words for the same.
            "access_denied" | "user_cancelled_authorize" | "user_denied" => Self::Cancelled,
            "interaction_required"
            | "login_required"
            | "account_selection_required"
            | "consent_required" => Self::Interaction,
            _ => Self::Refused(named(code)),
        }
    }

    /// Whether the provider is away: it may answer later, and what it said before still holds.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Outbound(error) => error.is_passing(),
            Self::Resting => true,
            Self::Status(status) => *status >= 500 || *status == 429,
            Self::Cancelled
            | Self::Interaction
            | Self::Refused(_)
            | Self::NoCode
            | Self::OtherIssuer
            | Self::Metadata(_)
            | Self::Mismatch(_)
            | Self::Unreadable(_)
            | Self::Exchange(_)
            | Self::Token(_)
            | Self::Identity(_)
            | Self::NotAdmitted(_)
            | Self::Misconfigured(_) => false,
        }
    }
}

impl From<TokenProblem> for FederationError {
    fn from(problem: TokenProblem) -> Self {
        Self::Token(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_256_what_a_stranger_wrote_is_not_repeated() {
        let error = FederationError::answered("<script>alert(1)</script>");
        assert_eq!(error.to_string(), "the provider refused with another error");
        assert_eq!(
            FederationError::answered("server_error"),
            FederationError::Refused("server_error")
        );
        assert_eq!(FederationError::answered("access_denied"), FederationError::Cancelled);
        assert_eq!(FederationError::answered("login_required"), FederationError::Interaction);
    }
}

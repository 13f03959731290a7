//! Counts token requests and how they ended.

use super::grant::GRANTS;
use crate::kernel::metric::{CODES_REPLAYED, REFRESH_REUSED, TOKENS_ISSUED, TOKENS_REFUSED};
use crate::protocol::error::ProtocolError;

/// Counts how a request for `sent`, a grant type if it is one of ours, ended.
pub(super) fn counted<T>(
    sent: Option<&str>,
    outcome: Result<T, ProtocolError>,
) -> Result<T, ProtocolError> {
    let grant = grant(sent);
    match &outcome {
        Ok(_) => metrics::counter!(TOKENS_ISSUED, "grant" => grant).increment(1),
        Err(error) => {
            let code = code(error);
            metrics::counter!(TOKENS_REFUSED, "grant" => grant, "error" => code).increment(1);
            count_theft(error);
        }
    }
    outcome
}

/// The name of a grant of ours; whatever else was sent is `other`.
fn grant(sent: Option<&str>) -> &'static str {
    let names = GRANTS.iter().map(|grant| grant.grant_type().as_str());
    names.into_iter().find(|name| Some(*name) == sent).unwrap_or("other")
}

/// What the other side was told, and for what is no error of OAuth what it is.
fn code(error: &ProtocolError) -> &'static str {
    match error {
        ProtocolError::Refused(refusal) => refusal.error.as_str(),
        ProtocolError::TooMany { .. } => "too_many",
        ProtocolError::Storage(_) | ProtocolError::Signing => "unavailable",
    }
}

/// Something was used twice: one of the two who did is not who should have had it.
fn count_theft(error: &ProtocolError) {
    let ProtocolError::Refused(refusal) = error else { return };
    match refusal.reason.check {
        "check_code_unused" => metrics::counter!(CODES_REPLAYED).increment(1),
        "check_refresh_unused" => metrics::counter!(REFRESH_REUSED).increment(1),
        _ => {}
    }
}

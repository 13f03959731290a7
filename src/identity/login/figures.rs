//! Counts attempts to sign in. What is counted tells nobody who tried.

use super::FlowError;
use crate::kernel::metric::{AUTH_ATTEMPTS, AUTH_FAILURES, AUTH_SUCCESSES};

/// Counts an attempt by `method` and how it ended.
pub(super) fn counted<T>(
    method: &'static str,
    outcome: Result<T, FlowError>,
) -> Result<T, FlowError> {
    metrics::counter!(AUTH_ATTEMPTS, "method" => method).increment(1);
    match &outcome {
        Ok(_) => metrics::counter!(AUTH_SUCCESSES, "method" => method).increment(1),
        Err(error) => {
            if let Some(reason) = reason(error) {
                failed(method, reason);
            }
        }
    }
    outcome
}

/// Counts an attempt that failed.
pub(super) fn failed(method: &'static str, reason: &'static str) {
    metrics::counter!(AUTH_FAILURES, "method" => method, "reason" => reason).increment(1);
}

/// Why an attempt failed; `None` for what was counted where the true reason is known.
fn reason(error: &FlowError) -> Option<&'static str> {
    Some(match error {
        FlowError::WrongCredentials(_) | FlowError::WrongCode(_) | FlowError::WrongPasskey(_) => {
            return None;
        }
        FlowError::TooMany { .. } => "too_many_attempts",
        FlowError::Busy => "busy",
        FlowError::NotFound
        | FlowError::OtherBrowser
        | FlowError::Ended(_)
        | FlowError::ClientRemoved
        | FlowError::NoMail
        | FlowError::Registration(_)
        | FlowError::ConnectedElsewhere => "flow",
        FlowError::Hashing | FlowError::Storage(_) => "unavailable",
    })
}

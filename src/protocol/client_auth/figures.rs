//! Counts attempts of clients to prove themselves. What is counted tells nobody which client it was.

use crate::domain::client::AuthMethod;
use crate::kernel::metric::{AUTH_ATTEMPTS, AUTH_FAILURES, AUTH_SUCCESSES};
use crate::protocol::error::Refusal;

/// Counts an attempt by `method` and how it ended; a refusal by its check.
pub(super) fn count<T>(method: AuthMethod, outcome: &Result<T, Refusal>) {
    let method = method.as_str();
    metrics::counter!(AUTH_ATTEMPTS, "method" => method).increment(1);
    match outcome {
        Ok(_) => metrics::counter!(AUTH_SUCCESSES, "method" => method).increment(1),
        Err(refusal) => {
            let reason = refusal.reason.check;
            metrics::counter!(AUTH_FAILURES, "method" => method, "reason" => reason).increment(1);
        }
    }
}

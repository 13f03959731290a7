//! Counts sign-ins through providers, as those by a factor of our own are counted.

use super::NoEntry;
use crate::domain::factor::FactorKind;
use crate::domain::upstream::UpstreamPlace;
use crate::kernel::metric::{AUTH_ATTEMPTS, AUTH_FAILURES, AUTH_SUCCESSES};

/// Counts what became of somebody who came back. Whoever connects an account proves nothing by it, and is
/// not counted.
pub(super) fn counted<T>(place: UpstreamPlace, outcome: Result<T, NoEntry>) -> Result<T, NoEntry> {
    let factor = match place {
        UpstreamPlace::Flow(_) => FactorKind::Provider,
        UpstreamPlace::SecondFactor(_) => FactorKind::ProviderSecondFactor,
        UpstreamPlace::Session(_) => return outcome,
    };
    let method = factor.as_str();
    metrics::counter!(AUTH_ATTEMPTS, "method" => method).increment(1);
    match &outcome {
        Ok(_) => metrics::counter!(AUTH_SUCCESSES, "method" => method).increment(1),
        Err(refused) => {
            let reason = refused.reason();
            metrics::counter!(AUTH_FAILURES, "method" => method, "reason" => reason).increment(1);
        }
    }
    outcome
}

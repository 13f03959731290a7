//! Codes of authenticator apps (RFC 6238).

use super::Verdict;
use crate::crypto::totp::TotpSecret;
use crate::domain::credential::totp::TotpCode;
use crate::identity::Identity;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Looks whether one of the account's apps shows this code, by our clock, and spends its time step: a
/// code is taken once, and none that is older than one that was taken (RFC 6238 §5.2).
pub(super) fn spend(
    tx: &mut Tx<'_>,
    identity: &Identity,
    user: UserId,
    code: &TotpCode,
) -> Result<Verdict, StorageError> {
    let (ring, now) = (identity.outbox().ring(), identity.env().now());
    let mut verdict = Verdict::Wrong;
    for authenticator in tx.authenticators().list(user)? {
        let secret = match TotpSecret::open(ring, authenticator.id, &authenticator.secret) {
            Ok(secret) => secret,
            Err(error) => {
                // Only the operator can mend this; the other apps of the account still work.
                tracing::error!(%error, "the secret of an authenticator app is unreadable");
                continue;
            }
        };
        if let Some(step) = secret.matching_step(code, now) {
            if tx.authenticators().spend(authenticator.id, step, now)? {
                return Ok(Verdict::Right);
            }
            verdict = Verdict::Spent;
        }
    }
    Ok(verdict)
}

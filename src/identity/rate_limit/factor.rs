//! The budget of somebody who proves a second factor. Each kind of factor has its own per account,
//! which no other sign-in, session or browser makes whole: only a right proof of the same kind does, or
//! an operator. The lock of one leaves the others open.

use chrono::{DateTime, Utc};

use super::budgets::{FOR_EVER, account, by_network, key, window};
use super::{Budget, Budgets, Subject, Taken, TooMany, network};
use crate::crypto::seal::MasterKey;
use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::domain::setting::Settings;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Misses in a row that lock a factor, however slowly they are made. Of ten guesses at six digits, three
/// of which are right at any moment, one in 33 000 finds one.
const MISSES_IN_A_ROW: u32 = 10;

/// What is counted for the factors of an account.
pub(super) const KINDS: [AttemptKind; 4] = [
    AttemptKind::Totp,
    AttemptKind::TotpRun,
    AttemptKind::RecoveryCode,
    AttemptKind::RecoveryCodeRun,
];

/// A factor whose misses are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::identity) enum Counted {
    /// Codes of authenticator apps.
    Totp,
    /// Recovery codes.
    RecoveryCode,
}

impl Counted {
    /// Misses within a window, and misses in a row.
    fn kinds(self) -> (AttemptKind, AttemptKind) {
        match self {
            Self::Totp => (AttemptKind::Totp, AttemptKind::TotpRun),
            Self::RecoveryCode => (AttemptKind::RecoveryCode, AttemptKind::RecoveryCodeRun),
        }
    }
}

/// Who proves a factor.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Proving<'a> {
    pub(in crate::identity) master: &'a MasterKey,
    pub(in crate::identity) settings: &'a Settings,
    pub(in crate::identity) user: UserId,
    pub(in crate::identity) factor: Counted,
    pub(in crate::identity) ip: Option<&'a str>,
    pub(in crate::identity) now: DateTime<Utc>,
}

/// Takes one attempt from the budgets of the factor and of the address. To be committed before the code
/// is looked at.
pub(in crate::identity) fn prove(
    tx: &mut Tx<'_>,
    who: &Proving<'_>,
) -> Result<Result<Taken, TooMany>, StorageError> {
    let ((kind, run), subject) = (who.factor.kinds(), account(who.user));
    let in_a_row = Limit { attempts: MISSES_IN_A_ROW, window: FOR_EVER };
    let fast = window(who.settings, who.settings.max_failed_logins.min(MISSES_IN_A_ROW));
    let shown = vec![
        Budget::new(kind, key(who.master, kind, &subject), fast),
        Budget::new(run, key(who.master, run, &subject), in_a_row),
        by_network(who.master, who.settings, &network(who.ip)),
    ];
    let subject = Subject { user: Some(who.user), device: None };
    Budgets { subject, ..Budgets::shown(shown) }.take(tx, who.settings, who.now)
}

//! The budget of somebody who is signed in and proves the password anew, to change it for example.
//!
//! It is apart from the budgets of sign-ins: a stranger who locks the account must not keep its owner
//! from changing the password, and a stolen session must not be a way around the lock.
//!
//! ```text
//! let taken = match rate_limit::confirm(tx, &Confirming { master, settings, user, ip, now })? {
//!     Ok(taken) => taken,                       // commit, then hash with no connection held
//!     Err(TooMany { retry_at, standing }) => …  // 429, nothing was counted, nothing is hashed
//! };
//! // in the transaction of the outcome, one of:
//! let missed = taken.missed(tx, settings, now)?; // record() each of missed.events beside your own
//! taken.succeeded(tx)?;                         // as the last statement
//! taken.withdrawn(tx)?;                         // nothing was hashed (busy)
//! ```

use chrono::{DateTime, Utc};

use super::budgets::{account, by_network, own};
use super::{Budgets, Subject, Taken, TooMany, network};
use crate::crypto::seal::MasterKey;
use crate::domain::rate_limit::AttemptKind;
use crate::domain::setting::Settings;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Who proves the password anew.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Confirming<'a> {
    pub(in crate::identity) master: &'a MasterKey,
    pub(in crate::identity) settings: &'a Settings,
    pub(in crate::identity) user: UserId,
    pub(in crate::identity) ip: Option<&'a str>,
    pub(in crate::identity) now: DateTime<Utc>,
}

/// Takes one attempt from the budgets of the account's confirmations and of the address. To be
/// committed before the password is looked at.
pub(in crate::identity) fn confirm(
    tx: &mut Tx<'_>,
    who: &Confirming<'_>,
) -> Result<Result<Taken, TooMany>, StorageError> {
    let (kind, run) = (AttemptKind::Confirmation, AttemptKind::ConfirmationRun);
    let mut shown = own(who.master, who.settings, kind, run, &account(who.user));
    shown.push(by_network(who.master, who.settings, &network(who.ip)));
    let subject = Subject { user: Some(who.user), device: None };
    let budgets = Budgets { subject, ..Budgets::shown(shown) };
    budgets.take(tx, who.settings, who.now)
}

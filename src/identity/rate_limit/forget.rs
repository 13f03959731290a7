//! The end of an account's locks, and what operators see of them.

use chrono::{DateTime, Utc};

use super::Taken;
use super::budgets::{account, key};
use super::factor::KINDS;
use crate::crypto::seal::MasterKey;
use crate::domain::rate_limit::{AttemptKind, Lock};
use crate::domain::setting::Settings;
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::attempts::CounterId;
use crate::storage::tx::Tx;

/// Which misses are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::identity) enum Whose {
    /// Those of sign-ins with a password. Those of second factors stay: whoever can set the password
    /// anew is not to guess at them for ever.
    Passwords,
    /// All.
    Everybody,
}

/// What is counted for an account.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Names {
    pub(in crate::identity) user: UserId,
    /// Which misses.
    pub(in crate::identity) whose: Whose,
    /// Its usernames and addresses, in their canonical form.
    pub(in crate::identity) identifiers: Vec<String>,
    /// The browsers that it knows.
    pub(in crate::identity) devices: Vec<DeviceId>,
}

/// Forgets whatever failed for an account: by any of its names, from anywhere. `proof` is the attempt
/// that succeeded, where one did, and is given back.
pub(in crate::identity) fn forget(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    names: &Names,
    proof: Option<&Taken>,
) -> Result<(), StorageError> {
    let subject = account(names.user);
    let of_account = [
        AttemptKind::Account,
        AttemptKind::AccountRun,
        AttemptKind::Confirmation,
        AttemptKind::ConfirmationRun,
    ]
    .map(|kind| (kind, key(master, kind, &subject)));
    let of_factors = match names.whose {
        Whose::Passwords => vec![],
        Whose::Everybody => KINDS.map(|kind| (kind, key(master, kind, &subject))).to_vec(),
    };
    let identifiers: Vec<CounterId> = names
        .identifiers
        .iter()
        .map(|name| (AttemptKind::Identifier, key(master, AttemptKind::Identifier, name)))
        .collect();
    let devices = names.devices.iter().flat_map(|device| {
        [AttemptKind::Device, AttemptKind::DeviceRun]
            .map(|kind| (kind, key(master, kind, &device.to_string())))
    });
    let mut counters: Vec<CounterId> = of_account
        .into_iter()
        .chain(of_factors)
        .chain(identifiers.iter().copied())
        .chain(devices)
        .collect();
    let locks: Vec<_> = counters.iter().map(|(_, key)| (AttemptKind::Locks, *key)).collect();
    counters.extend(locks);
    let pair_of = |(kind, key): CounterId| match kind {
        AttemptKind::Account => Some((AttemptKind::AccountAtAddress, key)),
        AttemptKind::Identifier => Some((AttemptKind::IdentifierAtAddress, key)),
        _ => None,
    };
    let pairs: Vec<CounterId> =
        of_account.into_iter().chain(identifiers).filter_map(pair_of).collect();
    let proved: Vec<CounterId> = proof.map(Taken::ids).unwrap_or_default();
    tx.attempts().hold(&[counters.as_slice(), &proved].concat(), &pairs)?;
    tx.attempts().reset(&counters, u32::MAX)?;
    tx.attempts().reset_alike(&pairs)?;
    proof.map_or(Ok(()), |proof| proof.succeeded(tx))
}

/// How an account stands for browsers that it does not know.
pub(in crate::identity) fn lock(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    settings: &Settings,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Lock, StorageError> {
    let id = |kind| -> (AttemptKind, TokenHash) { (kind, key(master, kind, &account(user))) };
    let ids = [id(AttemptKind::Account), id(AttemptKind::AccountRun)];
    let counted = tx.attempts().load(&ids, now)?;
    let of = |nth: usize| counted.get(nth).copied().flatten();
    let misses_in_a_row = of(1).map_or(0, |run| run.count);
    Ok(Lock {
        until: of(0)
            .filter(|counted| counted.count >= settings.max_failed_logins)
            .map(|counted| counted.window_ends_at),
        misses_in_a_row,
        is_final: misses_in_a_row >= settings.max_failed_logins_in_a_row,
    })
}

//! Under which hashes the identifiers of accounts that are gone stay reserved.

use crate::crypto::seal::MasterKey;
use crate::domain::user::RetiredKind;
use crate::kernel::token_hash::TokenHash;

/// A keyed hash, because addresses and names can be guessed: whoever reads the database learns
/// nothing about who was here.
pub(super) fn hash(master: &MasterKey, kind: RetiredKind, canonical: &str) -> TokenHash {
    let purpose = match kind {
        RetiredKind::Subject => "retired:subject",
        RetiredKind::Address => "retired:address",
        RetiredKind::Username => "retired:username",
    };
    master.keyed_hash(purpose, canonical.as_bytes()).into()
}

//! The repositories, one file per aggregate: rows become domain types here and nowhere else.
//!
//! A find is one statement, and so is a write unless its documentation says otherwise. What may
//! happen only once is a guarded update whose result says whether it did.

mod account_guards;
mod addresses;
pub mod attempts;
pub mod audit;
pub mod authenticators;
pub mod clients;
pub mod consents;
pub mod devices;
pub mod export;
pub mod factors;
pub mod federation_links;
pub mod flows;
pub mod grants;
pub mod instance;
pub mod jobs;
mod lock;
pub mod mailed_codes;
pub mod mails;
pub mod one_time_links;
pub mod passkey_ceremonies;
pub mod passkeys;
pub mod passwords;
pub mod pictures;
mod prepared;
mod profile;
pub mod providers;
pub mod purge;
pub mod recovery;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod refusals;
pub mod registrations;
pub mod retired;
pub mod revoked_tokens;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod upstream_departures;
pub mod upstream_logouts;
pub mod upstream_requests;
pub mod upstream_sessions;
pub mod users;
pub(super) mod vocabulary;

use std::collections::BTreeSet;
use std::str::FromStr;

use super::error::StorageError;
use super::tx::Handle;
use crate::domain::claims::Claim;
use crate::domain::factor::Proofs;
use crate::domain::scope::Scopes;
use crate::kernel::token_hash::TokenHash;

/// Reads the stored text of a domain type.
fn parse<T: FromStr>(text: &str, column: &'static str) -> Result<T, StorageError> {
    text.parse().map_err(|_| StorageError::Corrupt(column))
}

/// Reads a stored hash.
fn hash(bytes: &[u8], column: &'static str) -> Result<TokenHash, StorageError> {
    TokenHash::from_stored(bytes).ok_or(StorageError::Corrupt(column))
}

/// A time and a reason, which a CHECK keeps together.
fn both<A, B: FromStr>(
    time: Option<A>,
    text: Option<&str>,
    column: &'static str,
) -> Result<Option<(A, B)>, StorageError> {
    match (time, text) {
        (None, None) => Ok(None),
        (Some(time), Some(text)) => Ok(Some((time, parse(text, column)?))),
        _ => Err(StorageError::Corrupt(column)),
    }
}

/// Proofs as JSON.
fn stored_proofs(proofs: &Proofs) -> serde_json::Value {
    // Texts and times always have a form in JSON.
    serde_json::to_value(proofs).unwrap_or_default()
}

/// Reads stored proofs.
fn read_proofs(json: serde_json::Value, column: &'static str) -> Result<Proofs, StorageError> {
    serde_json::from_value(json).map_err(|_| StorageError::Corrupt(column))
}

/// Scopes as an array.
fn texts(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}

/// Claims as an array.
fn names(claims: &BTreeSet<Claim>) -> Vec<String> {
    claims.iter().map(|claim| claim.as_str().to_owned()).collect()
}

/// Claims from an array. One that only a later release knows counts as not allowed.
fn known_claims(names: &[String]) -> BTreeSet<Claim> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

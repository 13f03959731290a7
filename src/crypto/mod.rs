//! Signing, sealing and password hashing.

pub mod bounded;
pub mod guesses;
pub mod jose;
pub mod keyring;
pub mod master_key;
pub mod master_ring;
pub mod password;
pub mod provider_secret;
pub mod range;
pub mod seal;
pub mod strict_json;
mod threads;
pub mod totp;
pub mod upstream_hint;
pub mod webauthn;
